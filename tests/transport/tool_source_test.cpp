// Archives and layouts as the tools that people use write them: skopeo, umoci, buildah, Podman,
// Docker. Digests are compared with what skopeo says of the same files.

#include <gtest/gtest.h>

#include <algorithm>

#include "support/docker_engine.h"
#include "transport/hand_made_image.h"
#include "transport/layer_tar.h"
#include "transport/opened.h"

namespace pack {
namespace {

using test::Described;
using test::digest_of;
using test::failure_of;
using test::HandMadeImage;
using test::opened;

class ToolSourceTest : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return image_.at(name); }
  std::string must(const std::string& command) const { return image_.must(command); }

  /// A layout `l` with the tag v1: two layers by umoci, gzip.
  void make_umoci_layout() const {
    must(
        "umoci init --layout l && umoci new --image l:v1 && mkdir f && "
        "head -c 300000 /dev/urandom > f/random && umoci insert --rootless --image l:v1 f /f && "
        "echo hi > f/hi && umoci insert --rootless --image l:v1 f/hi /hi && "
        "umoci config --image l:v1 --config.cmd /hi --architecture amd64");
  }

  /// Reads every blob, compares each with its digest and each layer with its diff_id.
  static void expect_whole(const StoredImage& image) {
    ASSERT_EQ(image.layers.size(), image.config.diff_ids.size());
    for (size_t i = 0; i < image.layers.size(); ++i) {
      EXPECT_NO_THROW(test::content_of(image.layers[i]));
      EXPECT_NO_THROW(open_layer_tar(image.layers[i], image.config.diff_ids[i], {}));
    }
  }

  /// What skopeo calls the manifest that it reads from there.
  std::string skopeos(const std::string& place) const {
    const std::string out =
        must("skopeo inspect --raw " + place + " | sha256sum | cut -d' ' -f1 | tr -d '\\n'");
    return "sha256:" + out;
  }

  HandMadeImage image_;
};

TEST_F(ToolSourceTest, UmociAndSkopeoLayouts) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  make_umoci_layout();
  must(
      "skopeo copy -q oci:l:v1 oci:copy:host:5000/team/web:v1 && "
      "skopeo copy -q --dest-compress-format zstd --dest-compress oci:l:v1 oci:z:v1");
  for (const auto& [place, theirs] : std::vector<std::pair<std::string, std::string>>{
           {at("l"), "oci:l:v1"},
           {"oci:" + at("l") + ":v1", "oci:l:v1"},
           {"oci:" + at("copy") + ":host:5000/team/web:v1", "oci:copy:host:5000/team/web:v1"},
           {at("copy") + "@host:5000/team/web:v1", "oci:copy:host:5000/team/web:v1"},
           {"oci:" + at("z") + ":v1", "oci:z:v1"}}) {
    const StoredImage image = opened(place);
    EXPECT_EQ(digest_of(image), skopeos(theirs)) << place;
    EXPECT_EQ(image.config.cmd, std::vector<std::string>{"/hi"});
    EXPECT_EQ(image.layers.size(), 2U);
    expect_whole(image);
  }
  EXPECT_EQ(opened(at("z")).manifest.layers[0].media_type, kOciLayerZstd);
  EXPECT_EQ(test::names_of(opened(at("copy")).references),
            std::vector<std::string>{"host:5000/team/web:v1"});
}

TEST_F(ToolSourceTest, SkopeoArchivesOfBothKinds) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  make_umoci_layout();
  must(
      "skopeo copy -q oci:l:v1 oci-archive:o.tar:v1 && "
      "skopeo copy -q oci:l:v1 docker-archive:d.tar:web:v1 && "
      "gzip -k d.tar && zstd -q o.tar");
  for (const char* name : {"o.tar", "o.tar.zst"}) {
    const StoredImage image = opened(at(name));
    EXPECT_EQ(digest_of(image), skopeos("oci:l:v1"));
    expect_whole(image);
  }
  for (const char* name : {"d.tar", "d.tar.gz"}) {
    const StoredImage image = opened(at(name));
    EXPECT_EQ(image.config_text, must("skopeo inspect --raw --config docker-archive:d.tar"));
    EXPECT_EQ(test::names_of(image.references),
              std::vector<std::string>{"docker.io/library/web:v1"});
    expect_whole(image);
  }
  must("mkdir x && tar -C x -xf d.tar");
  expect_whole(opened(at("x")));
}

