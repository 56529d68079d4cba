// Inputs that are large or circular where files usually are not: bounded time and memory, and what
// the loader makes of them.

#include <elf.h>

#include <algorithm>

#include "support/closure_test.h"
#include "support/loader_trace.h"
#include "support/small_elf.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
constexpr double kSeconds = 10;  // of a processor; most need some milliseconds
constexpr rlim_t kMemory = rlim_t{400} << 20;

class BoundedInputTest : public ClosureTest {
 protected:
  /// `pack PROGRAM -o rootfs:DIR/image` within the limits.
  Outcome pack_bounded(const std::string& path) const {
    Command command = pack_command({at(path), "-o", "rootfs:image"});
    if (!kSanitized) command.limits.emplace_back(RLIMIT_AS, kMemory);
    command.timeout_seconds = 60;
    const Outcome outcome = run(command);
    EXPECT_LT(outcome.cpu_seconds, kSanitized ? 10 * kSeconds : kSeconds);
    return outcome;
  }

  void same_as_loader(const std::string& path) const {
    EXPECT_TRUE(succeeded(pack_bounded(path)));
    EXPECT_EQ(elf_files_in(dir_ / "image"), loaded_on_host(at(path)));
  }

  static std::vector<std::string> many_names(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back("libx" + std::to_string(i) + ".so");
    return names;
  }
};

TEST_F(BoundedInputTest, ASymlinkLoopOnTheSearchPath) {
  write_symlink(dir_ / "loop", "pool");
  write_symlink(dir_ / "pool", "loop");
  library("good/libone.so", "one", 1);
  program("prog", "one",
          "-Wl,--enable-new-dtags,-rpath," + at("loop") + ":" + at("loop/x") + ":" + at("good") +
              " -Lgood -lone");
  same_as_loader("prog");
}

/// glibc's open_path() gives a list of folders up at a failure other than "no such file" and
/// "permission denied"; the next rule goes on.
TEST_F(BoundedInputTest, ASymlinkLoopInThePlaceOfALibraryEndsThatList) {
  write_symlink(dir_ / "l/libone.so", "libone.so");
  library("good/libone.so", "one", 1);
  const std::string folders = at("l") + ":" + at("good");
  program("new", "one", "-Wl,--enable-new-dtags,-rpath," + folders + " -Lgood -lone");
  missing_here_too("new", {"libone.so", at("l")});
  program("old", "one", "-Wl,--disable-new-dtags,-rpath," + folders + " -Lgood -lone");
  missing_here_too("old", {"libone.so", at("l")});
  same_as_here("old", at("good"));
}

TEST_F(BoundedInputTest, AFolderThatLeadsBackIntoItself) {
  library("l/libone.so", "one", 1);
  write_symlink(dir_ / "l/again", ".");
  std::string deep = at("l");
  for (int i = 0; i < 30; ++i) deep += "/again";
  program("prog", "one", "-Wl,-rpath," + deep + " -Ll -lone");
  same_as_loader("prog");
}

TEST_F(BoundedInputTest, AnRpathOf4096Elements) {
  library("good/libone.so", "one", 1);
  library_using("good/libtwo.so", "two", "one", 1, "-Lgood -lone");
  std::string list;
  for (int i = 0; i < 4095; ++i) list += "/none/" + std::to_string(i) + ":";
  program("prog", "two", "-Wl,--disable-new-dtags,-rpath," + list + at("good") + " -Lgood -ltwo");
  same_as_loader("prog");
}

TEST_F(BoundedInputTest, ALibraryThatNeedsItself) {
  library("l/libself.so", "self", 1);
  library_using("l/libnext.so", "next", "self", 1, "-Wl,--no-as-needed -Ll -lself");
  fs::rename(dir_ / "l/libnext.so", dir_ / "l/libself.so");
  ASSERT_TRUE(contains(run({.argv = {"readelf", "-d", at("l/libself.so")}}).out,
                       "Shared library: [libself.so]"));
  program("prog", "next", "-Wl,-rpath," + at("l") + " -Ll -lself");
  same_as_loader("prog");
}

