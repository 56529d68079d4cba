// Other tools read an image that is made of this room's output around a layer made by tar.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "image/config.h"
#include "image/docker_archive.h"
#include "image/manifest.h"
#include "support/shell.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return (std::ostringstream() << in.rdbuf()).str();
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

ImageConfig full_config(const Digest& diff_id) {
  ImageConfig config;
  config.created = "1970-01-01T00:00:00Z";
  config.author = "Zo\xc3\xab";
  config.platform = {"linux", "arm", "v7"};
  config.user = "1000:1000";
  config.exposed_ports = {"53/udp", "8080/tcp"};
  config.env = {"PATH=/bin", "QUOTE=\"<&>\\"};
  config.entrypoint = {"/bin/hello"};
  config.cmd = {"-c", "echo hi", ""};
  config.volumes = {"/data"};
  config.working_dir = "/srv";
  config.labels = {{"a", "b"}, {"empty", ""}};
  config.stop_signal = "SIGRTMIN+3";
  config.diff_ids = {diff_id};
  config.history = {{"1970-01-01T00:00:00Z", "pack /bin/hello", "", "from a test", false},
                    {"1970-01-01T00:00:00Z", "pack config", "", "", true}};
  return config;
}

class ImageOracle : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(test::run("mkdir -p " + at("in/bin") + " && echo hello > " + at("in/bin/hello") +
                        " && tar -C " + at("in") + " -cf " + at("layer.tar") + " bin/")
                  .status,
              0);
    const std::string tar = read(at("layer.tar"));
    config_ = to_json(full_config(sha256(tar)));
    manifest_.config = put(config_, kOciConfig);
    manifest_.layers = {put(tar, kOciLayer)};
    entry_ = put(to_json(manifest_), kOciManifest);
    entry_.annotations[std::string(kRefNameAnnotation)] = "v1";
    entry_.platform = Platform{"linux", "arm", "v7"};
    Index index;
    index.manifests = {entry_};
    write(at("layout/index.json"), to_json(index));
    write(at("layout/oci-layout"), oci_layout_json());
  }

  std::string at(const std::string& name) const { return folder_.str() + "/" + name; }

  Descriptor put(const std::string& blob, std::string_view media_type) {
    const Digest digest = sha256(blob);
    write(folder_.path() / "layout" / blob_path(digest), blob);
    return {std::string(media_type), digest, blob.size(), {}, std::nullopt};
  }

  test::TemporaryFolder folder_;
  std::string config_;
  Manifest manifest_;
  Descriptor entry_;
};

TEST_F(ImageOracle, SkopeoReadsEveryFieldOfTheConfig) {
  PACK_REQUIRE_TOOL("skopeo");
  const test::ToolRun seen = test::run("skopeo inspect --config oci:" + at("layout") + ":v1");
  ASSERT_EQ(seen.status, 0) << seen.output;
  EXPECT_EQ(Json::parse(seen.output), Json::parse(config_));
}

TEST_F(ImageOracle, SkopeoFindsTheManifestAndItsLayers) {
  PACK_REQUIRE_TOOL("skopeo");
  const test::ToolRun seen = test::run("skopeo inspect oci:" + at("layout") + ":v1");
  ASSERT_EQ(seen.status, 0) << seen.output;
  const Json facts = Json::parse(seen.output);
  EXPECT_EQ(facts["Digest"], entry_.digest.str());
  EXPECT_EQ(facts["Layers"], Json::array({manifest_.layers[0].digest.str()}));
  EXPECT_EQ(facts["Architecture"], "arm");
}

TEST_F(ImageOracle, SkopeoConvertsToDockerAndBackWithoutLoss) {
  PACK_REQUIRE_TOOL("skopeo");
  const test::ToolRun copied =
      test::run("skopeo copy oci:" + at("layout") + ":v1 docker-archive:" + at("d.tar") +
                ":basic:v1 && "
                "skopeo inspect --config docker-archive:" +
                at("d.tar") + " | tail -n +1 > " + at("back.json"));
  ASSERT_EQ(copied.status, 0) << copied.output;
  EXPECT_EQ(Json::parse(read(at("back.json"))), Json::parse(config_));
}

