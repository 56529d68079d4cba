// --compress of builds and copies: every loader takes the layers, and they unpack to the same.

#include <unistd.h>

#include "e2e/small_images.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class CompressTest : public SmallImagesTest {
 protected:
  /// The only layer of an image in a layout, unpacked by `unpack`: its sha256.
  std::string diff_id(const std::string& layout, const std::string& tag,
                      const std::string& unpack) const {
    const json layer = raw_json("oci:" + layout + ":" + tag).at("layers").at(0);
    const std::string digest = layer.at("digest").get<std::string>().substr(7);
    return shell(unpack + " < " + layout + "/blobs/sha256/" + digest + " | sha256sum")
        .substr(0, 64);
  }
  std::string config_digest(const std::string& image) const {
    return raw_json(image).at("config").at("digest").get<std::string>();
  }
  std::string layer_type(const std::string& image) const {
    return raw_json(image).at("layers").at(0).at("mediaType").get<std::string>();
  }
};

constexpr const char* kLayer = "application/vnd.oci.image.layer.v1.tar";

TEST_F(CompressTest, ABuildsLayoutHasWhatWasAskedFor) {
  PACK_REQUIRE_TOOL("skopeo");
  PACK_REQUIRE_TOOL("zstd");
  pack_into({"oci:l:default"});
  pack_into({"oci:l:none"}, "hello", {"--compress", "none"});
  pack_into({"oci:l:gzip"}, "hello", {"--compress", "gzip:9"});
  pack_into({"oci:l:zstd"}, "hello", {"--compress", "zstd"});
  EXPECT_EQ(layer_type("oci:l:default"), std::string(kLayer) + "+gzip");
  EXPECT_EQ(layer_type("oci:l:none"), kLayer);
  EXPECT_EQ(layer_type("oci:l:gzip"), std::string(kLayer) + "+gzip");
  EXPECT_EQ(layer_type("oci:l:zstd"), std::string(kLayer) + "+zstd");
  const std::string expected = diff_id("l", "none", "cat");
  EXPECT_EQ(diff_id("l", "gzip", "gzip -dc"), expected);
  EXPECT_EQ(diff_id("l", "zstd", "zstd -dc"), expected);
  for (const char* tag : {"default", "gzip", "zstd"})
    EXPECT_EQ(config_digest(std::string("oci:l:") + tag), config_digest("oci:l:none"));
}

TEST_F(CompressTest, ArchivesWithCompressedLayersAreReadByEveryTool) {
  PACK_REQUIRE_TOOL("skopeo");
  PACK_REQUIRE_TOOL("zstd");
  pack_into({"plain.tar"});
  const std::string config = config_digest("oci-archive:plain.tar:v1");
  for (const std::string kind : {"gzip", "zstd"}) {
    pack_into({"a.tar", "a.tar.gz"}, "hello", {"--compress", kind});
    EXPECT_LT(fs::file_size(dir_ / "a.tar"), fs::file_size(dir_ / "plain.tar") / 2);
    EXPECT_EQ(layer_type("oci-archive:a.tar:v1"), std::string(kLayer) + "+" + kind);
    EXPECT_EQ(config_digest("oci-archive:a.tar:v1"), config);
    shell("gzip -dc a.tar.gz | cmp - a.tar");
    shell("rm -rf copied one && skopeo copy -q oci-archive:a.tar:v1 dir:copied");
    // Checks every blob's name by sha256sum.
    open_archive(dir_ / "a.tar", dir_ / "one");
    if (kind == "gzip") shell("rm -rf copied && skopeo copy -q docker-archive:a.tar dir:copied");
  }
}

TEST_F(CompressTest, PodmanLoadsCompressedArchives) {
  PACK_REQUIRE_TOOL("podman");
  PACK_REQUIRE_ROOT();
  for (const std::string kind : {"gzip", "zstd"}) {
    pack_into({kind + ".tar"}, "hello", {"--compress", kind});
    const std::string podman =
        "podman --root pr" + kind + " --runroot prr" + kind + " --storage-driver vfs ";
    shell(podman + "load -q -i " + kind + ".tar && " + podman +
          "image exists docker.io/library/small:v1");
  }
}

TEST_F(CompressTest, TheNumberOfProcessorsChangesNothing) {
  for (const std::string kind : {"gzip", "zstd"}) {
    pack_into({"many.tar"}, "hello", {"--compress", kind});
    shell("taskset -c 0 \"" + pack_binary().string() +
          "\" --root root /bin/hello -a /data -t small:v1 -o one.tar -q --compress " + kind);
    shell("cmp many.tar one.tar");
  }
}

TEST_F(CompressTest, AHigherLevelTakesLessRoom) {
  pack_into({"low.tar"}, "hello", {"--compress", "gzip:1"});
  pack_into({"high.tar"}, "hello", {"--compress", "gzip:12"});
  EXPECT_LT(fs::file_size(dir_ / "high.tar"), fs::file_size(dir_ / "low.tar"));
}

TEST_F(CompressTest, TheConfigFileSaysItToo) {
  write_file(dir_ / "image.toml", "compress = \"gzip\"\n");
  pack_into({"a.tar"}, "hello", {"--config", "image.toml"});
  pack_into({"b.tar"}, "hello", {"--compress", "gzip"});
  shell("cmp a.tar b.tar");
}

TEST_F(CompressTest, WhatIsNoCompressionIsRefused) {
  for (const std::string text : {"lzma", "gzip:13", "zstd:0", "zstd:20", "gzip:", "none:1"})
    EXPECT_TRUE(refused(run_pack({"--root", "root", "/bin/hello", "-t", "x:1", "--compress", text}),
                        2, {text}));
  EXPECT_EQ(names_in(dir_), std::vector<std::string>{"root"});
}

