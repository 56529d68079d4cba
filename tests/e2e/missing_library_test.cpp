// Missing libraries: one report that names all of them, and nothing written.

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

}  // namespace
}  // namespace pack
