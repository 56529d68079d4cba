// Where a library is searched, each rule once. This machine's loader says what is right.

#include "support/closure_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

const std::string kRpath = "-Wl,--disable-new-dtags,-rpath,";
const std::string kRunpath = "-Wl,--enable-new-dtags,-rpath,";

TEST_F(ClosureTest, OriginIsTheRealPathOfAProgramReachedThroughASymlink) {
  library("real/lib/libone.so", "one", 1);
  program("real/bin/prog", "one", kRunpath + "$ORIGIN/../lib -Lreal/lib -lone");
  write_symlink(dir_ / "usr/prog", "../etc/alternatives/prog");
  write_symlink(dir_ / "etc/alternatives/prog", "../../real/bin/prog");
  const fs::path image = same_as_here("usr/prog");
  EXPECT_EQ(fs::read_symlink(image.string() + at("usr/prog")), "../etc/alternatives/prog");
  EXPECT_EQ(fs::read_symlink(image.string() + at("etc/alternatives/prog")), "../../real/bin/prog");
}

TEST_F(ClosureTest, TheProgramsRpathReachesPastALibraryWithRunpath) {
  library("a/libd.so", "d", 4);
  library_using("c/libc1.so", "c1", "d", 3, "-La -ld");
  library_using("b/libb.so", "b", "c1", 2, kRunpath + at("c") + " -Lc -lc1");
  library_using("a/liba.so", "a", "b", 1, kRpath + at("b") + " -Lb -lb");
  program("prog", "a", kRpath + at("a") + " -La -la");
  same_as_here("prog");
}

TEST_F(ClosureTest, RpathIsInheritedFromWhatLoadedTheLibrary) {
  library("b/libd.so", "d", 4);
  library_using("b/libb.so", "b", "d", 2, "-Lb -ld");
  library_using("a/liba.so", "a", "b", 1, kRpath + at("b") + " -Lb -lb");
  program("prog", "a", kRpath + at("a") + " -La -la");
  same_as_here("prog");
}

TEST_F(ClosureTest, RunpathIsNotInherited) {
  library("l/libinner.so", "inner", 2);
  library_using("l/libouter.so", "outer", "inner", 1, "-Ll -linner");
  program("prog", "outer", kRunpath + at("l") + " -Ll -louter");
  missing_here_too("prog", {"libinner.so", "libouter.so"});
}

TEST_F(ClosureTest, WhatTheProgramNeedsItselfIsLoadedForItsLibrariesToo) {
  library("l/libinner.so", "inner", 2);
  library_using("l/libouter.so", "outer", "inner", 1, "-Ll -linner");
  program("prog", "outer", kRunpath + at("l") + " -Ll -Wl,--no-as-needed -louter -linner");
  same_as_here("prog");
}

TEST_F(ClosureTest, OriginOfALibraryIsTheFolderOfItsSymlink) {
  library("a/libf.so", "f", 2);
  library_using("a/libg.so", "g", "f", 1, kRunpath + "$ORIGIN -La -lf");
  write_symlink(dir_ / "b/libg.so", "../a/libg.so");
  program("prog", "g", kRunpath + at("b") + " -Lb -lg");
  missing_here_too("prog", {"libf.so", at("b")});
}

TEST_F(ClosureTest, ALibraryWithoutSonameIsNeededByItsPath) {
  library("deep/libplain.so", "plain", 7);
  program("prog", "plain", at("deep/libplain.so"));
  same_as_here("prog");
}

TEST_F(ClosureTest, AVariableInTheNeededName) {
  library("lib/libo.so", "o", 5, "-Wl,-soname,$ORIGIN/lib/libo.so");
  program("prog", "o", at("lib/libo.so"));
  same_as_here("prog");
}

TEST_F(ClosureTest, ARelativeNeededNameIsRefusedBecauseItDependsOnTheWorkingFolder) {
  library("sub/libr.so", "r", 5);
  program("prog", "r", "sub/libr.so");
  EXPECT_TRUE(refused(run_pack({at("prog"), "-o", "rootfs:image"}), 1, {"sub/libr.so", "prog"}));
}