TEST_F(CompressTest, ACopyPacksLayersAnewAndKeepsTheConfig) {
  PACK_REQUIRE_TOOL("skopeo");
  PACK_REQUIRE_TOOL("zstd");
  pack_into({"oci:l:none"}, "hello", {"--compress", "none"});
  ASSERT_TRUE(succeeded(copy({"oci:l:none", "oci:l:zstd", "--compress", "zstd"})));
  ASSERT_TRUE(succeeded(copy({"oci:l:zstd", "oci:l:gzip", "--compress", "gzip"})));
  ASSERT_TRUE(succeeded(copy({"oci:l:gzip", "oci:l:back", "--compress", "none"})));
  const std::string expected = diff_id("l", "none", "cat");
  EXPECT_EQ(diff_id("l", "zstd", "zstd -dc"), expected);
  EXPECT_EQ(diff_id("l", "gzip", "gzip -dc"), expected);
  EXPECT_EQ(raw("oci:l:back"), raw("oci:l:none"));
  EXPECT_EQ(config_digest("oci:l:zstd"), config_digest("oci:l:none"));
  for (const char* tag : {"zstd", "gzip"})
    shell(std::string("skopeo copy -q oci:l:") + tag + " dir:copied-" + tag);
}

TEST_F(CompressTest, ACopyLeavesWhatIsCompressedSoAlready) {
  PACK_REQUIRE_TOOL("skopeo");
  pack_into({"a.tar"});
  shell("skopeo copy -q oci-archive:a.tar:v1 oci:skopeos:v1");  // gzip, by Go
  ASSERT_TRUE(succeeded(copy({"oci:skopeos:v1", "oci:l:same", "--compress", "gzip"})));
  EXPECT_EQ(raw("oci:l:same"), raw("oci:skopeos:v1"));
  ASSERT_TRUE(succeeded(copy({"oci:skopeos:v1", "oci:l:level", "--compress", "gzip:12"})));
  EXPECT_NE(raw("oci:l:level"), raw("oci:skopeos:v1"));
}

TEST_F(CompressTest, DockersMediaTypesStayDockers) {
  PACK_REQUIRE_TOOL("skopeo");
  PACK_REQUIRE_TOOL("zstd");
  pack_into({"a.tar"});
  // An image of Docker's family in a layout, as no tool writes it by itself.
  const json manifest = raw_json("oci-archive:a.tar:v1");
  shell("mkdir -p d && tar -xf a.tar -C d && rm d/manifest.json");
  std::string text = manifest.dump();
  const auto replace = [&](const std::string& from, const std::string& to) {
    for (size_t at; (at = text.find(from)) != std::string::npos;) text.replace(at, from.size(), to);
  };
  replace("application/vnd.oci.image.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.v2+json");
  replace("application/vnd.oci.image.config.v1+json",
          "application/vnd.docker.container.image.v1+json");
  replace("application/vnd.oci.image.layer.v1.tar", "application/vnd.docker.image.rootfs.diff.tar");
  const std::string digest = sha256_text(text);
  write_file(dir_ / "d/blobs/sha256" / digest, text);
  write_file(dir_ / "d/index.json",
             json({{"schemaVersion", 2},
                   {"manifests",
                    {{{"mediaType", "application/vnd.docker.distribution.manifest.v2+json"},
                      {"digest", "sha256:" + digest},
                      {"size", text.size()},
                      {"annotations", {{"org.opencontainers.image.ref.name", "v1"}}}}}}})
                 .dump());
  ASSERT_TRUE(succeeded(copy({"oci:d:v1", "oci:l:v1", "--compress", "gzip"})));
  // skopeo finds no such image in a layout.
  const json index = json::parse(read_file(dir_ / "l/index.json"));
  const std::string copied = index.at("manifests").at(0).at("digest").get<std::string>();
  const json after = json::parse(read_file(dir_ / "l/blobs/sha256" / copied.substr(7)));
  EXPECT_EQ(after.at("mediaType"), "application/vnd.docker.distribution.manifest.v2+json");
  EXPECT_EQ(after.at("layers").at(0).at("mediaType"),
            "application/vnd.docker.image.rootfs.diff.tar.gzip");
}

TEST_F(CompressTest, ALayerThatIsNotItsDiffIdIsRefused) {
  PACK_REQUIRE_TOOL("skopeo");
  pack_into({"oci:l:v1"});
  json manifest = raw_json("oci:l:v1");
  // Another layer under the same config.
  shell("tar -C root -czf other.tar.gz data");
  const std::string other = sha256_of(dir_ / "other.tar.gz");
  shell("cp other.tar.gz l/blobs/sha256/" + other);
  manifest["layers"][0]["digest"] = "sha256:" + other;
  manifest["layers"][0]["size"] = fs::file_size(dir_ / "other.tar.gz");
  const std::string text = manifest.dump(), digest = sha256_text(text);
  write_file(dir_ / "l/blobs/sha256" / digest, text);
  json index = json::parse(read_file(dir_ / "l/index.json"));
  index["manifests"][0]["digest"] = "sha256:" + digest;
  index["manifests"][0]["size"] = text.size();
  write_file(dir_ / "l/index.json", index.dump());
  EXPECT_TRUE(refused(copy({"oci:l:v1", "a.tar", "--compress", "zstd"}), 1, {"diff_id", other}));
  EXPECT_FALSE(fs::exists(dir_ / "a.tar"));
}

}  // namespace
}  // namespace pack
