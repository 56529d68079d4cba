// Images for several platforms: joined, kept whole, taken apart.

#include <unistd.h>

#include "e2e/small_images.h"

namespace pack {
namespace {

using nlohmann::json;

class IndexTest : public SmallImagesTest {
 protected:
  void SetUp() override {
    SmallImagesTest::SetUp();
    pack_into({"amd64.tar"}, "hello");
    pack_into({"arm64.tar"}, "arm");
  }

  /// "linux/amd64 linux/arm64/v8 " of an index.
  std::string platforms(const std::string& image) const {
    std::string out;
    const json index = raw_json(image);
    for (const json& entry : index.at("manifests")) {
      const json& platform = entry.at("platform");
      out += platform.at("os").get<std::string>() + "/" +
             platform.at("architecture").get<std::string>();
      if (platform.contains("variant")) out += "/" + platform.at("variant").get<std::string>();
      out += " ";
    }
    return out;
  }
};

TEST_F(IndexTest, SeveralImagesBecomeOne) {
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(copy({"amd64.tar", "arm64.tar", "oci:l:v1"})));
  EXPECT_EQ(platforms("oci:l:v1"), "linux/amd64 linux/arm64/v8 ");
  const json index = raw_json("oci:l:v1");
  EXPECT_EQ(index.at("mediaType"), "application/vnd.oci.image.index.v1+json");
  EXPECT_EQ(index.at("manifests").at(0).at("digest"),
            "sha256:" + sha256_text(raw("oci-archive:amd64.tar:v1")));
  EXPECT_EQ(index.at("manifests").at(1).at("digest"),
            "sha256:" + sha256_text(raw("oci-archive:arm64.tar:v1")));
  shell("skopeo copy -q --all oci:l:v1 dir:all");
  for (const std::string arch : {"amd64", "arm64"})
    EXPECT_EQ(json::parse(shell("skopeo --override-arch " + arch + " inspect --config oci:l:v1"))
                  .at("architecture"),
              arch);
}

TEST_F(IndexTest, InAnArchiveEveryLoaderFindsItsPlatform) {
  PACK_REQUIRE_TOOL("skopeo");
  const Outcome outcome = copy({"arm64.tar", "amd64.tar", "all.tar", "-t", "both:v1"});
  ASSERT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.err, "docker load takes one platform")) << outcome;
  EXPECT_EQ(platforms("oci-archive:all.tar:v1"), "linux/arm64/v8 linux/amd64 ");
  const std::string here = shell("dpkg --print-architecture");
  EXPECT_EQ(json::parse(shell("skopeo inspect --config docker-archive:all.tar")).at("architecture"),
            here == "arm64\n" ? "arm64" : "amd64");
}

TEST_F(IndexTest, AllKeepsItAndWithoutItOneIsTaken) {
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(copy({"amd64.tar", "arm64.tar", "oci:l:v1"})));
  ASSERT_TRUE(succeeded(copy({"oci:l:v1", "all.tar", "--all", "-t", "x:v1"})));
  EXPECT_EQ(raw("oci-archive:all.tar:v1"), raw("oci:l:v1"));
  ASSERT_TRUE(succeeded(copy({"all.tar", "oci:m:v1", "--all"})));
  EXPECT_EQ(raw("oci:m:v1"), raw("oci:l:v1"));
  ASSERT_TRUE(succeeded(copy({"all.tar", "oci:m:arm", "--platform", "linux/arm64"})));
  EXPECT_EQ(raw("oci:m:arm"), raw("oci-archive:arm64.tar:v1"));
  ASSERT_TRUE(succeeded(copy({"all.tar", "oci:m:amd", "--platform", "linux/amd64"})));
  EXPECT_EQ(raw("oci:m:amd"), raw("oci-archive:amd64.tar:v1"));
}

TEST_F(IndexTest, AnIndexContributesItsImages) {
  PACK_REQUIRE_TOOL("skopeo");
  write_file(dir_ / "root/bin/power",
             elf_bytes({.machine = 22, .big_endian = true, .code = "xxxx"}), 0755);
  pack_into({"s390x.tar"}, "power");
  ASSERT_TRUE(succeeded(copy({"amd64.tar", "arm64.tar", "oci:l:v1"})));
  ASSERT_TRUE(succeeded(copy({"oci:l:v1", "s390x.tar", "oci:l:v2"})));
  EXPECT_EQ(platforms("oci:l:v2"), "linux/amd64 linux/arm64/v8 linux/s390x ");
  shell("skopeo copy -q --all oci:l:v2 dir:all");
}

