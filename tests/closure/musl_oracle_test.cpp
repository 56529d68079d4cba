// musl's rules against musl's own loader: programs and libraries compiled here, a copy of the
// loader in a folder of the test (so that its path file is the test's own), and what it lists.

#include <elf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <set>

#include "closure/closure.h"
#include "source/disk_tree.h"
#include "support/compile.h"
#include "support/musl_loader.h"
#include "support/shell.h"
#include "support/small_elf.h"

namespace pack::test {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

class MuslOracle : public ::testing::Test {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("gcc");
    PACK_REQUIRE_MUSL();
    fs::create_directories(root() / "musl/lib");
    fs::copy_file(fs::canonical(kMuslLoader), root() / "musl/lib/ld-musl-x86_64.so.1");
    search_last("");
  }

  fs::path root() const { return temp_.path(); }
  std::string at(const std::string& path) const { return (root() / path).string(); }
  std::string loader() const { return at("musl/lib/ld-musl-x86_64.so.1"); }

  /// What the loader's path file says.
  void search_last(const std::string& text) const {
    write_file(root() / "musl/etc/ld-musl-x86_64.path", text);
  }

  /// A library with one function, called `name`; `flags` name those that it needs.
  void library(const std::string& path, const std::string& name,
               const std::string& flags = "") const {
    compile(root(), path, "int " + name + "(void) { return 0; }",
            "-shared -fPIC -Wl,--no-as-needed,--allow-shlib-undefined " + flags + kMuslFlags);
  }
  void program(const std::string& path, const std::string& flags) const {
    compile(root(), path, "int main(void) { return 0; }",
            "-Wl,--no-as-needed,--allow-shlib-undefined,-dynamic-linker," + loader() + ' ' + flags +
                kMuslFlags);
  }

  Texts by_pack(const std::string& program, const Texts& library_path) const {
    const auto tree = open_disk_tree("/");
    ElfCache elves;
    const Closure closure =
        find_closure(*tree, elves, {.programs = {program}, .library_path = library_path});
    Texts found;
    for (const LoadedObject& object : closure.processes.front().objects)
      found.push_back(object.route);
    found.erase(found.begin());
    for (const Unresolved& missing : closure.processes.front().unresolved)
      found.push_back('!' + missing.name);
    return found;
  }

  /// pack and the loader agree on files, spelling and order, the program starts unless something is
  /// missing, and its own libraries are `own`.
  void expect(const std::string& program, const Texts& own,
              const std::string& library_path = "") const {
    const std::string path = at(program);
    const Texts by_musl = listed_by_musl(loader(), path, library_path);
    EXPECT_EQ(by_pack(path, library_path.empty() ? Texts{} : Texts{library_path}), by_musl);
    Texts shown;
    bool complete = true;
    for (const std::string& text : by_musl) {
      complete = complete && !text.starts_with('!');
      if (text.starts_with('!')) shown.push_back(text);
      if (text.starts_with(at("")) && text != loader()) shown.push_back(text.substr(at("").size()));
    }
    EXPECT_EQ(shown, own);
    const std::string setting = library_path.empty() ? "" : "LD_LIBRARY_PATH=" + library_path + ' ';
    const ToolRun started = run("cd / && env -u LD_LIBRARY_PATH " + setting + path);
    EXPECT_EQ(started.status == 0, complete) << started.output;
  }

  TempDir temp_;
};

std::string rpath(const std::string& list) {
  return " -Wl,--disable-new-dtags,-rpath," + list + ' ';
}
std::string runpath(const std::string& list) {
  return " -Wl,--enable-new-dtags,-rpath," + list + ' ';
}

TEST_F(MuslOracle, NamesOfTheCLibraryAreTheLoader) {
  for (const char* name : {"libm.so.6", "libpthread.so.0", "librt.so.1", "libdl.so.2",
                           "libutil.so.1", "libxnet.so", "libc.musl-x86_64.so.1", "libc.so.6"})
    library(std::string("l/") + name, "f");
  library("l/libcrypt.so.1", "g");
  library("l/libmath.so", "h");
  program("p",
          "-Ll -l:libm.so.6 -l:libpthread.so.0 -l:librt.so.1 -l:libdl.so.2 -l:libutil.so.1 "
          "-l:libxnet.so -l:libc.musl-x86_64.so.1 -l:libc.so.6 -l:libcrypt.so.1 -lmath" +
              runpath(at("l")));
  expect("p", {"l/libcrypt.so.1", "l/libmath.so"});
}

