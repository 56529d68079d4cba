// Same input, same bytes: nothing of the run, the place or the machine reaches the image.

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "support/closure_test.h"
#include "support/image_archive.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class DeterminismTest : public ClosureTest {
 protected:
  /// Both tell the bytes of one image: an archive, and a layout, whose layer is compressed.
  struct Bytes {
    std::string archive;
    std::map<std::string, std::string> layout;
    bool operator==(const Bytes&) const = default;
  };

  void SetUp() override {
    make_sysroot(dir_ / "root");
    fs::copy_file("/bin/bash", dir_ / "root/usr/bin/bash");
    fs::copy_file(fs::canonical("/lib/x86_64-linux-gnu/libtinfo.so.6"),
                  dir_ / "root/usr/lib/x86_64-linux-gnu/libtinfo.so.6");
    for (int i = 0; i < 40; ++i)
      write_file(dir_ / "root/data" / std::to_string(i * 7919 % 40),
                 std::string(100000, char('a' + i)));
    expected_ = bytes_of(dir_ / "root", command_in("first"));
    ASSERT_FALSE(expected_.archive.empty());
  }

  Command command_in(const std::string& folder) const {
    fs::create_directories(dir_ / folder);
    Command command = pack_command({});
    command.folder = dir_ / folder;
    return command;
  }

  Bytes bytes_of(const fs::path& root, Command command,
                 const std::vector<std::string>& before = {}) const {
    command.argv = before;
    command.argv.insert(command.argv.end(),
                        {pack_binary().string(), "--root", root.string(), "/bin/bash", "-t",
                         "same:1", "-a", "/data", "-o", "same.tar", "-o", "oci:layout:1"});
    EXPECT_TRUE(succeeded(run(command)));
    return {sha256_of(command.folder / "same.tar"), tree_of(command.folder / "layout")};
  }

  Bytes expected_;
};

TEST_F(DeterminismTest, TwoRuns) {
  EXPECT_EQ(bytes_of(dir_ / "root", command_in("second")), expected_);
}

TEST_F(DeterminismTest, AnotherUmask) {
  Command command = command_in("umask");
  command.umask = 077;
  EXPECT_EQ(bytes_of(dir_ / "root", command), expected_);
}

TEST_F(DeterminismTest, AnotherLocaleAndTimeZone) {
  Command command = command_in("locale");
  command.environment["LC_ALL"] = "C.UTF-8";
  command.environment["LANG"] = "tr_TR.UTF-8";
  command.environment["TZ"] = "Asia/Kathmandu";
  EXPECT_EQ(bytes_of(dir_ / "root", command), expected_);
}

TEST_F(DeterminismTest, OneProcessor) {
  PACK_REQUIRE_TOOL("taskset");
  EXPECT_EQ(bytes_of(dir_ / "root", command_in("one"), {"taskset", "-c", "0"}), expected_);
}

TEST_F(DeterminismTest, ACopyOfTheInputsElsewhereWithOtherTimes) {
  // From the last name to the first, so that inodes and folder order differ.
  fs::create_directories(dir_ / "elsewhere/copy");
  ASSERT_TRUE(succeeded(
      run({.argv = {"sh", "-c",
                    "cd root && find . -print0 | sort -rz | "
                    "tar --no-recursion --null -T - -cf - | tar -xf - -C ../elsewhere/copy && "
                    "find ../elsewhere/copy -exec touch -h -d 2001-02-03 {} +"},
           .folder = dir_})));
  EXPECT_EQ(bytes_of(dir_ / "elsewhere/copy", command_in("copy-out")), expected_);
}

TEST_F(DeterminismTest, AnEarlierOutputInPlace) {
  Command command = command_in("first");
  EXPECT_EQ(bytes_of(dir_ / "root", command), expected_);
}

TEST_F(DeterminismTest, SourceDateEpochIsEveryTime) {
  ASSERT_TRUE(succeeded(run([&] {
    Command command = pack_command({"/bin/bash", "-t", "dated:1"});
    command.environment["SOURCE_DATE_EPOCH"] = "1000000000";
    return command;
  }())));
  const ImageArchive image = open_archive(dir_ / "dated.tar", dir_ / "opened");
  EXPECT_EQ(json::parse(image.config).at("created"), "2001-09-09T01:46:40Z");
  for (const std::string& line : tar_lines(image.layer))
    EXPECT_TRUE(contains(line, " 2001-09-09 01:46:40 ")) << line;
}

TEST_F(DeterminismTest, ASourceDateEpochThatIsNoNumberIsRefused) {
  Command command = pack_command({"/bin/bash", "-t", "dated:1"});
  command.environment["SOURCE_DATE_EPOCH"] = "yesterday";
  EXPECT_TRUE(refused(run(command), 2, {"SOURCE_DATE_EPOCH", "yesterday"}));
}

TEST_F(DeterminismTest, CreatedIsTheImagesTime) {
  ASSERT_TRUE(
      succeeded(run_pack({"/bin/bash", "-t", "dated:1", "--created", "2020-01-02T03:04:05Z"})));
  const ImageArchive image = open_archive(dir_ / "dated.tar", dir_ / "opened");
  EXPECT_EQ(json::parse(image.config).at("created"), "2020-01-02T03:04:05Z");
}

}  // namespace
}  // namespace pack
