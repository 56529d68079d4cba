// Missing libraries: one report that names all of them, and nothing written. Where it explains, the
// real loader must not find the library either, and what the explanation advises must help.

#include <unistd.h>

#include <sstream>

#include "support/closure_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

class MissingLibraryTest : public ClosureTest {
 protected:
  /// A program that needs two libraries, one of them through a third; both are gone.
  void SetUp() override {
    library("l/libgone1.so", "gone1", 1);
    library("l/libgone2.so", "gone2", 1);
    library_using("l/libkept.so", "kept", "gone2", 1, "-Ll -lgone2");
    program("prog", "kept",
            "-Wl,--enable-new-dtags,-rpath," + at("l") + " -Wl,--no-as-needed -Ll -lgone1 -lkept");
    fs::remove(dir_ / "l/libgone1.so");
    fs::remove(dir_ / "l/libgone2.so");
  }
};

TEST_F(MissingLibraryTest, OneReportNamesAllWithWhoNeedsThemAndWhereTheyWereSearched) {
  const Outcome outcome = run_pack({at("prog"), "-t", "broken:1"});
  EXPECT_TRUE(refused(outcome, 1,
                      {"libgone1.so", "libgone2.so", at("prog"), at("l/libkept.so"), at("l"),
                       "ld.so.cache", "/lib/x86_64-linux-gnu", "--library-path"}));
}

TEST_F(MissingLibraryTest, AllProgramsAreInTheReport) {
  library("m/libgone3.so", "gone3", 1);
  program("second", "gone3", "-Lm -lgone3");
  fs::remove(dir_ / "m/libgone3.so");
  EXPECT_TRUE(refused(run_pack({at("prog"), at("second"), "-t", "broken:1"}), 1,
                      {"libgone1.so", "libgone2.so", "libgone3.so", at("second")}));
}

TEST_F(MissingLibraryTest, AnOlderOutputIsUntouchedAndNothingBesideIt) {
  const fs::path folder = dir_ / "out";
  write_file(folder / "broken.tar", "older");
  Command command = pack_command({at("prog"), "-t", "broken:1"});
  command.folder = folder;
  EXPECT_TRUE(refused(run(command), 1, {"libgone1.so"}));
  EXPECT_EQ(tree_of(folder), (std::map<std::string, std::string>{{"broken.tar", "older"}}));
}

TEST_F(MissingLibraryTest, NoDestinationIsMade) {
  const fs::path folder = dir_ / "out";
  fs::create_directory(folder);
  Command command = pack_command(
      {at("prog"), "-t", "broken:1", "-o", "a.tar", "-o", "oci:layout:1", "-o", "rootfs:root"});
  command.folder = folder;
  EXPECT_TRUE(refused(run(command), 1, {"libgone1.so"}));
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(MissingLibraryTest, AllowMissingPacksAndWarns) {
  const Outcome outcome = run_pack({at("prog"), "-t", "broken:1", "--allow-missing"});
  EXPECT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.err, "libgone1.so")) << outcome;
  EXPECT_TRUE(contains(outcome.err, "libgone2.so")) << outcome;
  EXPECT_TRUE(fs::exists(dir_ / "broken.tar"));
}

TEST_F(MissingLibraryTest, TheInterpreterIsNamed) {
  program("other", "kept2",
          "-Wl,--dynamic-linker=/opt/none/ld.so -Wl,--unresolved-symbols=ignore-all");
  EXPECT_TRUE(
      refused(run_pack({at("other"), "-t", "broken:1"}), 1, {"/opt/none/ld.so", at("other")}));
}

TEST_F(MissingLibraryTest, ALibraryThatIsNotWholeIsAnErrorAsForTheLoader) {
  write_file(dir_ / "l/libgone1.so", read_file(dir_ / "l/libkept.so").substr(0, 100));
  write_file(dir_ / "l/libgone2.so",
             "\x7f"
             "ELF");
  EXPECT_EQ(run({.argv = {at("prog")}}).status, 127);
  EXPECT_TRUE(refused(run_pack({at("prog"), "-t", "broken:1"}), 1, {at("l/libgone1.so")}));
}

TEST_F(MissingLibraryTest, AnExcludedLibraryIsLeftOutAndSaid) {
  const Outcome outcome =
      run_pack({"/bin/bash", "--exclude", "libtinfo.so*", "-o", "rootfs:image"});
  EXPECT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.err, "libtinfo.so.6, which /bin/bash needs")) << outcome;
  std::set<std::string> expected;
  for (const std::string& path : loaded_on_host("/bin/bash"))
    if (!contains(path, "libtinfo")) expected.insert(path);
  EXPECT_EQ(elf_files_in(dir_ / "image"), expected);
}