TEST_F(ImageOracle, UmociUnpacksTheLayerAndTellsTheHistory) {
  PACK_REQUIRE_TOOL("umoci");
  const test::ToolRun unpacked =
      test::run("umoci unpack --rootless --image " + at("layout") + ":v1 " + at("bundle"));
  ASSERT_EQ(unpacked.status, 0) << unpacked.output;
  EXPECT_EQ(read(at("bundle/rootfs/bin/hello")), "hello\n");
  const Json run = Json::parse(read(at("bundle/config.json")));
  EXPECT_EQ(run["process"]["args"], Json({"/bin/hello", "-c", "echo hi", ""}));
  EXPECT_EQ(run["process"]["cwd"], "/srv");

  const test::ToolRun stat = test::run("umoci stat --json --image " + at("layout") + ":v1");
  const Json history = Json::parse(stat.output)["history"];
  ASSERT_EQ(history.size(), 2U) << stat.output;
  EXPECT_EQ(history[0]["created_by"], "pack /bin/hello");
  EXPECT_EQ(history[0]["layer"]["digest"], manifest_.layers[0].digest.str());
  EXPECT_EQ(history[1]["empty_layer"], true);
}

TEST_F(ImageOracle, OtherToolsFindAllTagsOfALayoutThatGainedOne) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_EQ(test::run("umoci tag --image " + at("layout") + ":v1 theirs").status, 0);
  Descriptor gained = entry_;
  gained.annotations[std::string(kRefNameAnnotation)] = "ours";
  write(at("layout/index.json"), add_to_index(read(at("layout/index.json")), gained));
  const test::ToolRun tags = test::run("umoci ls --layout " + at("layout") + " | sort");
  EXPECT_EQ(tags.output, "ours\ntheirs\nv1\n");
  for (const auto* tag : {"ours", "theirs", "v1"}) {
    const test::ToolRun seen = test::run("skopeo inspect oci:" + at("layout") + ":" + tag);
    EXPECT_EQ(seen.status, 0) << seen.output;
  }
}

TEST_F(ImageOracle, AMovedTagIsTheNewImageToOtherTools) {
  PACK_REQUIRE_TOOL("skopeo");
  ImageConfig config = full_config(manifest_.layers[0].digest);
  config.platform = {"linux", "arm64", ""};
  manifest_.config = put(to_json(config), kOciConfig);
  Descriptor moved = put(to_json(manifest_), kOciManifest);
  moved.annotations = entry_.annotations;
  moved.platform = config.platform;
  write(at("layout/index.json"), add_to_index(read(at("layout/index.json")), moved));
  const test::ToolRun seen = test::run("skopeo inspect oci:" + at("layout") + ":v1");
  ASSERT_EQ(seen.status, 0) << seen.output;
  EXPECT_EQ(Json::parse(seen.output)["Digest"], moved.digest.str());
}

TEST_F(ImageOracle, SkopeoReadsTheArchiveManifest) {
  PACK_REQUIRE_TOOL("skopeo");
  const Reference reference = parse_reference("basic:v1");
  write(at("layout/manifest.json"), docker_archive_manifest_json({{manifest_.config.digest,
                                                                   {reference},
                                                                   manifest_.layers,
                                                                   {manifest_.layers[0].digest}}}));
  ASSERT_EQ(test::run("tar -C " + at("layout") + " -cf " + at("a.tar") +
                      " oci-layout index.json manifest.json blobs")
                .status,
            0);
  const test::ToolRun seen =
      test::run("skopeo inspect --config docker-archive:" + at("a.tar") + ":basic:v1");
  ASSERT_EQ(seen.status, 0) << seen.output;
  EXPECT_EQ(Json::parse(seen.output), Json::parse(config_));
  const test::ToolRun oci = test::run("skopeo inspect --raw oci-archive:" + at("a.tar") + ":v1");
  EXPECT_EQ(oci.output, to_json(manifest_));
}

TEST_F(ImageOracle, SkopeoTakesTheDockerFamily) {
  PACK_REQUIRE_TOOL("skopeo");
  manifest_.media_type = kDockerManifest;
  manifest_.config.media_type = kDockerConfig;
  manifest_.layers[0].media_type = kDockerLayer;
  write(at("dir/version"), "Directory Transport Version: 1.1\n");
  write(at("dir/manifest.json"), to_json(manifest_));
  write(at("dir/" + manifest_.config.digest.hex()), config_);
  write(at("dir/" + manifest_.layers[0].digest.hex()), read(at("layer.tar")));
  const test::ToolRun seen = test::run("skopeo inspect --config dir:" + at("dir"));
  ASSERT_EQ(seen.status, 0) << seen.output;
  EXPECT_EQ(Json::parse(seen.output)["config"], Json::parse(config_)["config"]);
}

}  // namespace
}  // namespace pack
