// Finished images in OCI layouts, told by skopeo and oci-image-tool. Sources are in memory.

#include <gtest/gtest.h>

#include <atomic>

#include "support/shell.h"
#include "transport/memory_content.h"
#include "transport/output.h"
#include "transport/small_image.h"

namespace pack {
namespace {

using test::contains;
using test::content_of;
using test::memory_blob;
using test::stored_image;

class LayoutStoreTest : public testing::Test {
 protected:
  /// Two layers, one of them a tar without members.
  ImageContent content(const std::string& name = "basic:v1") const {
    const Blob one = memory_blob(kOciLayer, std::string(1024, '\0'));
    const Blob two = memory_blob(kOciLayer, std::string(512 * 20001, '\0'));
    return content_of(stored_image({.layers = {one, two},
                                    .diff_ids = {one.descriptor.digest, two.descriptor.digest}}),
                      name);
  }

  Receipt store(const ImageContent& stored, const std::string& tag = "") const {
    Output output = open_output(parse_destination("oci:" + at("l") + tag), Access{});
    return output.store(stored);
  }

  std::string failure(const ImageContent& stored) const {
    try {
      store(stored);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }

  /// Every reader that is opened is counted.
  static ImageContent counting(ImageContent content, std::atomic<int>& count) {
    for (Blob& blob : content.blobs)
      blob.open = [open = blob.open, &count](uint64_t offset) {
        ++count;
        return open(offset);
      };
    return content;
  }

  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string run(const std::string& command) const {
    const test::ToolRun result = test::run("cd " + folder_.str() + " && " + command);
    EXPECT_EQ(result.status, 0) << command << ": " << result.output;
    return result.output;
  }

  test::TemporaryFolder folder_;
};

TEST_F(LayoutStoreTest, DigestsStayAsTheyWere) {
  PACK_REQUIRE_TOOL("skopeo");
  const ImageContent stored = content();
  EXPECT_EQ(store(stored).manifest, stored.top.descriptor.digest);
  EXPECT_EQ(run("skopeo inspect --raw oci:l:v1 | sha256sum").substr(0, 64),
            stored.top.descriptor.digest.hex());
  run("cd l/blobs/sha256 && for f in *; do echo \"$f  $f\"; done | sha256sum -c");
  EXPECT_EQ(test::names_in(at("l")),
            (std::vector<std::string>{"blobs", "index.json", "oci-layout"}));
}

TEST_F(LayoutStoreTest, ItIsALayoutByTheSpecification) {
  PACK_REQUIRE_TOOL("oci-image-tool");
  store(content());
  run("oci-image-tool validate --type image --ref name=v1 l");
}

TEST_F(LayoutStoreTest, BlobsThatAreThereAreNotReadAgain) {
  std::atomic<int> read = 0;
  store(counting(content(), read), ":one");
  EXPECT_EQ(read, 3);
  store(counting(content(), read), ":two");
  EXPECT_EQ(read, 3);
  run("skopeo inspect oci:l:one && skopeo inspect oci:l:two");
}

TEST_F(LayoutStoreTest, AnIndexIsNamedWhenAllBelowItIsThere) {
  PACK_REQUIRE_TOOL("skopeo");
  ImageContent stored = content();
  const StoredImage first = stored.images.front();
  const StoredImage second = stored_image(
      {.architecture = "s390x", .layers = first.layers, .diff_ids = first.config.diff_ids});
  Index index;
  for (const StoredImage* image : {&first, &second})
    index.manifests.push_back(image->document.descriptor);
  stored.top.text = to_json(index);
  stored.top.descriptor = {.media_type = std::string(kOciIndex),
                           .digest = sha256(stored.top.text),
                           .size = stored.top.text.size(),
                           .annotations = {},
                           .platform = {}};
  stored.documents = {first.document, second.document};
  stored.images.push_back(second);
  stored.blobs.push_back(second.config_blob);
  store(stored);
  run("skopeo copy -q --all oci:l:v1 dir:all");
  EXPECT_EQ(run("skopeo inspect --raw oci:l:v1 | sha256sum").substr(0, 64),
            stored.top.descriptor.digest.hex());
}

TEST_F(LayoutStoreTest, ABlobThatIsNotWhatItWasSaidToBeLeavesNothing) {
  ImageContent stored = content();
  stored.blobs[1] =
      memory_blob(kOciLayer, std::string(512 * 20001, '\0'), std::string(512 * 20001, 'x'));
  EXPECT_TRUE(contains(failure(stored), stored.blobs[1].descriptor.digest.str()));
  EXPECT_EQ(test::names_in(folder_.path()), std::vector<std::string>{});
}

TEST_F(LayoutStoreTest, AFailedCopyLeavesAnOlderLayoutAsItWas) {
  store(content("basic:old"));
  const std::string before = run("find l -type f -exec sha256sum {} + | sort");
  ImageContent stored = content();
  for (int i = 0; i < 40; ++i)
    stored.blobs.push_back(memory_blob(kOciLayer, std::string(100'000, static_cast<char>(i))));
  stored.blobs.back().open = [](uint64_t) -> ByteReader { throw Error("the line is dead"); };
  EXPECT_EQ(failure(stored), "the line is dead");
  EXPECT_EQ(run("find l -type f -exec sha256sum {} + | sort"), before);
}

TEST_F(LayoutStoreTest, ABlobOfAnotherSizeUnderTheNameIsRefused) {
  const ImageContent stored = content();
  store(stored);
  std::filesystem::resize_file(at("l/blobs/sha256/" + stored.blobs.front().descriptor.digest.hex()),
                               7);
  EXPECT_TRUE(contains(failure(stored), "not the blob"));
}

}  // namespace
}  // namespace pack
