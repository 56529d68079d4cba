// The loaders' hard cases, each with a fixture of gcc's and the real loader, and the test that has
// it. "so" is search_order_test.cpp, "cl" closure_test.cpp, "rl" rootfs_layout_test.cpp, "->" here.
//
//  1 program through a symlink        so OriginIsTheRealPathOfAProgramReachedThroughASymlink
//  2 RPATH, RPATH, RUNPATH, none      so TheProgramsRpathReachesPastALibraryWithRunpath
//  3 RPATH of what loaded a library   so RpathIsInheritedFromWhatLoadedTheLibrary
//  4 RUNPATH is not inherited         so RunpathIsNotInherited, WhatTheProgramNeedsItself...
//  5 $ORIGIN of a library's symlink   so OriginOfALibraryIsTheFolderOfItsSymlink
//  6 an absolute DT_NEEDED            so ALibraryWithoutSonameIsNeededByItsPath
//  7 variables in DT_NEEDED           so AVariableInTheNeededName, ARelativeNeededNameIs...
//  8 $LIB, odd elements of a path     so LibIsTheLoadersOwn, EmptyDoubledAndSlashEnded...
//                                     -> PlatformOfEveryCpu
//  9 LD_LIBRARY_PATH's place          so LibraryPathBeatsRunpath, LibraryPathLosesToRpath
//                                     -> ASetuidProgramIgnoresTheLibraryPath
// 10 glibc-hwcaps                     -> EachLevelsVariant..., AVariantWithoutABaseline
//                                     loader_cache_test.cpp (through the image's cache)
// 11 nodefaultlib                     so NoDefaultLibraries... -> NoDefaultLibrariesAndTheCache
//    filter, auxiliary                cl AFilterBringsTheLibrary... -> AnAuxiliaryLibrary...
//    circle, two spellings            cl LibrariesThatNeedEachOther, TwoSpellingsOfOneFile...
// 12 another class first              so ALibraryOfAnotherClass... -> ALibraryOfI386IsPassedOver
// 13 SONAME without a link            so AFileWithTheRightSoname... cl TheSymlinkFromSoname...
// 14 chains of symlinks               cl EveryHopOfASymlinkChain... real_programs_test.cpp
// 15 no section headers, no x bit     cl AnEmptySectionTable..., ALibraryNeedsNoExecutableBit
// 16 static, static-pie, libc.so.6    cl AStaticProgram..., ALibraryThatIsAProgram
// 17 hostile or missing PT_INTERP     bad_input_test.cpp
// 18 other machines, musl             sysroot_debian_test.cpp, sysroot_layouts_test.cpp
// 19 .note.dlopen                     dlopen_note_test.cpp
// 20 broken files                     bad_input_test.cpp, bounded_input_test.cpp
// 21 found through ld.so.conf alone   rl ALibraryThatOnlyLdSoConfNames
// 22 pthread_cancel and libgcc_s      opened_by_libc_test.cpp
// 23 what libc reads while it runs    runtime_files_test.cpp
// 24 merged /usr                      rl MergedUsrStaysMerged -> AnAdditionBelowASymlink...
// 25 modes whatever the umask         rl FoldersAreOpenToAll... -> AnyUserStarts...
// 26 setuid, file capabilities        options_test.cpp, source/disk_tree_test.cpp
// 27 scripts                          script_test.cpp
// 28 odd paths                        rl OddNamesArriveAsTheyAre, AWhiteoutName... -> OddFolders...

#include <unistd.h>

#include "support/closure_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
const std::string kRunpath = "-Wl,--enable-new-dtags,-rpath,";

class LoaderCasesTest : public ClosureTest {};

// 10: what ran is what the CPU's levels allow, or what a mask leaves of them.
TEST_F(LoaderCasesTest, EachLevelsVariantRunsWhereItIsTheBest) {
  library("l/libh.so", "h", 1);
  for (const char* level : {"x86-64-v2", "x86-64-v3", "x86-64-v4"})
    library(std::string("l/glibc-hwcaps/") + level + "/libh.so", "h", level[8] - '0');
  program("prog", "h", kRunpath + at("l") + " -Ll -lh");
  const fs::path image = rootfs({at("prog")});
  for (const char* mask :
       {"none", "x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v2:x86-64-v3:x86-64-v4"}) {
    const Texts argv = {kLoader, "--glibc-hwcaps-mask", mask, at("prog")};
    const Outcome here = run({.argv = argv});
    EXPECT_EQ(run_in_root(image, argv).out, here.out) << mask;
  }
  EXPECT_EQ(run_in_root(image, {kLoader, "--glibc-hwcaps-mask", "none", at("prog")}).out, "1\n");
  EXPECT_EQ(run_in_root(image, {at("prog")}).out, run({.argv = {at("prog")}}).out);
}

