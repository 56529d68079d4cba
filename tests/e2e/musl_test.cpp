// Programs of musl's loader on this glibc machine (case 18) and from roots of their own: what goes
// into the image is what musl's loader loads, and the image starts.

#include <elf.h>

#include <algorithm>

#include "support/closure_test.h"
#include "support/musl_loader.h"
#include "support/small_elf.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPathFile = "etc/ld-musl-x86_64.path";

class MuslTest : public ClosureTest {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("gcc");
    PACK_REQUIRE_MUSL();
  }

  /// Packs `path` and checks: the image has exactly the ELF files that musl's loader loads here,
  /// and the program prints in it what it prints here. Returns the image's root.
  fs::path same_as_musl_loads(const std::string& path, const std::string& library_path = "",
                              const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments = {at(path)};
    arguments.insert(arguments.end(), options.begin(), options.end());
    if (!library_path.empty()) arguments.insert(arguments.end(), {"--library-path", library_path});
    const fs::path image = rootfs(arguments);

    std::set<std::string> expected = {fs::canonical(at(path)).string(),
                                      fs::canonical(kMuslLoader).string()};
    for (const std::string& file : listed_by_musl(kMuslLoader, at(path), library_path))
      expected.insert(file.starts_with('!') ? file : fs::canonical(file).string());
    EXPECT_EQ(elf_files_in(image), expected);

    Command here = {.argv = {at(path)}};
    here.environment["LD_LIBRARY_PATH"] = std::nullopt;
    if (!library_path.empty()) here.environment["LD_LIBRARY_PATH"] = library_path;
    const Outcome started_here = run(here);
    const Outcome started_there = run_in_root(image, {at(path)});
    EXPECT_TRUE(succeeded(started_here));
    EXPECT_TRUE(succeeded(started_there));
    EXPECT_EQ(started_there.out, started_here.out);
    return image;
  }

  /// A root like Alpine's: the interpreter is the C library, and its soname a symlink to it.
  void make_alpine(const fs::path& root) const {
    fs::create_directories(root / "lib");
    fs::create_directories(root / "etc");
    fs::copy_file(fs::canonical(kMuslLoader), root / "lib/ld-musl-x86_64.so.1");
    write_symlink(root / "lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1");
  }
};

const std::string kRunpath = "-Wl,--enable-new-dtags,-rpath,";

TEST_F(MuslTest, AProgramWithLibrariesOfItsOwn) {
  library("app/lib/libd.so.1", "d", 3, "-Wl,-soname,libd.so.1" + kMuslFlags);
  library_using("app/lib/liba.so", "a", "d", 4, "app/lib/libd.so.1" + kMuslFlags);
  program("app/bin/prog", "a",
          "-Lapp/lib -la -lm -lpthread " + kRunpath + "$ORIGIN/../lib" + kMuslFlags);
  const fs::path image = same_as_musl_loads("app/bin/prog");
  EXPECT_EQ(run_in_root(image, {at("app/bin/prog")}).out, "7\n");
  EXPECT_FALSE(fs::exists(image / "etc/ld.so.cache")) << "musl has no use for it";
  // This machine's own path file, if there is one, is the image's.
  ASSERT_EQ(fs::exists(image / kPathFile), fs::exists(fs::path("/") / kPathFile));
  if (fs::exists(image / kPathFile)) {
    EXPECT_EQ(read_file(image / kPathFile), read_file(fs::path("/") / kPathFile));
  }
}

TEST_F(MuslTest, ARunpathIsInherited) {
  library("l/libd.so", "d", 3, kMuslFlags);
  library_using("l/liba.so", "a", "d", 4, "-Ll -ld" + kMuslFlags);
  program("prog", "a", "-Ll -la " + kRunpath + at("l") + kMuslFlags);
  same_as_musl_loads("prog");
  // glibc's loader does not pass it on.
  library("g/libd.so", "d", 3);
  library_using("g/liba.so", "a", "d", 4, "-Lg -ld");
  program("glibc-prog", "a", "-Lg -la " + kRunpath + at("g"));
  missing_here_too("glibc-prog", {"libd.so"});
}

TEST_F(MuslTest, ALibraryOfTheLibraryPathIsFoundInTheImage) {
  library("env/libe.so", "e", 5, kMuslFlags);
  library("env2/libf.so", "f", 6, kMuslFlags);
  library_using("env2/libg.so", "g", "e", 2, "-Lenv -le -Lenv2 -lf" + kMuslFlags);
  program("prog", "g", "-Lenv2 -lg" + kMuslFlags);
  EXPECT_TRUE(refused(run_pack({at("prog"), "-o", "rootfs:image"}), 1, {"libg.so", "ld-musl"}));
  const fs::path image = same_as_musl_loads("prog", at("env2") + ":" + at("env"));
  const std::string folders = read_file(image / kPathFile);
  EXPECT_TRUE(folders.starts_with(at("env2") + "\n" + at("env") + "\n")) << folders;
  if (fs::exists(fs::path("/") / kPathFile)) {
    EXPECT_TRUE(folders.ends_with(read_file(fs::path("/") / kPathFile))) << folders;
  }
  fs::remove_all(image);
  same_as_musl_loads("prog", at("env2") + ":" + at("env"), {"--mkdir", "/proc", "--bare"});
}

