#include "image/manifest.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "image/docker_archive.h"

namespace pack {
namespace {

const std::string kHex(64, '0');

Descriptor blob(std::string_view media_type, std::uint64_t size) {
  return {std::string(media_type), Digest(), size, {}, std::nullopt};
}

TEST(Manifest, HasOneOrderOfMembers) {
  Manifest manifest;
  manifest.config = blob(kOciConfig, 7);
  manifest.layers = {blob(kOciLayer, 8ULL << 30)};
  manifest.annotations = {{"b", "2"}, {"a", "1"}};
  EXPECT_EQ(
      to_json(manifest),
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
      R"("config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:)" +
          kHex +
          R"(","size":7},"layers":[{"mediaType":)"
          R"("application/vnd.oci.image.layer.v1.tar","digest":"sha256:)" +
          kHex + R"(","size":8589934592}],"annotations":{"a":"1","b":"2"}})");
}

TEST(Index, NamesItsPlatformsAndAnnotations) {
  Index index;
  index.manifests = {blob(kOciManifest, 9)};
  index.manifests[0].platform = Platform{"linux", "arm", "v7"};
  index.manifests[0].annotations = {{std::string(kRefNameAnnotation), "v1"}};
  EXPECT_EQ(to_json(index),
            R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",)"
            R"("manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
            R"("digest":"sha256:)" +
                kHex +
                R"(","size":9,"annotations":{"org.opencontainers.image.ref.name":"v1"},)"
                R"("platform":{"architecture":"arm","os":"linux","variant":"v7"}}]})");
}

TEST(Manifest, RefusesAnnotationsThatAreNotText) {
  Manifest manifest;
  manifest.annotations = {{"a", "\xff"}};
  EXPECT_THROW(to_json(manifest), UsageError);
}

TEST(DockerArchive, NamesEachLayersSource) {
  DockerArchiveImage image;
  image.references = {parse_reference("basic:v1"), parse_reference("host:5000/basic")};
  image.layers = {blob(kOciLayerGzip, 12)};
  image.diff_ids = {sha256("")};
  const std::string empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  EXPECT_EQ(docker_archive_manifest_json({image}),
            R"([{"Config":"blobs/sha256/)" + kHex +
                R"(","RepoTags":["docker.io/library/basic:v1","host:5000/basic:latest"],)"
                R"("Layers":["blobs/sha256/)" +
                kHex + R"("],"LayerSources":{"sha256:)" + empty +
                R"(":{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":12,)"
                R"("digest":"sha256:)" +
                kHex + R"("}}}])");
}

TEST(DockerArchive, RefusesLayersWithoutDiffIds) {
  DockerArchiveImage image;
  image.layers = {blob(kOciLayer, 1)};
  EXPECT_THROW(docker_archive_manifest_json({image}), Error);
}

}  // namespace
}  // namespace pack
