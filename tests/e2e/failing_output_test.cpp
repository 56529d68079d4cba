// Outputs that cannot be written: a full disk, a folder without permission, a reader that leaves.

#include <sys/stat.h>
#include <unistd.h>

#include <random>

#include "support/closure_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

class FailingOutputTest : public ClosureTest {
 protected:
  void SetUp() override {
    std::string large(8 << 20, '\0');  // that no compression makes small
    std::mt19937 numbers(7);
    for (char& byte : large) byte = static_cast<char>(numbers());
    write_file(dir_ / "large", large);
    fs::create_directory(dir_ / "out");
  }

  Outcome shell(const std::string& script) {
    return run({.argv = {"sh", "-c", script, pack_binary().string()}, .folder = dir_});
  }

  /// Packs 8 MiB into a tmpfs of 3 MiB that holds an older a.tar. Prints, after what pack says,
  /// what is in it then.
  Outcome on_a_full_disk(const std::string& destinations) {
    return shell(
        "unshare --mount sh -c 'mount -t tmpfs -o size=3m tmpfs out && cd out && "
        "printf older > a.tar; \"$0\" /bin/cat -t a:1 -a ../large " +
        destinations + "; status=$?; ls -A; cat a.tar; exit $status' \"$0\"");
  }
};

TEST_F(FailingOutputTest, AFullDiskLeavesTheOlderArchive) {
  PACK_REQUIRE_ROOT();
  const Outcome outcome = on_a_full_disk("-o a.tar");
  EXPECT_EQ(outcome.status, 1) << outcome;
  EXPECT_EQ(outcome.out, "a.tar\nolder");
  EXPECT_TRUE(contains(outcome.err, "a.tar") && contains(outcome.err, "No space left")) << outcome;
}

TEST_F(FailingOutputTest, AFullDiskLeavesNoLayoutAndNoFolder) {
  PACK_REQUIRE_ROOT();
  for (const char* destination :
       {"-o rootfs:root", "-o oci:layout:1", "-o rootfs:root -o oci:layout:1 -o a.tar -o b.tar"}) {
    const Outcome outcome = on_a_full_disk(destination);
    EXPECT_EQ(outcome.status, 1) << destination << ": " << outcome;
    EXPECT_EQ(outcome.out, "a.tar\nolder") << destination;
    EXPECT_TRUE(contains(outcome.err, "No space left")) << destination << ": " << outcome;
  }
}

TEST_F(FailingOutputTest, AFullDiskBehindStandardOutput) {
  const Outcome outcome = shell("\"$0\" /bin/cat -t a:1 -a large -o - > /dev/full");
  EXPECT_TRUE(refused(outcome, 1, {"No space left"}));
}

TEST_F(FailingOutputTest, AnUnwritableFolder) {
  PACK_REQUIRE_ROOT();
  write_file(dir_ / "out/a.tar", "older");
  for (const char* destination : {"a.tar", "new.tar", "oci:layout:1", "rootfs:root"}) {
    Command command = pack_command({"/bin/cat", "-t", "a:1", "-o", destination});
    command.folder = dir_ / "out";
    command.user = 65534;
    EXPECT_TRUE(refused(run(command), 1, {"ermission denied"})) << destination;
    EXPECT_EQ(tree_of(dir_ / "out"), (std::map<std::string, std::string>{{"a.tar", "older"}}));
  }
}

TEST_F(FailingOutputTest, AFolderThatIsNotThere) {
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "a:1", "-o", "none/a.tar"}), 1, {"none"}));
  EXPECT_FALSE(fs::exists(dir_ / "none"));
}

TEST_F(FailingOutputTest, AFolderWhereTheArchiveShouldBe) {
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "a:1", "-o", "out"}), 1, {"out"}));
  EXPECT_TRUE(fs::is_empty(dir_ / "out"));
}

TEST_F(FailingOutputTest, AReaderThatGoesAway) {
  const Outcome outcome = shell(
      "{ \"$0\" /bin/cat -t a:1 -a large -o - 2> said; echo $? > status; } | "
      "head -c 1000 > /dev/null");
  EXPECT_EQ(read_file(dir_ / "status"), "1\n") << read_file(dir_ / "said");
  EXPECT_TRUE(contains(read_file(dir_ / "said"), "reader")) << read_file(dir_ / "said");
}

TEST_F(FailingOutputTest, AClosedStandardOutput) {
  const Outcome outcome = shell("exec \"$0\" /bin/cat -t a:1 -o - >&-");
  EXPECT_EQ(outcome.status, 1) << outcome;
  EXPECT_FALSE(outcome.err.empty());
}

TEST_F(FailingOutputTest, AResultThatNobodyReadsDoesNotUndoTheArchive) {
  const Outcome outcome = shell("\"$0\" /bin/cat -t a:1 -o done.tar > /dev/full; test -s done.tar");
  EXPECT_EQ(outcome.status, 0) << "the archive is complete before the result is printed: "
                               << outcome;
}

TEST_F(FailingOutputTest, AnotherFileOverALibraryIsAConflict) {
  const Outcome outcome =
      run_pack({"/bin/cat", "-t", "a:1", "-a", "large:/lib/x86_64-linux-gnu/libc.so.6"});
  EXPECT_TRUE(refused(outcome, 1, {"libc.so.6", "large"}));
  EXPECT_FALSE(fs::exists(dir_ / "a.tar"));
}

TEST_F(FailingOutputTest, TheLaterOfTwoFilesForOnePathIsTakenAndSaid) {
  write_file(dir_ / "other", "other");
  const Outcome outcome =
      run_pack({"/bin/cat", "-o", "rootfs:root", "-a", "large:/x", "-a", "other:/x"});
  EXPECT_TRUE(succeeded(outcome));
  EXPECT_EQ(read_file(dir_ / "root/x"), "other");
  for (const char* text : {"/x", "large", "other"})
    EXPECT_TRUE(contains(outcome.err, text)) << outcome;
}

TEST_F(FailingOutputTest, AnotherLibraryOverALibraryIsTakenAndSaid) {
  library("l/libv.so", "v", 1);
  library("mine/libv.so", "v", 2);
  program("prog", "v", "-Wl,--enable-new-dtags,-rpath," + at("l") + " -Ll -lv");
  const Outcome outcome =
      run_pack({at("prog"), "-o", "rootfs:root", "-a", "mine/libv.so:" + at("l/libv.so")});
  EXPECT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.err, "mine/libv.so")) << outcome;
  EXPECT_EQ(run_in_root(dir_ / "root", {at("prog")}).out, "2\n");
}

TEST_F(FailingOutputTest, TheSameFileTwiceIsNoConflict) {
  EXPECT_TRUE(succeeded(run_pack({"/bin/cat", "/usr/bin/cat", "-t", "a:1", "-a", "/bin/cat", "-a",
                                  "large:/x", "-a", "large:/x"})));
}

TEST_F(FailingOutputTest, AFileWhereAFolderMustBeIsAConflict) {
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "a:1", "-a", "large:/usr"}), 1, {"/usr"}));
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "a:1", "-a", "large:/x", "-a", "large:/x/y"}), 1,
                      {"/x"}));
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "a:1", "--mkdir", "/bin/cat"}), 1, {"cat"}));
  EXPECT_TRUE(
      refused(run_pack({"/bin/cat", "-t", "a:1", "--symlink", "/usr:/elsewhere"}), 1, {"/usr"}));
  EXPECT_FALSE(fs::exists(dir_ / "a.tar"));
}

}  // namespace
}  // namespace pack