// 10: only a CPU of that level starts it; the loader here says whether this one does.
TEST_F(LoaderCasesTest, AVariantWithoutABaseline) {
  library("l/glibc-hwcaps/x86-64-v2/libh.so", "h", 2);
  program("prog", "h", kRunpath + at("l") + " -Ll/glibc-hwcaps/x86-64-v2 -lh");
  const Outcome here = run({.argv = {at("prog")}});
  PACK_REQUIRE(here.status == 0, "a CPU of x86-64-v2");
  EXPECT_EQ(run_in_root(rootfs({at("prog")}), {at("prog")}).out, here.out);
}

// 8: $PLATFORM depends on the CPU (glibc: "haswell" or "xeon_phi" where it is one).
TEST_F(LoaderCasesTest, PlatformOfEveryCpu) {
  for (const char* platform : {"x86_64", "haswell", "xeon_phi"})
    library(std::string("l/") + platform + "/libplat.so", "plat", 1);
  program("prog", "plat", kRunpath + at("l") + "/$PLATFORM -Ll/x86_64 -lplat");
  const fs::path image = rootfs({at("prog")});
  const Outcome here = run({.argv = {at("prog")}});
  ASSERT_TRUE(succeeded(here));
  EXPECT_EQ(run_in_root(image, {at("prog")}).out, here.out);
  for (const std::string& file : loaded_on_host(at("prog")))
    EXPECT_TRUE(elf_files_in(image).contains(file)) << file;
}

// 9: the kernel tells the loader that the program gains rights (AT_SECURE).
TEST_F(LoaderCasesTest, ASetuidProgramIgnoresTheLibraryPath) {
  PACK_REQUIRE_ROOT();
  library("l/libv.so", "v", 3);
  program("prog", "v", "-Ll -lv");
  Command here{.argv = {at("prog")}, .environment = {{"LD_LIBRARY_PATH", at("l")}}, .user = 65534};
  ASSERT_EQ(run(here).out, "3\n");
  fs::permissions(dir_ / "prog", fs::perms(04755));
  ASSERT_EQ(run(here).status, 127) << "is " << dir_ << " mounted nosuid?";
  EXPECT_TRUE(refused(run_pack({at("prog"), "--library-path", at("l"), "-t", "p:1"}), 1,
                      {"libv.so", at("prog")}));
}

// 11: DT_AUXILIARY.
TEST_F(LoaderCasesTest, AnAuxiliaryLibraryIsTakenWhereItIsFound) {
  library("l/libbetter.so", "both", 1);
  library("l/libaux.so", "both", 2, "-Wl,-f,libbetter.so " + kRunpath + "$ORIGIN");
  program("prog", "both", kRunpath + at("l") + " -Ll -laux");
  EXPECT_TRUE(fs::exists(same_as_here("prog").string() + at("l/libbetter.so")));
}

// In trace mode the loader lists it as "not found"; without, it goes on silently.
TEST_F(LoaderCasesTest, AnAuxiliaryLibraryMayBeMissing) {
  library("l/libaux.so", "both", 2, "-Wl,-f,libnone.so " + kRunpath + "$ORIGIN");
  program("prog", "both", kRunpath + at("l") + " -Ll -laux");
  ASSERT_EQ(run({.argv = {at("prog")}}).out, "2\n");
  EXPECT_EQ(run_in_root(rootfs({at("prog")}), {at("prog")}).out, "2\n");
}

TEST_F(LoaderCasesTest, AFilterThatIsMissingIsAnError) {
  library("l/libfilter.so", "both", 2, "-Wl,-F,libnone.so " + kRunpath + "$ORIGIN");
  program("prog", "both", kRunpath + at("l") + " -Ll -lfilter");
  missing_here_too("prog", {"libnone.so", at("l/libfilter.so")});
}