TEST_F(BoundedInputTest, TenThousandNeededEntriesOfOneLibrary) {
  write_file(
      dir_ / "prog",
      elf_bytes({.interpreter = kLoader, .needed = std::vector<std::string>(10000, "libc.so.6")}),
      0755);
  same_as_loader("prog");
}

TEST_F(BoundedInputTest, TenThousandLibrariesThatAreMissing) {
  write_file(dir_ / "prog", elf_bytes({.interpreter = kLoader, .needed = many_names(10000)}), 0755);
  const Outcome outcome = pack_bounded("prog");
  EXPECT_TRUE(refused(outcome, 1, {"10000", "libx0.so", "libx9999.so"}));
}

TEST_F(BoundedInputTest, TenThousandLibrariesThatAreThere) {
  for (const std::string& name : many_names(10000))
    write_file(dir_ / "l" / name, elf_bytes({.type = ET_DYN, .soname = name}));
  write_file(dir_ / "prog",
             elf_bytes({.interpreter = kLoader, .needed = many_names(10000), .runpath = at("l")}),
             0755);
  EXPECT_TRUE(succeeded(pack_bounded("prog")));
  EXPECT_EQ(names_in(dir_ / "image" / at("l").substr(1)).size(), 10000U);
}

TEST_F(BoundedInputTest, TenThousandMissingLibrariesIn4096Folders) {
  std::string list = "/none/0";
  for (int i = 1; i < 4096; ++i) list += ":/none/" + std::to_string(i);
  write_file(dir_ / "prog",
             elf_bytes({.interpreter = kLoader, .needed = many_names(10000), .runpath = list}),
             0755);
  EXPECT_TRUE(refused(pack_bounded("prog"), 1, {"10000", "libx0.so", "libx9999.so"}));
}

/// There, each of the 40 million places would have to be looked at.
TEST_F(BoundedInputTest, TenThousandMissingLibrariesIn4096FoldersThatExist) {
  std::string list;
  for (int i = 0; i < 4096; ++i) {
    const std::string folder = at("l/" + std::to_string(i));
    fs::create_directories(folder);
    (list += list.empty() ? "" : ":") += folder;
  }
  write_file(dir_ / "prog",
             elf_bytes({.interpreter = kLoader, .needed = many_names(10000), .runpath = list}),
             0755);
  EXPECT_TRUE(refused(pack_bounded("prog"), 1, {at("prog"), "a million places"}));
  EXPECT_FALSE(fs::exists(dir_ / "image"));
}

TEST_F(BoundedInputTest, ADynamicSectionThatOverlapsTheHeaders) {
  const std::string good = elf_bytes({.interpreter = kLoader, .needed = {"libc.so.6"}});
  // PT_INTERP, PT_LOAD, PT_DYNAMIC follow the header of the file.
  constexpr size_t kDynamic = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
  for (const uint64_t offset : {0, 16, 64, 120, 176}) {
    std::string bytes = good;
    auto* segment = reinterpret_cast<Elf64_Phdr*>(bytes.data() + kDynamic);
    ASSERT_EQ(segment->p_type, PT_DYNAMIC);
    segment->p_vaddr = segment->p_vaddr - segment->p_offset + offset;
    segment->p_offset = offset;
    write_file(dir_ / "prog", bytes, 0755);
    // As a table these bytes mean nothing, or little: an error that names the file, or no library.
    const Outcome outcome = pack_bounded("prog");
    if (outcome.status == 0) {
      EXPECT_EQ(elf_files_in(dir_ / "image").count("/usr/lib/x86_64-linux-gnu/libc.so.6"), 0U);
      fs::remove_all(dir_ / "image");
    } else {
      EXPECT_TRUE(refused(outcome, 1, {at("prog")})) << offset;
    }
  }
}

}  // namespace
}  // namespace pack