TEST_F(ToolSourceTest, BuildahAndPodman) {
  for (const char* tool : {"umoci", "skopeo", "buildah", "podman"}) PACK_REQUIRE_TOOL(tool);
  PACK_REQUIRE_ROOT();
  make_umoci_layout();
  const std::string store =
      " --storage-driver vfs --root " + at("s") + " --runroot " + at("r") + " ";
  must("skopeo copy -q oci:l:v1 docker-archive:in.tar:localhost/web:v1 && podman" + store +
       "load -q -i in.tar && podman" + store + "tag localhost/web:v1 localhost/other:v2");
  must("buildah" + store + "push -q localhost/web:v1 oci:b:v1 && buildah" + store +
       "push -q localhost/web:v1 docker-archive:bd.tar:web:v1 && buildah" + store +
       "push -q localhost/web:v1 oci-archive:bo.tar:v1");
  must("podman" + store + "save -q --format docker-archive -o pd.tar localhost/web:v1 && podman" +
       store + "save -q --format oci-archive -o po.tar localhost/web:v1 && podman" + store +
       "save -q --format oci-dir -o pl localhost/web:v1 && podman" + store +
       "save -q --format docker-archive -m -o pm.tar localhost/web:v1 localhost/other:v2");
  for (const std::string name : {"b", "bd.tar", "bo.tar", "pd.tar", "po.tar", "pl", "pm.tar@web:v1",
                                 "pm.tar@other:v2", "pd.tar@web:v1", "po.tar@web:v1"}) {
    SCOPED_TRACE(name);
    const StoredImage image = opened(at(name));
    EXPECT_EQ(image.config.cmd, std::vector<std::string>{"/hi"});
    expect_whole(image);
  }
  EXPECT_EQ(digest_of(opened(at("pl"))), skopeos("oci:pl"));
  EXPECT_EQ(digest_of(opened(at("po.tar"))), skopeos("oci-archive:po.tar"));
}

TEST_F(ToolSourceTest, DockerSaves) {
  for (const char* tool : {"umoci", "skopeo", "dockerd", "docker"}) PACK_REQUIRE_TOOL(tool);
  PACK_REQUIRE_ROOT();
  make_umoci_layout();
  must(
      "skopeo copy -q oci:l:v1 docker-archive:one.tar:web:v1 && "
      "umoci config --image l:v1 --config.cmd /other && "
      "skopeo copy -q oci:l:v1 docker-archive:two.tar:team/api:v2");
  const DockerEngine engine;
  for (const char* name : {"one.tar", "two.tar"})
    ASSERT_EQ(engine.docker({"load", "-i", at(name)}).status, 0);
  for (const auto& [name, images] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"a.tar", {"web:v1"}}, {"both.tar", {"web:v1", "team/api:v2"}}}) {
    std::vector<std::string> command = {"save", "-o", at(name)};
    command.insert(command.end(), images.begin(), images.end());
    const Outcome saved = engine.docker(command);
    ASSERT_EQ(saved.status, 0) << saved;
  }
  // The engine names images by the digest of their config.
  const auto id = [&](const std::string& name) {
    const std::string out = engine.docker({"inspect", "--format", "{{.Id}}", name}).out;
    return out.substr(0, out.find('\n'));
  };
  for (const auto& [place, name] :
       std::vector<std::pair<std::string, std::string>>{{"a.tar", "web:v1"},
                                                        {"both.tar@web:v1", "web:v1"},
                                                        {"both.tar@team/api:v2", "team/api:v2"}}) {
    const StoredImage image = opened(at(place));
    EXPECT_EQ(image.config_blob.descriptor.digest.str(), id(name)) << place;
    EXPECT_EQ(test::names_of(image.references),
              std::vector<std::string>{parse_reference(name).full()});
    expect_whole(image);
  }
  EXPECT_NE(failure_of(at("both.tar")).find("docker.io/team/api:v2"), std::string::npos);
  // Saved by its id it has no name.
  const Outcome nameless = engine.docker({"save", "-o", at("n.tar"), id("web:v1")});
  ASSERT_EQ(nameless.status, 0) << nameless;
  EXPECT_TRUE(opened(at("n.tar")).references.empty());
}

}  // namespace
}  // namespace pack
