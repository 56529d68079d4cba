// OCI layouts, told by skopeo and umoci.

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "transport/small_image.h"

namespace pack {
namespace {

using test::contains;
using test::SmallImage;

class LayoutTest : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string layout(const std::string& tag = "") const { return "oci:" + at("l") + tag; }
  test::ToolRun run(const std::string& command) const {
    return test::run("cd " + folder_.str() + " && " + command);
  }
  void expect_read(const std::string& tag) const {
    const test::ToolRun result = run("rm -rf out && skopeo copy -q oci:l:" + tag + " dir:out");
    EXPECT_EQ(result.status, 0) << tag << ": " << result.output;
  }

  test::TemporaryFolder folder_;
  SmallImage image_;
};

TEST_F(LayoutTest, UmociUnpacksWhatThePlanSays) {
  PACK_REQUIRE_TOOL("umoci");
  image_.write({layout(":v1"), "rootfs:" + at("expected")});
  const test::ToolRun unpacked = run("umoci unpack --rootless --image l:v1 bundle");
  ASSERT_EQ(unpacked.status, 0) << unpacked.output;
  const test::ToolRun same = run("diff -r --no-dereference bundle/rootfs expected");
  EXPECT_EQ(same.status, 0) << same.output;
}

// Such names need pax headers that say "not UTF-8"; umoci reads them with Go's archive/tar.
TEST_F(LayoutTest, NamesThatAreNotUtf8AreReadByGo) {
  PACK_REQUIRE_TOOL("umoci");
  const std::string name = "\xff" + std::string(200, 'n');
  image_.file("/usr/" + name, "x", 0644);
  image_.file("/usr/\xc3\xa4", "x", 0644);
  image_.write({layout(":v1")});
  const test::ToolRun unpacked = run("umoci unpack --rootless --image l:v1 bundle");
  ASSERT_EQ(unpacked.status, 0) << unpacked.output;
  EXPECT_TRUE(std::filesystem::exists(at("bundle/rootfs/usr/" + name)));
  EXPECT_TRUE(std::filesystem::exists(at("bundle/rootfs/usr/\xc3\xa4")));
}

TEST_F(LayoutTest, ThereIsNothingButTheLayout) {
  image_.write({layout(":v1")});
  EXPECT_EQ(test::names_in(at("l")),
            (std::vector<std::string>{"blobs", "index.json", "oci-layout"}));
  EXPECT_EQ(test::names_in(at("l/blobs/sha256")).size(), 3u);
  EXPECT_EQ(test::names_in(folder_.path()), std::vector<std::string>{"l"});
  EXPECT_EQ(run("cd l/blobs/sha256 && for f in *; do echo \"$f  $f\"; done | sha256sum -c").status,
            0);
}

TEST_F(LayoutTest, WithoutATagTheReferencesTagsAreUsed) {
  PACK_REQUIRE_TOOL("skopeo");
  image_.names("basic:v1 basic:latest other:latest");
  image_.write({layout()});
  expect_read("v1");
  expect_read("latest");
}

TEST_F(LayoutTest, AnExistingLayoutGainsTheTag) {
  PACK_REQUIRE_TOOL("skopeo");
  image_.write({layout(":one")});
  image_.file("/usr/more", "more", 0644);
  image_.write({layout(":two")});
  expect_read("one");
  expect_read("two");
  EXPECT_EQ(test::names_in(at("l/blobs/sha256")).size(), 6u);
}

TEST_F(LayoutTest, ALayoutOfSkopeoGainsTheTag) {
  PACK_REQUIRE_TOOL("skopeo");
  image_.write({at("a.tar")});
  ASSERT_EQ(run("skopeo copy -q oci-archive:a.tar:v1 oci:l:theirs").status, 0);
  image_.write({layout(":ours")});
  expect_read("theirs");
  expect_read("ours");
}

TEST_F(LayoutTest, TheSameImageAgainChangesNothing) {
  image_.write({layout(":v1")});
  const std::string before = run("find l -type f -exec sha256sum {} + | sort").output;
  image_.write({layout(":v1")});
  EXPECT_EQ(run("find l -type f -exec sha256sum {} + | sort").output, before);
}

TEST_F(LayoutTest, MissingFoldersAreMade) {
  EXPECT_EQ(image_.failure({"oci:" + at("x/y/z") + ":v1"}), "none");
  EXPECT_TRUE(std::filesystem::exists(at("x/y/z/index.json")));
}

TEST_F(LayoutTest, AFolderOfOtherFilesIsRefused) {
  std::filesystem::create_directory(at("l"));
  std::ofstream(at("l/precious")) << "x";
  EXPECT_TRUE(contains(image_.failure({layout()}), "no OCI layout"));
  EXPECT_EQ(test::names_in(at("l")), std::vector<std::string>{"precious"});
}

// As it is when a pack and all its children are killed as soon as they have begun.
TEST_F(LayoutTest, AFolderWithBlobsAloneIsALayoutThatBegan) {
  std::filesystem::create_directories(at("l/blobs/sha256"));
  image_.write({layout(":v1")});
  expect_read("v1");
}

TEST_F(LayoutTest, ABadIndexIsRefusedAndLeftAsItIs) {
  image_.write({layout(":v1")});
  std::ofstream(at("l/index.json")) << "{";
  const std::vector<std::string> blobs = test::names_in(at("l/blobs/sha256"));
  image_.file("/usr/more", "more", 0644);
  EXPECT_TRUE(contains(image_.failure({layout(":v2")}), "index.json"));
  EXPECT_EQ(test::text_of(at("l/index.json")), "{");
  EXPECT_EQ(test::names_in(at("l/blobs/sha256")), blobs);
}

TEST_F(LayoutTest, ABlobThatIsNotWhatItsNameSaysIsAnError) {
  image_.write({layout(":v1")});
  const std::string blob = at("l/blobs/sha256/") + test::names_in(at("l/blobs/sha256")).front();
  std::filesystem::resize_file(blob, 3);
  EXPECT_TRUE(contains(image_.failure({layout(":v2")}), "not the blob"));
}

// Every one of several packs at the same time finds its way into the index.
TEST_F(LayoutTest, ManyAtOnceLoseNothing) {
  PACK_REQUIRE_TOOL("skopeo");
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) {
      image_.file("/usr/number", std::to_string(i), 0644);
      ::_exit(image_.failure({layout(":t" + std::to_string(i))}) == "none" ? 0 : 1);
    }
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  for (int i = 0; i < 8; ++i) expect_read("t" + std::to_string(i));
}

}  // namespace
}  // namespace pack
