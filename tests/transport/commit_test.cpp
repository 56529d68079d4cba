// All destinations or none: full disks, unwritable places, kill -9.

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "transport/small_image.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::contains;
using test::SmallImage;
using Names = std::vector<std::string>;

class CommitTest : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

  test::TemporaryFolder folder_;
  SmallImage image_;
};

TEST_F(CommitTest, EveryDestinationHasTheImage) {
  const std::vector<Receipt> receipts =
      image_.write({at("a.tar"), "oci:" + at("l") + ":v1", "rootfs:" + at("r")});
  EXPECT_EQ(test::names_in(folder_.path()), (Names{"a.tar", "l", "r"}));
  ASSERT_EQ(receipts.size(), 3u);
  EXPECT_EQ(receipts[1].destination.str(), "oci:" + at("l") + ":v1");
  EXPECT_NE(receipts[0].manifest, receipts[1].manifest);  // one layer is compressed
  EXPECT_EQ(receipts[2].manifest, std::nullopt);
}

/// Adds up what it is told.
class Sum : public Progress {
 public:
  void expect(std::string_view, uint64_t bytes) override { expected += bytes; }
  void advance(uint64_t bytes) override { done += bytes; }
  std::atomic<uint64_t> expected = 0, done = 0;
};

TEST_F(CommitTest, TheLayerIsCountedOnceWhateverGetsIt) {
  using Places = std::vector<std::string>;
  for (const Places& places : {Places{at("a.tar")}, Places{at("a.tar.gz"), at("b.tar")},
                               Places{"oci:" + at("l") + ":1"}, Places{"rootfs:" + at("r")}}) {
    Sum sum;
    Access access;
    access.progress = &sum;
    ImageDraft draft{.config = {},
                     .references = {},
                     .annotations = {},
                     .layer_size = layer_size(image_.rootfs, 0)};
    draft.config.platform = {"linux", "amd64", ""};
    std::vector<DestinationSpec> specs;
    for (const std::string& place : places) specs.push_back(parse_destination(place));
    Output output = open_output(specs, draft, access);
    const Layer layer = write_layer(image_.rootfs, MemoryTree{}, 0, output.sinks());
    EXPECT_EQ(sum.done, layer.size) << places.front();
    EXPECT_EQ(sum.expected, layer.size) << places.front();
  }
}

TEST_F(CommitTest, OnePlaceTwiceIsRefused) {
  fs::create_directory_symlink(".", at("same"));
  EXPECT_THROW(image_.write({at("a.tar"), at("same/./a.tar")}), UsageError);
  EXPECT_THROW(image_.write({"oci:" + at("l") + ":1", "oci:" + at("l/") + ":2"}), UsageError);
  EXPECT_THROW(image_.write({"-", "-"}), UsageError);
}

// The last destination turns out to be impossible only when the others have their names.
TEST_F(CommitTest, AFailureAtTheLastNameTakesTheOthersBack) {
  std::ofstream(at("a.tar")) << "old";
  fs::create_directory(at("r"));
  const std::vector<DestinationSpec> specs{
      parse_destination(at("a.tar")), parse_destination(at("b.tar")),
      parse_destination("oci:" + at("l") + ":v1"), parse_destination("rootfs:" + at("r"))};
  ImageDraft draft{.config = {},
                   .references = {},
                   .annotations = {},
                   .layer_size = layer_size(image_.rootfs, 0)};
  draft.config.platform = {"linux", "amd64", ""};
  {
    Output output = open_output(specs, draft, Access{});
    const Layer layer = write_layer(image_.rootfs, MemoryTree{}, 0, output.sinks());
    std::ofstream(at("r/somebody-was-faster")) << "x";
    EXPECT_THROW(output.commit(make_image(draft, layer)), Error);
  }
  EXPECT_EQ(test::text_of(at("a.tar")), "old");
  EXPECT_EQ(test::names_in(folder_.path()), (Names{"a.tar", "r"}));
  EXPECT_EQ(test::names_in(at("r")), Names{"somebody-was-faster"});
}

TEST_F(CommitTest, AnOutputThatIsNotCommittedLeavesNothing) {
  ImageDraft draft{.config = {},
                   .references = {},
                   .annotations = {},
                   .layer_size = layer_size(image_.rootfs, 0)};
  {
    Output output =
        open_output({parse_destination(at("a.tar.gz")), parse_destination("oci:" + at("l")),
                     parse_destination("rootfs:" + at("r"))},
                    draft, Access{});
    write_layer(image_.rootfs, MemoryTree{}, 0, output.sinks());
  }
  EXPECT_EQ(test::names_in(folder_.path()), Names{});
}