TEST_F(MuslOracle, LoadsBreadthFirst) {
  library("l/libd.so", "d");
  library("l/libe.so", "e");
  library("l/liba.so", "a", "-Ll -ld");
  library("l/libb.so", "b", "-Ll -le -ld");
  program("p", "-Ll -la -lb" + runpath(at("l")));
  expect("p", {"l/liba.so", "l/libb.so", "l/libd.so", "l/libe.so"});
}

// Cases 2 to 4 come to something else than under glibc: RUNPATH is inherited, too.
TEST_F(MuslOracle, RpathAndRunpathAreInheritedFromWhoeverAskedFirst) {
  library("a/libd.so", "d");
  library("c/libc1.so", "c1", "-La -ld");
  library("b/libb.so", "b", "-Lc -lc1" + runpath(at("c")));
  library("a/liba.so", "a", "-Lb -lb" + rpath(at("b")));
  program("p", "-La -la" + runpath(at("a")));
  expect("p", {"a/liba.so", "b/libb.so", "c/libc1.so", "a/libd.so"});
  // Another object's folders are not searched: libz asks by itself.
  library("z/libz.so", "z", "-Lb -lb");
  program("r", "-Lz -lz -La -la" + runpath(at("z")));
  expect("r", {"z/libz.so", "!liba.so", "!libb.so"});
}

TEST_F(MuslOracle, RunpathWinsWhereAnObjectHasBoth) {
  library("a/libx.so", "x");
  library("b/libx.so", "x");
  program("p", "-La -lx" + rpath(at("a")));
  expect("p", {"a/libx.so"});
  // No linker writes both; the dynamic entry that ld(1) leaves spare becomes the second one.
  program("q", "-La -lx" + rpath(at("a") + ":" + at("b")));
  std::string bytes = read_file(root() / "q");
  const size_t list = bytes.find(at("a") + ":" + at("b"));
  ASSERT_NE(list, bytes.npos);
  const auto entry_at = [&](uint64_t tag) {
    Elf64_Ehdr header;
    memcpy(&header, bytes.data(), sizeof header);
    for (size_t i = 0; i < header.e_phnum; ++i) {
      Elf64_Phdr segment;
      memcpy(&segment, bytes.data() + header.e_phoff + i * sizeof segment, sizeof segment);
      if (segment.p_type != PT_DYNAMIC) continue;
      for (size_t at = segment.p_offset;; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        memcpy(&entry, bytes.data() + at, sizeof entry);
        if (static_cast<uint64_t>(entry.d_tag) == tag) return at;
      }
    }
    return size_t{0};
  };
  Elf64_Dyn entry;
  memcpy(&entry, bytes.data() + entry_at(DT_RPATH), sizeof entry);
  entry.d_tag = DT_RUNPATH;
  entry.d_un.d_val += at("a").size() + 1;
  memcpy(bytes.data() + entry_at(DT_NULL), &entry, sizeof entry);
  write_file(root() / "q", bytes, 0755);
  expect("q", {"b/libx.so"});
}

TEST_F(MuslOracle, LdLibraryPathBeatsEverything) {
  library("a/libx.so", "x");
  library("b/libx.so", "x");
  program("p", "-La -lx" + rpath(at("a")));
  expect("p", {"b/libx.so"}, at("b"));
  expect("p", {"b//libx.so"}, ":" + at("nothing") + "::" + at("b") + "/");
}

TEST_F(MuslOracle, OriginIsTheProgramsRealFolderAndALibrarysFolderAsFound) {
  library("app/lib/libx.so", "x");
  program("app/bin/p", "-Lapp/lib -lx" + runpath("$ORIGIN/../lib:${ORIGIN}/x"));
  write_symlink(root() / "p", "app/bin/p");
  expect("p", {"app/bin/../lib/libx.so"});
  // Case 5: b/libg.so is a symlink, and libf stands beside the file only.
  library("a/libf.so", "f");
  library("a/libg.so", "g", "-La -lf" + runpath("$ORIGIN"));
  write_symlink(root() / "b/libg.so", "../a/libg.so");
  program("q", "-La -lg" + runpath(at("b")));
  expect("q", {"b/libg.so", "!libf.so"});
}