/// One candidate, each refused for a reason of its own.
class RefusedCandidateTest : public MissingLibraryTest {
 protected:
  void SetUp() override {
    MissingLibraryTest::SetUp();
    library("l/libgone2.so", "gone2", 1);
  }

  /// Neither the loader nor pack takes what is at l/libgone1.so, and pack says why.
  void refused_because(const std::string& why) {
    missing_here_too("prog", {"libgone1.so not found", "needed by " + at("prog"),
                              "RUNPATH of " + at("prog") + ": " + at("l") + ": " + why + "\n",
                              "ld.so.cache: not listed", "default directories: "});
  }
};

TEST_F(RefusedCandidateTest, NoSuchFile) { refused_because("no such file"); }

TEST_F(RefusedCandidateTest, AnotherMachine) {
  std::string bytes = read_file(dir_ / "l/libkept.so");
  bytes[18] = '\xb7';  // e_machine: EM_AARCH64
  write_file(dir_ / "l/libgone1.so", bytes);
  refused_because("another machine's: 64-bit AArch64");
}

TEST_F(RefusedCandidateTest, ABrokenLink) {
  write_symlink(dir_ / "l/libgone1.so", "nowhere.so");
  refused_because("broken symlink");
}

TEST_F(RefusedCandidateTest, ALinkToItself) {
  write_symlink(dir_ / "l/libgone1.so", "libgone1.so");
  refused_because("too many symlinks");
}

TEST_F(RefusedCandidateTest, ThatMayNotBeRead) {
  PACK_REQUIRE_ROOT();
  fs::copy_file(dir_ / "l/libkept.so", dir_ / "l/libgone1.so");
  fs::permissions(dir_ / "l/libgone1.so", fs::perms::none);
  Command here = {.argv = {at("prog")}};
  here.user = 65534;
  EXPECT_EQ(run(here).status, 127);
  Command command = pack_command({at("prog"), "-o", "rootfs:image"});
  command.user = 65534;
  const Outcome outcome = run(command);
  EXPECT_TRUE(refused(outcome, 1, {at("l") + ": ", "libgone1.so"}));
  EXPECT_TRUE(contains(outcome.err, "may not be read") || contains(outcome.err, "denied"))
      << outcome;
}

TEST_F(RefusedCandidateTest, AFolderStopsTheLoader) {
  fs::create_directory(dir_ / "l/libgone1.so");
  missing_here_too("prog", {"libgone1.so cannot be loaded", at("l") + ": a folder",
                            "repair or remove that file"});
}

TEST_F(MissingLibraryTest, ManyAreReadable) {
  std::string calls;
  std::string links;
  for (int i = 0; i < 30; ++i) {
    const std::string name = "many" + std::to_string(i);
    library("m/lib" + name + ".so", name, 1);
    links += " -l" + name;
  }
  program("all", "many0", "-Wl,--no-as-needed -Lm" + links);
  fs::remove_all(dir_ / "m");
  const Outcome outcome = run_pack({at("all"), "-t", "broken:1"});
  EXPECT_TRUE(refused(outcome, 1, {"30 files are missing", "libmany0.so", "libmany29.so"}));
  EXPECT_LT(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 30 + 10) << outcome;
}

/// Libraries that are there, where the loader does not look.
class UnsearchedTest : public ClosureTest {
 protected:
  /// The loader does not start the program and pack names `texts`; with the option that it advises,
  /// the image starts.
  void explained(const std::string& program_name, const std::vector<std::string>& texts) {
    missing_here_too(program_name, texts);
    const Outcome outcome = run_pack({at(program_name), "-o", "rootfs:image"});
    const size_t option = outcome.err.find("--library-path /");
    ASSERT_NE(option, std::string::npos) << outcome;
    std::istringstream words(outcome.err.substr(option));
    std::string name;
    std::string folder;
    words >> name >> folder;
    ASSERT_TRUE(
        succeeded(run_pack({at(program_name), "-o", "rootfs:image", "--library-path", folder})));
    EXPECT_TRUE(succeeded(run_in_root(dir_ / "image", {at(program_name)})));
  }
};

// Case 4: the RUNPATH of the program serves for liba, not for what liba needs.
TEST_F(UnsearchedTest, ARunpathIsNotInherited) {
  library("l/libb.so", "b", 1);
  library_using("l/liba.so", "a", "b", 1, "-Ll -lb");
  program("prog", "a", "-Wl,--enable-new-dtags,-rpath," + at("l") + " -Ll -la");
  explained("prog", {"libb.so not found", "needed by " + at("l/liba.so"),
                     "libb.so is at " + at("l/libb.so") + ", in the RUNPATH of " + at("prog")});
}

