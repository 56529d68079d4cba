// Finished images as archives, told by skopeo, tar and sha256sum. Sources are in memory.

#include <gtest/gtest.h>

#include <atomic>

#include "support/image_archive.h"
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

class ArchiveStoreTest : public testing::Test {
 protected:
  /// An empty tar, and one of another length: what is in a layer is nothing to a copy.
  Blob layer(char fill, size_t blocks) const {
    return memory_blob(kOciLayer, std::string(512 * blocks, fill));
  }

  StoredImage image(const std::string& architecture = "amd64") const {
    const Blob one = layer('\0', 2), two = layer('\0', 20001);
    return stored_image({.architecture = architecture,
                         .layers = {one, two},
                         .diff_ids = {one.descriptor.digest, two.descriptor.digest}});
  }

  Receipt store(const ImageContent& content, const std::string& destination = "a.tar") const {
    Output output = open_output(parse_destination(folder_.str() + "/" + destination), Access{});
    return output.store(content);
  }

  std::string failure(const ImageContent& content) const {
    try {
      store(content);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }

  std::string run(const std::string& command) const {
    const test::ToolRun result = test::run("cd " + folder_.str() + " && " + command);
    EXPECT_EQ(result.status, 0) << command << ": " << result.output;
    return result.output;
  }

  test::TemporaryFolder folder_;
};

TEST_F(ArchiveStoreTest, DigestsStayAsTheyWere) {
  PACK_REQUIRE_TOOL("skopeo");
  const StoredImage stored = image();
  const Receipt receipt = store(content_of(stored, "basic:v1"));
  EXPECT_EQ(receipt.manifest, stored.document.descriptor.digest);
  EXPECT_EQ(receipt.size, std::filesystem::file_size(folder_ / "a.tar"));
  EXPECT_EQ(run("skopeo inspect --raw oci-archive:a.tar:v1 | sha256sum").substr(0, 64),
            stored.document.descriptor.digest.hex());
  run("skopeo copy -q oci-archive:a.tar:v1 dir:one");
  run("skopeo copy -q docker-archive:a.tar:docker.io/library/basic:v1 dir:two");
  // Checks that every blob is what its name says.
  open_archive(folder_ / "a.tar", folder_ / "opened");
}

TEST_F(ArchiveStoreTest, MetadataComesFirst) {
  store(content_of(image(), "basic:v1"));
  const std::string names = run("tar -tf a.tar | head -3 | tr '\\n' ' '");
  EXPECT_EQ(names, "oci-layout index.json manifest.json ");
}

TEST_F(ArchiveStoreTest, CompressedAsAWholeItHoldsTheSame) {
  PACK_REQUIRE_TOOL("zstd");
  const ImageContent content = content_of(image(), "basic:v1");
  for (const char* name : {"a.tar", "a.tar.gz", "a.tar.zst"}) store(content, name);
  run("gzip -dc a.tar.gz | cmp - a.tar && zstd -dc a.tar.zst | cmp - a.tar");
}

TEST_F(ArchiveStoreTest, AnIndexStaysAndDockerGetsThisMachines) {
  PACK_REQUIRE_TOOL("skopeo");
  const std::string machine = run("dpkg --print-architecture");
  const std::string here = machine.substr(0, machine.size() - 1);
  const std::string other = here == "s390x" ? "amd64" : "s390x";
  const StoredImage foreign = image(other), native = image(here);
  Index index;
  for (const StoredImage* each : {&foreign, &native})
    index.manifests.push_back(each->document.descriptor);
  ImageContent content = content_of(foreign, "basic:v1");
  content.top.text = to_json(index);
  content.top.descriptor = {.media_type = std::string(kOciIndex),
                            .digest = sha256(content.top.text),
                            .size = content.top.text.size(),
                            .annotations = {},
                            .platform = {}};
  content.documents = {foreign.document, native.document};
  content.images = {foreign, native};
  content.blobs.push_back(native.config_blob);
  const Receipt receipt = store(content);
  ASSERT_EQ(receipt.notes.size(), 1u);
  EXPECT_TRUE(contains(receipt.notes.front(), "linux/" + here)) << receipt.notes.front();
  EXPECT_EQ(run("skopeo inspect --raw oci-archive:a.tar:v1 | sha256sum").substr(0, 64),
            content.top.descriptor.digest.hex());
  EXPECT_TRUE(contains(run("skopeo inspect --config docker-archive:a.tar | tr -d ' '"),
                       "\"architecture\":\"" + here + "\""));
  run("skopeo copy -q --all oci-archive:a.tar:v1 dir:all");
}

TEST_F(ArchiveStoreTest, ABlobThatIsNotWhatItWasSaidToBeLeavesNothing) {
  const StoredImage stored = image();
  const std::string text(512 * 20001, '\0');
  std::string longer = text + "x", other = text;
  other.back() = 'x';
  for (const std::string& given : {text.substr(1), longer, other, std::string()}) {
    ImageContent content = content_of(stored, "basic:v1");
    content.blobs[1] = memory_blob(kOciLayer, text, given);
    EXPECT_TRUE(contains(failure(content), content.blobs[1].descriptor.digest.str()));
    EXPECT_EQ(test::names_in(folder_.path()), std::vector<std::string>{});
  }
}

TEST_F(ArchiveStoreTest, AnErrorOfOneOfManyReadersIsTheError) {
  ImageContent content = content_of(image(), "basic:v1");
  for (int i = 0; i < 40; ++i)
    content.blobs.push_back(memory_blob(kOciLayer, std::string(100'000, static_cast<char>(i))));
  content.blobs[17].open = [](uint64_t) -> ByteReader { throw Error("the line is dead"); };
  EXPECT_EQ(failure(content), "the line is dead");
  EXPECT_EQ(test::names_in(folder_.path()), std::vector<std::string>{});
}

TEST_F(ArchiveStoreTest, WithoutANameItIsStillThere) {
  PACK_REQUIRE_TOOL("skopeo");
  ImageContent content = content_of(image(), "basic:v1");
  content.references.clear();
  store(content);
  run("skopeo inspect oci-archive:a.tar && skopeo inspect docker-archive:a.tar");
}

TEST_F(ArchiveStoreTest, ZstdLayersAreSaid) {
  const Blob layer = memory_blob(kOciLayerZstd, "stored");
  const Receipt receipt = store(
      content_of(stored_image({.layers = {layer}, .diff_ids = {sha256("unpacked")}}), "basic:v1"));
  ASSERT_EQ(receipt.notes.size(), 1u);
  EXPECT_TRUE(contains(receipt.notes.front(), "Docker before version 23"));
}

}  // namespace
}  // namespace pack