TEST_F(MuslOracle, AListWithAnotherVariableIsVoid) {
  library("l/libx.so", "x");
  for (const char* list : {"$ORIGIN/l:$LIB", "$PLATFORM:$ORIGIN/l", "${ORIGIN/l:$ORIGIN/l", "$"}) {
    program("p", "-Ll -lx" + runpath(list));
    expect("p", {"!libx.so"});
  }
  library("lAL/libx.so", "x");
  program("lx", "-Ll -lx" + runpath("$ORIGIN/lAL"));
  expect("lx", {"lAL/libx.so"});
  fs::rename(root() / "lAL", root() / "binAL");
  program("bin/p", "-Ll -lx" + runpath("$ORIGINAL"));
  expect("bin/p", {"binAL/libx.so"});
}

TEST_F(MuslOracle, PathsAreKeptAsWritten) {
  library("l/libx.so", "x");
  library("l/liby.so", "y");
  program("p", "-Ll -lx -ly" + runpath(at("l") + "//:relative::" + at("l/../l")));
  expect("p", {"l///libx.so", "l///liby.so"});
  // Case 6: an absolute DT_NEEDED; case 7: $ORIGIN means nothing in one.
  program("q", at("l/libx.so") + " -Ll -lx" + runpath(at("l")));
  expect("q", {"l/libx.so"});
  library("o/libo.so", "o", "-Wl,-soname,$ORIGIN/o/libo.so");
  program("r", "o/libo.so");
  expect("r", {"!$ORIGIN/o/libo.so"});
}

TEST_F(MuslOracle, TheFirstFileOfTheNameEndsTheSearch) {
  library("good/libx.so", "x");
  program("p", "-Lgood -lx" + runpath(at("first") + ":" + at("good")));
  fs::create_directories(root() / "first");
  const fs::path first = root() / "first/libx.so";
  expect("p", {"good/libx.so"});

  write_file(first, "text");
  expect("p", {"!libx.so"});
  write_file(first, "");
  expect("p", {"!libx.so"});
  write_file(first, elf_bytes({.machine = EM_386, .is_64 = false, .type = ET_DYN, .soname = "x"}));
  expect("p", {"!libx.so"});
  write_file(first, read_file(root() / "good/libx.so").substr(0, 300));
  expect("p", {"!libx.so"});
  fs::remove(first);
  fs::create_directories(first);
  expect("p", {"!libx.so"});
  fs::remove(first);
  write_symlink(first, "libx.so");  // to itself
  expect("p", {"!libx.so"});
  fs::remove(first);
  write_symlink(first, "nowhere");
  expect("p", {"good/libx.so"});
  fs::remove(first);
  fs::remove(root() / "first");
  write_file(root() / "first", "no folder");
  expect("p", {"good/libx.so"});
}

TEST_F(MuslOracle, AProgramServesAsALibrary) {
  program("l/libx.so", "-pie -Wl,-soname,libx.so");
  library("other/libx.so", "x");
  program("p", "-Lother -lx" + runpath(at("l")));
  expect("p", {"l/libx.so"});
}

TEST_F(MuslOracle, OneFileIsOneObjectAndSonamesDoNotCount) {
  library("l/libreal.so", "x", "-Wl,-soname,libtrue.so.1");
  write_symlink(root() / "l/liba.so", "libreal.so");
  write_symlink(root() / "l/libtrue.so.1", "libreal.so");
  library("l/libb.so", "b", "-Ll -l:libtrue.so.1");
  program("p", "-Ll " + at("l/libreal.so") + " -lb" + runpath(at("l")));
  expect("p", {"l/libtrue.so.1", "l/libb.so"});
  fs::remove(root() / "l/libtrue.so.1");
  expect("p", {"l/libb.so", "!libtrue.so.1", "!libtrue.so.1"});
}

