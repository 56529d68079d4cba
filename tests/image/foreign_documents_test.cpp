// Documents that other tools write are read without loss: what is written from the values is, as
// JSON, what was read.

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "image/config.h"
#include "image/manifest.h"
#include "support/shell.h"

namespace pack {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

class ForeignDocuments : public ::testing::Test {
 protected:
  std::string at(const std::string& name) const { return folder_.str() + "/" + name; }

  void shell(const std::string& command) {
    const test::ToolRun done = test::run("export LC_ALL=C HOME=" + folder_.str() + "; cd " +
                                         folder_.str() + " && " + command);
    ASSERT_EQ(done.status, 0) << command << '\n' << done.output;
  }

  static std::string blob(const fs::path& layout, const Digest& digest) {
    return read_file(layout / blob_path(digest));
  }

  /// Holds all documents of a layout with one image against what is read from them.
  static void check_layout(const fs::path& layout) {
    const std::string index_text = read_file(layout / "index.json");
    const Index index = parse_index(index_text);
    Json index_json = Json::parse(index_text);
    index_json["mediaType"] = kOciIndex;  // not all write it
    EXPECT_EQ(Json::parse(to_json(index)), index_json);
    ASSERT_EQ(index.manifests.size(), 1U);

    const std::string text = blob(layout, index.manifests[0].digest);
    const Manifest manifest = parse_manifest(text);
    Json manifest_json = Json::parse(text);
    manifest_json["mediaType"] = manifest.media_type;
    EXPECT_EQ(Json::parse(to_json(manifest)), manifest_json);
    EXPECT_EQ(document_kind(text), DocumentKind::manifest);

    const std::string config = blob(layout, manifest.config.digest);
    EXPECT_EQ(Json::parse(to_json(parse_config(config))), Json::parse(config));
    EXPECT_EQ(config_faults(config), std::vector<std::string>{});
  }

  /// An image of umoci's with a bit of everything.
  void make_umoci_layout() {
    shell(
        "umoci init --layout u && umoci new --image u:v1 && mkdir -p f && echo hi > f/hi && "
        "umoci insert --rootless --image u:v1 f /f && "
        "umoci config --image u:v1 --config.user 1000:1000 --config.exposedports 80/tcp "
        "--config.env A=b --config.entrypoint /e --config.cmd c --config.volume /v "
        "--config.label a=b --config.workingdir /w --config.stopsignal SIGQUIT "
        "--author me --architecture arm64 --manifest.annotation k=v");
  }

  test::TemporaryFolder folder_;
};

TEST_F(ForeignDocuments, Umoci) {
  PACK_REQUIRE_TOOL("umoci");
  make_umoci_layout();
  check_layout(at("u"));
  const Index index = parse_index(read_file(at("u/index.json")));
  const Manifest manifest = parse_manifest(blob(at("u"), index.manifests[0].digest));
  const ImageConfig config = parse_config(blob(at("u"), manifest.config.digest));
  EXPECT_EQ(config.user, "1000:1000");
  EXPECT_EQ(config.entrypoint, std::vector<std::string>{"/e"});
  EXPECT_EQ(config.history.size(), 2U);
  EXPECT_EQ(manifest.annotations.at("k"), "v");
}

TEST_F(ForeignDocuments, SkopeoInBothFamilies) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  make_umoci_layout();
  shell("skopeo copy --dest-compress-format zstd --dest-compress oci:u:v1 oci:z:v1");
  check_layout(at("z"));
  shell("skopeo copy --format v2s2 oci:u:v1 dir:d");
  const Manifest manifest = parse_manifest(read_file(at("d/manifest.json")));
  EXPECT_EQ(manifest.media_type, kDockerManifest);
  EXPECT_EQ(Json::parse(to_json(manifest)), Json::parse(read_file(at("d/manifest.json"))));
  const std::string config = read_file(folder_.path() / "d" / manifest.config.digest.hex());
  EXPECT_EQ(Json::parse(to_json(parse_config(config))), Json::parse(config));
}

TEST_F(ForeignDocuments, Buildah) {
  PACK_REQUIRE_TOOL("buildah");
  PACK_REQUIRE_ROOT();
  shell(
      "export STORAGE_DRIVER=vfs; B='buildah --root " + at("s") + " --runroot " + at("r") +
      "'; C=$($B from scratch) && echo hi > hi && $B copy $C hi /hi && "
      "$B config --env A=b --port 80 --cmd x --label k=v --healthcheck 'CMD x' $C && "
      "$B commit --format oci $C oci:b:v1 && $B commit --format docker $C docker-archive:b.tar:x");
  check_layout(at("b"));
}

TEST_F(ForeignDocuments, SchemaOneIsRefused) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  make_umoci_layout();
  shell("skopeo copy --format v2s1 oci:u:v1 dir:d");
  try {
    (void)parse_manifest(read_file(at("d/manifest.json")));
    FAIL() << "a manifest of schema 1 was taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("schema 1"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace pack