TEST_F(ClosureTest, LibIsTheLoadersOwn) {
  library("lib/x86_64-linux-gnu/liblibbed.so", "libbed", 8);
  program("prog", "libbed", kRunpath + "$ORIGIN/$LIB -Llib/x86_64-linux-gnu -llibbed");
  same_as_here("prog");
}

TEST_F(ClosureTest, EmptyDoubledAndSlashEndedElementsOfAPath) {
  library("x/libx.so", "x", 9);
  const std::string x = at("x");
  program("prog", "x", kRunpath + ":" + x + "/:" + x + ":" + x + "// -Lx -lx");
  same_as_here("prog");
}

TEST_F(ClosureTest, LibraryPathBeatsRunpath) {
  library("runpath/libv.so", "v", 1);
  library("variable/libv.so", "v", 2);
  program("prog", "v", kRunpath + at("runpath") + " -Lrunpath -lv");
  const fs::path image = same_as_here("prog", at("variable"));
  EXPECT_FALSE(fs::exists(image.string() + at("runpath/libv.so")));
}

TEST_F(ClosureTest, LibraryPathLosesToRpath) {
  library("rpath/libv.so", "v", 1);
  library("variable/libv.so", "v", 2);
  program("prog", "v", kRpath + at("rpath") + " -Lrpath -lv");
  const fs::path image = same_as_here("prog", at("variable"));
  EXPECT_FALSE(fs::exists(image.string() + at("variable/libv.so")));
}

TEST_F(ClosureTest, TheLibraryPathOptionIsTheVariable) {
  library("variable/libv.so", "v", 2);
  program("prog", "v", "-Lvariable -lv");
  ASSERT_TRUE(succeeded(run_pack(
      {at("prog"), "--library-path", at("nowhere") + ":" + at("variable"), "-o", "rootfs:image"})));
  // Here it would not start without the variable; in the image the cache finds it.
  const Outcome there = run_in_root(dir_ / "image", {at("prog")});
  EXPECT_EQ(there.out, "2\n") << there;
}

TEST_F(ClosureTest, NoDefaultLibrariesFindsNothingInTheDefaultFolders) {
  library("l/libn.so", "n", 1);
  program("prog", "n", "-Wl,-z,nodefaultlib " + kRunpath + at("l") + " -Ll -ln");
  missing_here_too("prog", {"libc.so.6"});
}

TEST_F(ClosureTest, NoDefaultLibrariesFindsWhatRunpathNames) {
  library("l/libn.so", "n", 1);
  program("prog", "n",
          "-Wl,-z,nodefaultlib " + kRunpath + at("l") + ":/lib/x86_64-linux-gnu -Ll -ln");
  same_as_here("prog");
}

TEST_F(ClosureTest, ALibraryOfAnotherClassIsPassedOver) {
  compile(dir_, "narrow/libw.so", "int w(void) { return 32; }",
          "-m32 -shared -fPIC -nostdlib -Wl,-soname,libw.so");
  library("wide/libw.so", "w", 64);
  program("prog", "w", kRunpath + at("narrow") + ":" + at("wide") + " -Lwide -lw");
  same_as_here("prog");
}

TEST_F(ClosureTest, AFileWithTheRightSonameButAnotherNameIsNotFound) {
  library("l/libs1.so.1.0.0", "s1", 1, "-Wl,-soname,libs1.so.1");
  program("prog", "s1", kRunpath + at("l") + " " + at("l/libs1.so.1.0.0"));
  missing_here_too("prog", {"libs1.so.1", at("l")});
}

TEST_F(ClosureTest, TheFirstFolderOfAPathWins) {
  library("first/libk.so", "k", 1);
  library("second/libk.so", "k", 2);
  program("prog", "k", kRunpath + at("first") + ":" + at("second") + " -Lsecond -lk");
  const fs::path image = same_as_here("prog");
  EXPECT_FALSE(fs::exists(image.string() + at("second")));
}

}  // namespace
}  // namespace pack