TEST_F(MuslOracle, ACopyOfTheCLibraryIsNotLoaded) {
  fs::create_directories(root() / "l");
  fs::copy_file(loader(), root() / "l/libmine.so");
  library("l/liba.so", "a");
  program("p", at("l/libmine.so") + " " + at("l/liba.so"));
  expect("p", {"l/liba.so"});
}

TEST_F(MuslOracle, ThePathFileReplacesTheDefault) {
  library("k/libk.so", "k");
  library("m/libm1.so", "m1");
  program("p", "-Lk -lk -Lm -lm1");
  expect("p", {"!libk.so", "!libm1.so"});
  search_last(at("k") + "\n\n:" + at("m") + ":");
  expect("p", {"k/libk.so", "m/libm1.so"});
  search_last(at("k") + "/\n" + std::string("\0", 1) + at("m"));
  expect("p", {"k//libk.so", "!libm1.so"});
  search_last("\n" + at("m") + " \n" + at("k") + "\r\n");
  expect("p", {"!libk.so", "!libm1.so"});
}

TEST_F(MuslOracle, OnlyWithoutAPathFileTheDefaultIsSearched) {
  const fs::path library = "/usr/local/lib/pack-test-musl-default.so";
  const fs::path path_file = root() / "musl/etc/ld-musl-x86_64.path";
  PACK_REQUIRE(geteuid() == 0, "to write to /usr/local/lib");
  compile(root(), "x.so", "int x(void) { return 0; }",
          "-shared -fPIC -Wl,-soname," + library.filename().string() + kMuslFlags);
  struct Removed {
    fs::path path;
    ~Removed() { fs::remove(path); }
  } removed{library};
  fs::copy_file(root() / "x.so", library, fs::copy_options::overwrite_existing);
  program("p", "x.so");
  const Texts found = {library.string(), loader()};
  const Texts missing = {loader(), '!' + library.filename().string()};
  const auto both = [&](const Texts& expected) {
    EXPECT_EQ(listed_by_musl(loader(), root() / "p"), expected);
    EXPECT_EQ(by_pack(at("p"), {}), expected);
  };
  both(missing);
  fs::remove(path_file);
  both(found);
  write_symlink(path_file, "nowhere");
  both(found);
  fs::remove(path_file);
  write_symlink(path_file, path_file.filename());
  both(missing);
  fs::remove(path_file);
  fs::create_directory(path_file);
  both(missing);
}

TEST_F(MuslOracle, LongPathsArePassedOver) {
  std::string folder = "long";
  while (at(folder).size() < 495)
    folder += "/" + std::string(std::min<size_t>(90, 499 - at(folder).size()), 'd');
  library("short/libx.so", "x");
  std::set<size_t> seen;
  for (const char* extra :
       {"", "e", "ee", "eee", "eeee", "eeeee", "eeeeee", "eeeeeee", "eeeeeeeee"}) {
    const std::string place = folder + extra;
    fs::create_directories(root() / place);
    fs::copy_file(root() / "short/libx.so", root() / place / "libx.so");
    program("p", "-Lshort -lx" + runpath(at(place) + ":" + at("short")));
    const size_t length = at(place + "/libx.so").size();
    expect("p", {(length <= 511 ? place : "short") + "/libx.so"});
    seen.insert(length);
  }
  EXPECT_TRUE(seen.contains(511) && seen.contains(512)) << *seen.begin();
}

TEST_F(MuslOracle, ALibraryStandsAlone) {
  library("l/libd.so", "d");
  library("l/liba.so", "a", "-Ll -ld" + runpath("$ORIGIN"));
  const auto tree = open_disk_tree("/");
  ElfCache elves;
  const Closure closure = find_closure(
      *tree, elves, {.programs = {at("l/liba.so")}, .subjects = Subjects::programs_and_libraries});
  Texts found;
  for (const LoadedObject& object : closure.processes.front().objects)
    found.push_back(object.route);
  Texts by_musl = listed_by_musl(kMuslLoader, at("l/liba.so"));
  by_musl.insert(by_musl.begin(), at("l/liba.so"));
  EXPECT_EQ(found, by_musl);
  EXPECT_EQ(found, (Texts{at("l/liba.so"), at("l/libd.so"), kMuslLoader}));
}

}  // namespace
}  // namespace pack::test