TEST_F(MuslTest, BesideAProgramOfGlibc) {
  library("env/libe.so", "e", 5, kMuslFlags);
  program("musl-prog", "e", "-Lenv -le" + kMuslFlags);
  library("env/libg.so", "g", 6);
  program("glibc-prog", "g", "-Lenv -lg");
  const fs::path image = rootfs({at("musl-prog"), at("glibc-prog"), "--library-path", at("env")});
  EXPECT_EQ(run_in_root(image, {at("musl-prog")}).out, "5\n");
  EXPECT_EQ(run_in_root(image, {at("glibc-prog")}).out, "6\n");
  EXPECT_TRUE(fs::exists(image / "etc/ld.so.cache"));
}

TEST_F(MuslTest, AnAlpineLikeRoot) {
  make_alpine(dir_ / "root");
  library("root/usr/lib/libz.so.1.3", "z", 8, "-Wl,-soname,libz.so.1" + kMuslFlags);
  write_symlink(dir_ / "root/usr/lib/libz.so.1", "libz.so.1.3");
  library("root/lib/libl.so", "l", 1, kMuslFlags);
  program("root/usr/bin/prog", "z", "root/usr/lib/libz.so.1.3 -Lroot/lib -ll" + kMuslFlags);
  const fs::path image = rootfs({"--root", at("root"), "/usr/bin/prog"});
  EXPECT_EQ(elf_files_in(image),
            (std::set<std::string>{"/usr/bin/prog", "/usr/lib/libz.so.1.3", "/lib/libl.so",
                                   "/lib/ld-musl-x86_64.so.1"}))
      << "nothing of this machine";
  EXPECT_FALSE(fs::exists(image / kPathFile));
  EXPECT_EQ(run_in_root(image, {"/usr/bin/prog"}).out, "8\n");

  write_file(dir_ / "root" / kPathFile, "/opt/k:/usr/lib\n");
  library("root/opt/k/libk.so", "k", 9, kMuslFlags);
  program("root/usr/bin/prog2", "k", "-Lroot/opt/k -lk" + kMuslFlags);
  const fs::path second = rootfs({"--root", at("root"), "/usr/bin/prog2"}, "second");
  EXPECT_EQ(run_in_root(second, {"/usr/bin/prog2"}).out, "9\n");
}

TEST_F(MuslTest, ARootOfAnotherMachine) {
  const fs::path root = dir_ / "root";
  const auto put = [&](const char* path, SmallElf elf) {
    elf.machine = EM_AARCH64;
    elf.type = ET_DYN;
    write_file(root / path, elf_bytes(elf), 0755);
  };
  put("bin/prog", {.interpreter = "/lib/ld-musl-aarch64.so.1",
                   .needed = {"libz.so.1", "libc.musl-aarch64.so.1"},
                   .runpath = "/usr/lib/own"});
  put("lib/ld-musl-aarch64.so.1", {.soname = "libc.musl-aarch64.so.1"});
  put("usr/lib/own/libz.so.1", {.needed = {"libown.so", "libm.so.6"}, .soname = "libz.so.1"});
  put("usr/lib/own/libown.so", {.soname = "libown.so"});
  EXPECT_EQ(elf_files_in(rootfs({"--root", at("root"), "/bin/prog"})),
            (std::set<std::string>{"/bin/prog", "/lib/ld-musl-aarch64.so.1",
                                   "/usr/lib/own/libz.so.1", "/usr/lib/own/libown.so"}));
  fs::remove(root / "lib/ld-musl-aarch64.so.1");
  EXPECT_TRUE(refused(run_pack({"--root", at("root"), "/bin/prog", "-o", "rootfs:none"}), 1,
                      {"/lib/ld-musl-aarch64.so.1", "C library"}));
}

// glibc's loader passes over what is of another machine; musl's dies of it.
TEST_F(MuslTest, TheFirstFileOfTheNameCounts) {
  library("l/liba.so", "a", 1, kMuslFlags);
  program("prog", "a", "-Ll -la " + kRunpath + at("first") + ":" + at("l") + kMuslFlags);
  same_as_musl_loads("prog");
  write_file(dir_ / "first/liba.so",
             elf_bytes({.machine = EM_386, .is_64 = false, .type = ET_DYN}));
  EXPECT_NE(run({.argv = {at("prog")}}).status, 0);
  EXPECT_TRUE(
      refused(run_pack({at("prog"), "-o", "rootfs:image"}), 1, {at("first"), "another machine"}));
}

TEST_F(MuslTest, APlugInComesWithWhatItNeeds) {
  library("plug/libown.so", "own", 11, kMuslFlags);
  library_using("plug/plug.so", "plug", "own", 1,
                "-Lplug -lown " + kRunpath + "$ORIGIN" + kMuslFlags);
  compile(dir_, "prog",
          "#include <dlfcn.h>\n#include <stdio.h>\nint main(void) { void* plug = dlopen(\"" +
              at("plug/plug.so") +
              "\", RTLD_NOW); if (!plug) { puts(dlerror()); return 1; }\n"
              "printf(\"%d\\n\", ((int (*)(void))dlsym(plug, \"plug\"))()); }",
          kMuslFlags);
  const fs::path image = rootfs({at("prog"), "-a", at("plug/plug.so")});
  EXPECT_EQ(run_in_root(image, {at("prog")}).out, "12\n");
  EXPECT_EQ(elf_files_in(image),
            (std::set<std::string>{at("prog"), at("plug/plug.so"), at("plug/libown.so"),
                                   fs::canonical(kMuslLoader).string()}));
}

}  // namespace
}  // namespace pack