TEST_F(IndexTest, TwoOfOnePlatformAreRefused) {
  pack_into({"again.tar"}, "hello", {"-e", "K=V"});
  EXPECT_TRUE(refused(copy({"amd64.tar", "again.tar", "oci:l:v1"}), 1,
                      {"linux/amd64", "amd64.tar", "again.tar"}));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "l"));
}

TEST_F(IndexTest, AnnotationsStandOnManifestsAndIndex) {
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(copy({"amd64.tar", "arm64.tar", "oci:l:v1", "--annotation", "who=me"})));
  EXPECT_EQ(raw_json("oci:l:v1").at("annotations"), json({{"who", "me"}}));
  shell("skopeo copy -q --all oci:l:v1 dir:all");
  ASSERT_TRUE(succeeded(copy({"oci:l:v1", "oci:l:arm", "--platform", "linux/arm64"})));
  EXPECT_EQ(raw_json("oci:l:arm").at("annotations"), json({{"who", "me"}}));
}

TEST_F(IndexTest, AreCompressedAsAWholeWithSharedLayersOnce) {
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(copy({"amd64.tar", "arm64.tar", "oci:l:v1", "--compress", "gzip"})));
  shell("skopeo copy -q --all oci:l:v1 dir:all");
  ASSERT_TRUE(succeeded(copy({"oci:l:v1", "oci:l:arm", "--platform", "linux/arm64"})));
  EXPECT_EQ(raw_json("oci:l:arm").at("layers").at(0).at("mediaType"),
            "application/vnd.oci.image.layer.v1.tar+gzip");
  EXPECT_EQ(raw_json("oci:l:arm").at("config"), raw_json("oci-archive:arm64.tar:v1").at("config"));
}

// BuildKit's provenance: a manifest for the platform unknown/unknown that speaks of another one.
TEST_F(IndexTest, AttestationsStayWithACopyAndGoWithAChange) {
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(copy({"amd64.tar", "arm64.tar", "oci:l:v1"})));
  json attestation = raw_json("oci-archive:amd64.tar:v1");
  attestation["layers"][0]["mediaType"] = "application/vnd.in-toto+json";
  attestation["layers"][0]["annotations"] = {{"in-toto.io/predicate-type", "x"}};
  const std::string text = attestation.dump(), digest = sha256_text(text);
  write_file(dir_ / "l/blobs/sha256" / digest, text);
  json index = raw_json("oci:l:v1");
  index["manifests"].push_back({{"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                                {"digest", "sha256:" + digest},
                                {"size", text.size()},
                                {"platform", {{"architecture", "unknown"}, {"os", "unknown"}}}});
  const std::string with = index.dump(), name = sha256_text(with);
  write_file(dir_ / "l/blobs/sha256" / name, with);
  json layout = json::parse(read_file(dir_ / "l/index.json"));
  layout["manifests"][0]["digest"] = "sha256:" + name;
  layout["manifests"][0]["size"] = with.size();
  write_file(dir_ / "l/index.json", layout.dump());

  ASSERT_TRUE(succeeded(copy({"oci:l:v1", "oci:same:v1", "--all"})));
  EXPECT_EQ(raw("oci:same:v1"), with);
  EXPECT_TRUE(std::filesystem::exists(dir_ / "same/blobs/sha256" / digest));
  const Outcome changed = copy({"oci:l:v1", "oci:new:v1", "--all", "--compress", "gzip"});
  ASSERT_TRUE(succeeded(changed));
  EXPECT_TRUE(contains(changed.err, "attestations")) << changed;
  EXPECT_EQ(platforms("oci:new:v1"), "linux/amd64 linux/arm64/v8 ");
  shell("skopeo copy -q --all oci:new:v1 dir:all");

  // Nor has another index a place for them.
  write_file(dir_ / "root/bin/power",
             elf_bytes({.machine = 22, .big_endian = true, .code = "xxxx"}), 0755);
  pack_into({"s390x.tar"}, "power");
  const Outcome joined = copy({"oci:l:v1", "s390x.tar", "oci:joined:v1"});
  ASSERT_TRUE(succeeded(joined));
  EXPECT_TRUE(contains(joined.err, "left out: 1 attestation")) << joined;
}

TEST_F(IndexTest, ANoteNamesWhereTheImageGoes) {
  const Outcome piped =
      run({.argv = {"sh", "-c", "\"$0\" copy amd64.tar arm64.tar - > both.tar", pack_binary()},
           .folder = dir_});
  ASSERT_EQ(piped.status, 0) << piped;
  EXPECT_TRUE(contains(piped.err, "one platform of standard output")) << piped;
}

}  // namespace
}  // namespace pack