// 11: the cache's entries of default folders do not count, its others do.
TEST_F(LoaderCasesTest, NoDefaultLibrariesAndTheCache) {
  PACK_REQUIRE_ROOT();
  make_sysroot(dir_ / "root");
  library("root/opt/k/libk.so", "k", 7);
  program("root/usr/bin/prog", "k",
          "-Wl,-z,nodefaultlib -Lroot/opt/k -lk " + kRunpath + "/usr/lib/x86_64-linux-gnu");
  write_file(dir_ / "root/etc/ld.so.conf", "/opt/k\n");
  ASSERT_TRUE(succeeded(run({.argv = {"/usr/sbin/ldconfig", "-r", at("root")}})));
  ASSERT_EQ(run_in_root(dir_ / "root", {"/usr/bin/prog"}).out, "7\n");
  const fs::path image = rootfs({"--root", at("root"), "/usr/bin/prog"});
  EXPECT_EQ(run_in_root(image, {"/usr/bin/prog"}).out, "7\n");

  program("root/usr/bin/strict", "k", "-Wl,-z,nodefaultlib -Lroot/opt/k -lk");
  ASSERT_EQ(run_in_root(dir_ / "root", {"/usr/bin/strict"}).status, 127);
  EXPECT_TRUE(
      refused(run_pack({"--root", at("root"), "/usr/bin/strict", "-t", "p:1"}), 1, {"libc.so.6"}));
}

// 12: a real library for i386, not only a broken file.
TEST_F(LoaderCasesTest, ALibraryOfI386IsPassedOver) {
  compile(dir_, "x/libv.so", "int v(void) { return 32; }", "-m32 -shared -fPIC -nostdlib");
  library("l/libv.so", "v", 64);
  program("prog", "v", kRunpath + at("x") + ":" + at("l") + " -Ll -lv");
  const fs::path image = same_as_here("prog");
  EXPECT_FALSE(fs::exists(image.string() + at("x/libv.so")));
}

// 24
TEST_F(LoaderCasesTest, AnAdditionBelowASymlinkOfMergedUsrDoesNotReplaceIt) {
  PACK_REQUIRE(fs::is_symlink("/lib") && fs::is_symlink("/bin"), "a merged /usr");
  write_file(dir_ / "data", "data");
  const fs::path image = rootfs({"/bin/cat", "--add", at("data") + ":/lib/pack/data", "--add",
                                 at("data") + ":/bin/data", "--mkdir", "/lib64/folder"});
  for (const char* name : {"bin", "lib", "lib64"})
    EXPECT_TRUE(fs::is_symlink(image / name)) << name;
  EXPECT_EQ(run_in_root(image, {"/bin/cat", "/usr/lib/pack/data", "/usr/bin/data"}).out,
            "datadata");
  EXPECT_TRUE(fs::is_directory(image / "usr/lib64/folder"));
}

// 25
TEST_F(LoaderCasesTest, AnyUserStartsAnImageThatWasMadeWithUmask077) {
  PACK_REQUIRE_ROOT();
  library("odd/libodd.so", "odd", 3);
  program("prog", "odd", "-Lodd -lodd");
  Command pack = pack_command({at("prog"), "--library-path", at("odd"), "-o", "rootfs:image"});
  pack.umask = 077;
  ASSERT_TRUE(succeeded(run(pack)));
  const Outcome there =
      run({.argv = {"/usr/sbin/chroot", "--userspec=65534:65534", at("image"), at("prog")},
           .environment = {{"LD_LIBRARY_PATH", std::nullopt}}});
  EXPECT_EQ(there.out, "3\n") << there;
}

// 28: the loader's paths, not only data.
TEST_F(LoaderCasesTest, OddFoldersOnTheSearchPath) {
  const std::string odd = "a b\xff/" + std::string(120, 'd') + "/" + std::string(200, 'e');
  library("l/libone.so", "one", 1);
  program("p/prog", "one", kRunpath + "$ORIGIN/../l -Ll -lone");
  fs::create_directories(dir_ / odd);
  fs::rename(dir_ / "l", dir_ / odd / "l");
  fs::rename(dir_ / "p", dir_ / odd / "p");
  ASSERT_GT(at(odd).size(), 255U);
  same_as_here(odd + "/p/prog");
}

TEST_F(LoaderCasesTest, ANewlineInAFolderOnTheSearchPath) {
  library("l/libone.so", "one", 1);
  program("p/prog", "one", kRunpath + "$ORIGIN/../l -Ll -lone");
  fs::create_directories(dir_ / "new\nline");
  fs::rename(dir_ / "l", dir_ / "new\nline/l");
  fs::rename(dir_ / "p", dir_ / "new\nline/p");
  const std::string prog = at("new\nline/p/prog");
  ASSERT_EQ(run({.argv = {prog}}).out, "1\n");
  EXPECT_EQ(run_in_root(rootfs({prog}), {prog}).out, "1\n");
}

}  // namespace
}  // namespace pack
