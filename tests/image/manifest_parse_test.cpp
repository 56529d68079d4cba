#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "image/docker_archive.h"
#include "image/manifest.h"

namespace pack {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

std::string blob(const std::string& type, const std::string& size = "7",
                 const std::string& more = "", const std::string& digest = kDigest) {
  return R"({"mediaType":")" + type + R"(","digest":")" + digest + R"(","size":)" + size + more +
         "}";
}

std::string manifest(const std::string& members) {
  return R"({"schemaVersion":2,)" + members + "}";
}

std::string with_layer(const std::string& layer) {
  return manifest("\"config\":" + blob(std::string(kOciConfig)) + ",\"layers\":[" + layer + "]");
}

template <typename Call>
std::string error_of(const Call& call) {
  try {
    (void)call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string why_no_manifest(const std::string& text) {
  return error_of([&] { return parse_manifest(text); });
}

std::string why_no_index(const std::string& text) {
  return error_of([&] { return parse_index(text); });
}

TEST(ParseManifest, ReadsWhatDockerPushes) {
  const Manifest read = parse_manifest(
      R"({"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",)"
      R"("config":)" +
      blob(std::string(kDockerConfig), "1510") + R"(,"layers":[)" +
      blob(std::string(kDockerLayerGzip), "977") + "," +
      blob("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "9223372036854775807",
           R"(,"urls":["https://mcr.microsoft.com/v2/x"])") +
      "]}");
  EXPECT_EQ(family_of(read.media_type), MediaFamily::docker);
  EXPECT_EQ(read.config.size, 1510U);
  ASSERT_EQ(read.layers.size(), 2U);
  EXPECT_EQ(read.layers[0].media_type, kDockerLayerGzip);
  EXPECT_FALSE(is_nondistributable(read.layers[0].media_type));
  EXPECT_TRUE(is_nondistributable(read.layers[1].media_type));
  EXPECT_EQ(read.layers[1].size, 9223372036854775807U);
  EXPECT_EQ(read.layers[1].urls, std::vector<std::string>{"https://mcr.microsoft.com/v2/x"});
}

TEST(ParseManifest, ReadsAnArtifactsManifest) {
  const Manifest read = parse_manifest(
      manifest(R"("artifactType":"application/spdx+json","config":)" +
               blob("application/vnd.oci.empty.v1+json", "2", R"(,"data":"e30=")") +
               R"(,"layers":[)" + blob("application/vnd.in-toto+json") + R"(],"subject":)" +
               blob(std::string(kOciManifest)) + R"(,"annotations":null)"));
  EXPECT_EQ(read.config.media_type, "application/vnd.oci.empty.v1+json");
  EXPECT_EQ(read.media_type, kOciManifest);
  EXPECT_TRUE(read.annotations.empty());
}

TEST(ParseManifest, LayersMayBeNoneAtAll) {
  const std::string config = "\"config\":" + blob(std::string(kOciConfig));
  EXPECT_TRUE(parse_manifest(manifest(config)).layers.empty());
  EXPECT_TRUE(parse_manifest(manifest(config + ",\"layers\":null")).layers.empty());
}

TEST(ParseManifest, RefusesBadDigests) {
  const auto why = [](const std::string& digest) {
    return why_no_manifest(with_layer(blob("x", "7", "", digest)));
  };
  for (const std::string& digest :
       {std::string("sha256:../../x"), "sha256:" + std::string(64, 'A'),
        "sha256:" + std::string(63, 'a'), "sha512:" + std::string(128, 'a'), std::string()})
    EXPECT_EQ(why(digest),
              "the manifest cannot be used: layers[0].digest is not a sha256 digest: " +
                  quoted(digest.substr(0, 100)));
}

TEST(ParseManifest, RefusesSizesThatAreNone) {
  for (const auto* size :
       {"-1", "1.0", "1e3", "9223372036854775808", "18446744073709551616", "\"7\"", "true", "-0"})
    EXPECT_NE(why_no_manifest(with_layer(blob("x", size))).find("layers[0].size is no size: "),
              std::string::npos)
        << size;
  EXPECT_EQ(why_no_manifest(with_layer(blob("x", "null"))),
            "the manifest cannot be used: layers[0].size is missing");
}

TEST(ParseManifest, RefusesSchema1BySayingSo) {
  for (
      const auto* text :
      {R"({"schemaVersion":1,"name":"library/x","fsLayers":[],"history":[]})",
       R"({"schemaVersion":1,"mediaType":"application/vnd.docker.distribution.manifest.v1+prettyjws"})",
       R"({"schemaVersion":2,"fsLayers":[]})"}) {
    EXPECT_NE(why_no_manifest(text).find("it is of schema 1"), std::string::npos) << text;
    EXPECT_NE(error_of([&] { return document_kind(text); }).find("schema 1"), std::string::npos);
  }
}

TEST(ParseManifest, RefusesWhatTwoReadersReadDifferently) {
  const std::string both =
      manifest("\"config\":" + blob(std::string(kOciConfig)) + ",\"layers\":[],\"manifests\":[]");
  for (const std::string& why :
       {why_no_manifest(both), why_no_index(both), error_of([&] { return document_kind(both); })})
    EXPECT_NE(why.find("CVE-2021-41190"), std::string::npos) << why;
  EXPECT_NE(why_no_manifest(manifest("\"Config\":" + blob("x") + ",\"layers\":[]")), "");
  EXPECT_EQ(why_no_manifest(manifest("\"config\":" + blob("x") + ",\"Layers\":[]")),
            "the manifest cannot be used: layers is written Layers");
  EXPECT_NE(why_no_manifest(manifest("\"mediaType\":\"" + std::string(kOciIndex) +
                                     "\",\"config\":" + blob("x") + ",\"layers\":[]")),
            "");
}

TEST(ParseManifest, RefusesOtherDocuments) {
  for (const std::string& text : std::vector<std::string>{
           "", "[]", "null", "{}", manifest("\"layers\":[]"), with_layer("1"),
           with_layer(R"({"digest":")" + kDigest + R"(","size":1})"),
           manifest("\"config\":" + blob("x") + ",\"layers\":{}"),
           manifest("\"config\":" + blob("x") + ",\"annotations\":{\"a\":1}"),
           R"({"config":)" + blob("x") + "}", R"({"schemaVersion":2.0,"config":)" + blob("x") + "}",
           manifest(R"("mediaType":"application/vnd.oci.artifact.manifest.v1+json")"),
           manifest("\"manifests\":[]")})
    EXPECT_NE(why_no_manifest(text).find("the manifest cannot be used: "), std::string::npos)
        << text;
}

TEST(ParseIndex, ReadsWhatBuildkitPushes) {
  const Index read = parse_index(manifest(
      R"("mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)" +
      blob(std::string(kOciManifest), "481",
           R"(,"platform":{"architecture":"arm","os":"linux","variant":"v7"})") +
      "," +
      blob(std::string(kOciManifest), "566",
           R"(,"annotations":{"vnd.docker.reference.type":"attestation-manifest"},)"
           R"("platform":{"architecture":"unknown","os":"unknown"})") +
      "," + blob(std::string(kOciManifest), "7", R"(,"artifactType":"a/b","platform":null)") +
      R"(],"annotations":{"k":"v"})"));
  ASSERT_EQ(read.manifests.size(), 3U);
  EXPECT_EQ(read.manifests[0].platform, (Platform{"linux", "arm", "v7"}));
  EXPECT_EQ(read.manifests[1].platform, (Platform{"unknown", "unknown", ""}));
  EXPECT_EQ(read.manifests[1].annotations.at("vnd.docker.reference.type"), "attestation-manifest");
  EXPECT_EQ(read.manifests[2].platform, std::nullopt);
  EXPECT_EQ(read.manifests[2].artifact_type, "a/b");
  EXPECT_EQ(read.annotations, (Annotations{{"k", "v"}}));
}

TEST(ParseIndex, MayHoldNothing) {
  EXPECT_TRUE(parse_index(R"({"schemaVersion":2,"manifests":null})").manifests.empty());
  EXPECT_TRUE(parse_index(R"({"schemaVersion":2})").manifests.empty());
}

TEST(ParseIndex, RefusesAManifest) {
  EXPECT_EQ(why_no_index(with_layer(blob("x"))),
            "the image index cannot be used: it is a manifest");
}

TEST(DocumentKind, IsToldByMediaTypeElseByMembers) {
  EXPECT_EQ(document_kind(manifest("\"manifests\":[]")), DocumentKind::index);
  EXPECT_EQ(document_kind(manifest("\"layers\":[]")), DocumentKind::manifest);
  EXPECT_EQ(document_kind(manifest("\"mediaType\":\"" + std::string(kDockerIndex) + "\"")),
            DocumentKind::index);
  EXPECT_EQ(document_kind(manifest("\"mediaType\":\"" + std::string(kDockerManifest) + "\"")),
            DocumentKind::manifest);
  EXPECT_NE(error_of([] { return document_kind(manifest("\"a\":1")); }), "");
}

TEST(Descriptor, KeepsItsPlacesAndItsArtifactType) {
  Descriptor written{std::string(kOciLayer), Digest(kDigest), 3, {}, std::nullopt};
  written.urls = {"https://a/b"};
  written.artifact_type = "a/b";
  const Manifest read = parse_manifest(with_layer(to_json(written)));
  EXPECT_EQ(read.layers[0].urls, written.urls);
  EXPECT_EQ(read.layers[0].artifact_type, "a/b");
}

TEST(ParseDockerArchiveManifest, ReadsEachImage) {
  const std::vector<DockerArchiveItem> items = parse_docker_archive_manifest(
      R"([{"Config":"c.json","RepoTags":["a:1","b:2"],"Layers":["x/layer.tar","y.tar"],)"
      R"("LayerSources":{"sha256:00":{"size":1}},"Parent":"p"},)"
      R"({"Config":"d","RepoTags":null,"Layers":null}])");
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].config, "c.json");
  EXPECT_EQ(items[0].names, (std::vector<std::string>{"a:1", "b:2"}));
  EXPECT_EQ(items[0].layers, (std::vector<std::string>{"x/layer.tar", "y.tar"}));
  EXPECT_TRUE(items[1].names.empty());
  EXPECT_TRUE(items[1].layers.empty());
}

TEST(ParseDockerArchiveManifest, RefusesOtherTexts) {
  const auto why = [](const std::string& text) {
    return error_of([&] { return parse_docker_archive_manifest(text); });
  };
  EXPECT_EQ(why("{}"), "manifest.json cannot be used: it is no list of images");
  EXPECT_EQ(why("[{}]"), "manifest.json cannot be used: [0].Config is missing");
  EXPECT_EQ(why(R"([{"Config":"c","Layers":[1]}])"),
            "manifest.json cannot be used: [0].Layers[0] is no text");
  EXPECT_EQ(why(std::string((1 << 20) + 1, ' ')),
            "manifest.json cannot be used: it is larger than 1 MiB");
}

}  // namespace
}  // namespace pack