TEST_F(UnsearchedTest, AnRpathIsVoidBesideARunpathOfTheAskingLibrary) {
  library("l/libb.so", "b", 1);
  library_using("l/liba.so", "a", "b", 1, "-Ll -lb -Wl,--enable-new-dtags,-rpath,/none");
  program("prog", "a", "-Wl,--disable-new-dtags,-rpath," + at("l") + " -Ll -la");
  explained("prog", {"libb.so is at " + at("l/libb.so") + ", in the RPATH of " + at("prog"),
                     at("l/liba.so") + " has a RUNPATH"});
}

TEST_F(UnsearchedTest, ASonameWithoutItsLink) {
  library("l/libs.so.1.0.0", "s", 1, "-Wl,-soname,libs.so.1");
  program("prog", "s", "-Wl,--enable-new-dtags,-rpath," + at("l") + " l/libs.so.1.0.0");
  missing_here_too(
      "prog", {"libs.so.1 is the soname of " + at("l/libs.so.1.0.0"), "ldconfig -n " + at("l")});
  ASSERT_TRUE(succeeded(run({.argv = {"/sbin/ldconfig", "-n", at("l")}})));
  EXPECT_TRUE(succeeded(run_pack({at("prog"), "-o", "rootfs:image"})));
}

/// A folder that serves as root, with dpkg's data in it.
class PackagedTest : public ClosureTest {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("dpkg");
    make_sysroot(dir_ / "root");
    library("libfruit.so.1", "fruit", 1, "-Wl,-soname,libfruit.so.1");
    program("prog", "fruit", "libfruit.so.1");
    fs::copy_file(dir_ / "prog", dir_ / "root/prog");
  }

  Outcome pack_in_root() const {
    return run_pack({"/prog", "--root", at("root"), "-o", "rootfs:image"});
  }
  /// The package that dpkg finds in that root by the pattern.
  std::string owner(const std::string& pattern) const {
    const Outcome found =
        run({.argv = {"dpkg", "--admindir=" + at("root/var/lib/dpkg"), "-S", pattern}});
    return found.out.substr(0, found.out.find(": "));
  }
  void install_list(const std::string& package, const std::string& path) const {
    write_file(dir_ / "root/var/lib/dpkg/info/format", "1\n");
    write_file(dir_ / ("root/var/lib/dpkg/info/" + package + ".list"), "/.\n" + path + "\n");
    const std::string name = package.substr(0, package.find(':'));
    write_file(dir_ / "root/var/lib/dpkg/status",
               "Package: " + name +
                   "\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n"
                   "Version: 1\nMaintainer: m\nDescription: d\n");
  }
};

TEST_F(PackagedTest, TheFileOfAnInstalledPackageIsGone) {
  install_list("libfruit1:amd64", "/usr/lib/x86_64-linux-gnu/libfruit.so.1");
  const std::string package = owner("*/libfruit.so.1");
  ASSERT_EQ(package, "libfruit1:amd64");
  EXPECT_TRUE(
      refused(pack_in_root(), 1,
              {"libfruit.so.1 belongs at /usr/lib/x86_64-linux-gnu/libfruit.so.1 (package " +
                   package + "), but is gone from there",
               "apt-get install --reinstall " + package}));
  EXPECT_FALSE(fs::exists(dir_ / "image"));
}

TEST_F(PackagedTest, TheFileIsInAPackagesOwnFolder) {
  install_list("fruit-libs:amd64", "/usr/lib/fruit/libfruit.so.1");
  fs::create_directories(dir_ / "root/usr/lib/fruit");
  fs::copy_file(dir_ / "libfruit.so.1", dir_ / "root/usr/lib/fruit/libfruit.so.1");
  EXPECT_TRUE(refused(pack_in_root(), 1,
                      {"libfruit.so.1 is at /usr/lib/fruit/libfruit.so.1 (package " +
                           owner("*/libfruit.so.1") + "), where the loader does not look for it",
                       "--library-path /usr/lib/fruit"}));
  ASSERT_TRUE(succeeded(run_pack(
      {"/prog", "--root", at("root"), "-o", "rootfs:image", "--library-path", "/usr/lib/fruit"})));
  EXPECT_TRUE(succeeded(run_in_root(dir_ / "image", {"/prog"})));
}

TEST_F(PackagedTest, TheHostsPackagesAreNotThoseOfTheRoot) {
  fs::remove(dir_ / "root/prog");
  compile(dir_, "root/prog", "int main(void) { return 0; }", "-Wl,--no-as-needed -l:libgcc_s.so.1");
  const Outcome outcome = pack_in_root();
  EXPECT_TRUE(refused(outcome, 1, {"libgcc_s.so.1 not found"}));
  EXPECT_FALSE(contains(outcome.err, "(package ")) << outcome;
  EXPECT_FALSE(contains(outcome.err, "likely in package")) << outcome;
}

}  // namespace
}  // namespace pack