TEST_F(CommitTest, AnUnwritableFolderIsNamed) {
  fs::create_directory(at("locked"));
  fs::permissions(at("locked"), fs::perms(0555));
  fs::permissions(folder_.path(), fs::perms(0777));
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(99);
    const auto refused = [&](const std::string& destination) {
      return contains(image_.failure({destination}), "locked");
    };
    ::_exit(refused(at("locked/a.tar")) && refused("oci:" + at("locked/l")) &&
                    refused("rootfs:" + at("locked/r"))
                ? 0
                : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(test::names_in(at("locked")), Names{});
}

/// A filesystem of one megabyte; the image has three.
class FullDiskTest : public CommitTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    fs::create_directory(at("disk"));
    mounted_ = ::mount("tmpfs", at("disk").c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  void TearDown() override {
    if (mounted_) ::umount(at("disk").c_str());
  }
  bool mounted_ = false;
};
INSTANTIATE_TEST_SUITE_P(Destinations, FullDiskTest, testing::Values("", "rootfs:"));

TEST_P(FullDiskTest, IsAnErrorAndTheOldOutputStays) {
  if (!mounted_) {
    const char* ci = std::getenv("CI");
    if (ci && std::string(ci) == "true") FAIL() << "CI must be able to mount a tmpfs";
    GTEST_SKIP() << "only root can mount a tmpfs";
  }
  std::ofstream(at("disk/old.tar")) << "old";
  const std::string target = *GetParam() ? GetParam() + at("disk/r") : at("disk/old.tar");
  const std::string failure = image_.failure({at("a.tar"), target});
  EXPECT_TRUE(contains(failure, "No space left on device")) << failure;
  EXPECT_TRUE(contains(failure, at("disk"))) << failure;
  EXPECT_EQ(test::text_of(at("disk/old.tar")), "old");
  EXPECT_EQ(test::names_in(at("disk")), Names{"old.tar"});
  EXPECT_EQ(test::names_in(folder_.path()), Names{"disk"});
}

bool is_litter(const std::string& name) { return name.starts_with("."); }

// Killed after a while that grows from run to run, over the whole length of the work.
TEST_F(CommitTest, KillAtAnyMomentGivesAllOrNothing) {
  const Names destinations{at("a.tar"), at("b.tar"), "oci:" + at("l") + ":v1", "rootfs:" + at("r")};
  const auto begin = std::chrono::steady_clock::now();
  image_.write(destinations);
  const auto whole = std::chrono::steady_clock::now() - begin;
  constexpr int kRounds = 60;
  int complete = 0, absent = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (const char* name : {"a.tar", "b.tar", "l", "r"}) test::run("rm -rf " + at(name));
    std::ofstream(at("b.tar")) << "old";
    const pid_t child = ::fork();
    if (child == 0) ::_exit(image_.failure(destinations) == "none" ? 0 : 1);
    // Runs differ in length; the last rounds are not cut short, so that both ends are seen.
    std::this_thread::sleep_for(whole * round * 2 / kRounds);
    if (round < kRounds - 2) ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    // A publishing child or a janitor may still be at work.
    const auto is_settled = [&] {
      const Names names = test::names_in(folder_.path());
      const bool is_all =
          fs::exists(at("l/index.json")) && fs::exists(at("a.tar")) && fs::exists(at("r"));
      return std::none_of(names.begin(), names.end(), is_litter) &&
             (is_all || names == Names{"b.tar"});
    };
    for (int i = 0; i < 500 && !is_settled(); ++i) std::this_thread::sleep_for(10ms);
    const Names names = test::names_in(folder_.path());
    const std::string old = test::text_of(at("b.tar"));
    if (old == "old") {
      EXPECT_EQ(names, Names{"b.tar"}) << "round " << round;
      ++absent;
    } else {
      EXPECT_EQ(names, (Names{"a.tar", "b.tar", "l", "r"})) << "round " << round;
      EXPECT_EQ(old, test::text_of(at("a.tar")));
      EXPECT_EQ(test::names_in(at("l")), (Names{"blobs", "index.json", "oci-layout"}));
      ++complete;
    }
  }
  EXPECT_GT(absent, 0);
  EXPECT_GT(complete, 0);
}

}  // namespace
}  // namespace pack
