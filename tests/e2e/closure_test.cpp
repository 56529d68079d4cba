// What belongs to a program's closure besides the search: symlinks, variants, filters, circles,
// and kinds of ELF files.

#include "support/closure_test.h"

#include <elf.h>

#include <algorithm>

namespace pack {
namespace {

namespace fs = std::filesystem;

const std::string kRunpath = "-Wl,--enable-new-dtags,-rpath,";

TEST_F(ClosureTest, APlainProgramOfThisMachine) {
  const fs::path image = rootfs({"/bin/bash", "/usr/bin/env"});
  std::set<std::string> expected = loaded_on_host("/bin/bash");
  expected.merge(loaded_on_host("/usr/bin/env"));
  EXPECT_EQ(elf_files_in(image), expected);
  EXPECT_EQ(run_in_root(image, {"/bin/bash", "-c", "env echo; echo $?"}).out, "127\n");
}

TEST_F(ClosureTest, ALargeProgramOfThisMachine) {
  PACK_REQUIRE(fs::exists("/usr/bin/clang"), "clang");
  const fs::path image = rootfs({"/usr/bin/clang"});
  EXPECT_EQ(elf_files_in(image), loaded_on_host("/usr/bin/clang"));
  EXPECT_TRUE(succeeded(run_in_root(image, {"/usr/bin/clang", "--version"})));
}

TEST_F(ClosureTest, ABareNameIsLookedUpOnPath) {
  const fs::path image = rootfs({"bash"});
  const Outcome there = run_in_root(image, {"bash", "-c", "echo hello"});
  EXPECT_EQ(there.out, "hello\n") << there;
}

TEST_F(ClosureTest, TheSymlinkFromSonameToFileIsKept) {
  library("l/libs1.so.1.0.0", "s1", 1, "-Wl,-soname,libs1.so.1");
  write_symlink(dir_ / "l/libs1.so.1", "libs1.so.1.0.0");
  program("prog", "s1", kRunpath + at("l") + " " + at("l/libs1.so.1.0.0"));
  const fs::path image = same_as_here("prog");
  EXPECT_EQ(fs::read_symlink(image.string() + at("l/libs1.so.1")), "libs1.so.1.0.0");
}

TEST_F(ClosureTest, EveryHopOfASymlinkChainIsInTheImage) {
  library("store/v1/libhop.so.1.2", "hop", 6, "-Wl,-soname,libhop.so.1");
  write_symlink(dir_ / "store/current", "v1");
  write_symlink(dir_ / "alternatives/libhop.so.1", at("store/current/libhop.so.1.2"));
  write_symlink(dir_ / "l/libhop.so.1", "../alternatives/libhop.so.1");
  program("prog", "hop", kRunpath + at("l") + " " + at("store/v1/libhop.so.1.2"));
  const std::string image = same_as_here("prog").string();
  EXPECT_EQ(fs::read_symlink(image + at("l/libhop.so.1")), "../alternatives/libhop.so.1");
  EXPECT_EQ(fs::read_symlink(image + at("alternatives/libhop.so.1")),
            at("store/current/libhop.so.1.2"));
  EXPECT_EQ(fs::read_symlink(image + at("store/current")), "v1");
}

TEST_F(ClosureTest, VariantsForBetterProcessorsGoAlongWithTheBaseline) {
  library("l/libh.so", "h", 1);
  library("l/glibc-hwcaps/x86-64-v2/libh.so", "h", 2);
  library("l/glibc-hwcaps/x86-64-v4/libh.so", "h", 4);
  program("prog", "h", kRunpath + at("l") + " -Ll -lh");
  const fs::path image = rootfs({at("prog")});
  for (const char* variant :
       {"l/libh.so", "l/glibc-hwcaps/x86-64-v2/libh.so", "l/glibc-hwcaps/x86-64-v4/libh.so"})
    EXPECT_TRUE(fs::exists(image.string() + at(variant))) << variant;
  const std::string loader = "/lib64/ld-linux-x86-64.so.2";
  EXPECT_EQ(run_in_root(image, {loader, "--glibc-hwcaps-mask", "none", at("prog")}).out, "1\n");
  EXPECT_EQ(run_in_root(image, {at("prog")}).out, run({.argv = {at("prog")}}).out);
}

TEST_F(ClosureTest, AFilterBringsTheLibraryThatImplementsIt) {
  library("l/libreal.so", "filtered", 1);
  library("l/libfilter.so", "filtered", 2, "-Wl,-F,libreal.so " + kRunpath + "$ORIGIN");
  program("prog", "filtered", kRunpath + at("l") + " -Ll -lfilter");
  const fs::path image = same_as_here("prog");
  EXPECT_TRUE(fs::exists(image.string() + at("l/libreal.so")));
}

TEST_F(ClosureTest, LibrariesThatNeedEachOther) {
  const std::string origin = " " + kRunpath + "$ORIGIN";
  library("l/libq.so", "q", 1);  // first without what needs it
  library_using("l/libp.so", "p", "q", 2, "-Ll -lq" + origin);
  compile(dir_, "l/libq.so", "int p(void); int q(void) { return p ? 1 : 0; }",
          "-shared -fPIC -Ll -lp" + origin);
  program("prog", "p", kRunpath + at("l") + " -Ll -lp -lq");
  same_as_here("prog");
}

TEST_F(ClosureTest, TwoSpellingsOfOneFileAreOneLibrary) {
  library("l/libbase.so", "base", 1);
  write_symlink(dir_ / "m", "l");
  library_using("l/libleft.so", "left", "base", 2, at("l/libbase.so"));
  library_using("l/libright.so", "right", "base", 3, at("m/libbase.so"));
  program("prog", "left", kRunpath + at("l") + " -Ll -Wl,--no-as-needed -lleft -lright");
  same_as_here("prog");
}

TEST_F(ClosureTest, AnEmptySectionTableDoesNotMatter) {
  library("l/libone.so", "one", 1);
  program("prog", "one", kRunpath + at("l") + " -Ll -lone");
  for (const char* name : {"prog", "l/libone.so"}) {
    std::string bytes = read_file(dir_ / name);
    auto* header = reinterpret_cast<Elf64_Ehdr*>(bytes.data());
    header->e_shoff = 0;
    header->e_shnum = header->e_shstrndx = 0;
    write_file(dir_ / name, bytes, 0755);
  }
  same_as_here("prog");
}

TEST_F(ClosureTest, ALibraryNeedsNoExecutableBit) {
  library("l/libone.so", "one", 1);
  fs::permissions(dir_ / "l/libone.so", fs::perms(0644));
  program("prog", "one", kRunpath + at("l") + " -Ll -lone");
  const fs::path image = same_as_here("prog");
  EXPECT_EQ(fs::status(image.string() + at("l/libone.so")).permissions(), fs::perms(0644));
}

TEST_F(ClosureTest, ALibraryThatIsAProgram) {
  const fs::path image = rootfs({"/lib/x86_64-linux-gnu/libc.so.6"});
  const Outcome there = run_in_root(image, {"/lib/x86_64-linux-gnu/libc.so.6"});
  EXPECT_TRUE(contains(there.out, "GNU C Library")) << there;
}

TEST_F(ClosureTest, AStaticProgramIsAlone) {
  compile(dir_, "prog", "#include <stdio.h>\nint main(void) { puts(\"static\"); }", "-static");
  const fs::path image = rootfs({at("prog")});
  EXPECT_EQ(elf_files_in(image), std::set<std::string>{at("prog")});
  EXPECT_EQ(run_in_root(image, {at("prog")}).out, "static\n");
  EXPECT_FALSE(fs::exists(image / "etc/ld.so.cache")) << "no loader reads it";
}

TEST_F(ClosureTest, AStaticPositionIndependentProgramIsAlone) {
  compile(dir_, "prog", "#include <stdio.h>\nint main(void) { puts(\"static pie\"); }",
          "-static-pie");
  const fs::path image = rootfs({at("prog")});
  EXPECT_EQ(elf_files_in(image), std::set<std::string>{at("prog")});
  EXPECT_EQ(run_in_root(image, {at("prog")}).out, "static pie\n");
}

TEST_F(ClosureTest, AGoProgramIsAlone) {
  PACK_REQUIRE_TOOL("go");
  write_file(dir_ / "hello.go", "package main\nfunc main() { println(\"go\") }\n");
  ASSERT_TRUE(succeeded(run({.argv = {"go", "build", "-o", "prog", "hello.go"},
                             .environment = {{"CGO_ENABLED", "0"},
                                             {"GOCACHE", (dir_ / "cache").string()},
                                             {"GOFLAGS", "-mod=mod"},
                                             {"GO111MODULE", "off"}},
                             .folder = dir_,
                             .timeout_seconds = 120})));
  const fs::path image = rootfs({at("prog")});
  EXPECT_EQ(elf_files_in(image), std::set<std::string>{at("prog")});
  EXPECT_EQ(run_in_root(image, {at("prog")}).err, "go\n");
}

TEST_F(ClosureTest, NoProgramIsExecutedWhileItIsPacked) {
  const std::string marker = at("marker");
  compile(dir_, "prog",
          "#include <fcntl.h>\n#include <stdlib.h>\n"
          "__attribute__((constructor)) static void ran(void) { creat(\"" +
              marker +
              "\", 0600); }"
              "int main(void) { return 0; }");
  rootfs({at("prog")});
  EXPECT_FALSE(fs::exists(marker));
  run({.argv = {at("prog")}});
  EXPECT_TRUE(fs::exists(marker)) << "the program would have told";
}

TEST_F(ClosureTest, ABrokenFileOfAnotherClassIsPassedOver) {
  library("l/libv.so", "v", 3);
  program("prog", "v", kRunpath + at("l") + " -Ll -lv");
  // 32-bit, little-endian, ET_DYN, EM_386, and nothing that a loader could map.
  std::string broken(4096, '\0');
  broken.replace(0, 7,
                 "\x7f"
                 "ELF\x01\x01\x01");
  broken[16] = 3;
  broken[18] = 3;
  broken[20] = 1;
  write_file(dir_ / "x/libv.so", broken);
  same_as_here("prog", at("x"));
}

TEST_F(ClosureTest, ASetuidProgramDoesNotTrustOrigin) {
  library("l/libv.so", "v", 3);
  program("prog", "v", kRunpath + "$ORIGIN/l -Ll -lv");
  EXPECT_TRUE(succeeded(run_pack({at("prog"), "-t", "plain"})));
  fs::permissions(dir_ / "prog", fs::perms(04755));
  EXPECT_TRUE(refused(run_pack({at("prog"), "-t", "suid"}), 1, {"libv.so"}));
}

}  // namespace
}  // namespace pack
