// The tools that take images without an engine: skopeo, podman, umoci, tar.

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/bare_root.h"
#include "support/image_archive.h"
#include "support/pack_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ImageToolsTest : public PackTest {
 protected:
  Outcome tool(const std::vector<std::string>& argv) { return run({.argv = argv, .folder = dir_}); }
};

TEST_F(ImageToolsTest, SkopeoCopiesTheArchiveAsDockerArchive) {
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "basic:v1"})));
  EXPECT_TRUE(succeeded(tool({"skopeo", "copy", "docker-archive:basic.tar", "dir:copied"})));
  EXPECT_TRUE(
      succeeded(tool({"skopeo", "copy", "docker-archive:basic.tar:basic:v1", "oci:layout:v1"})));
}

TEST_F(ImageToolsTest, SkopeoCopiesTheArchiveAsOciArchive) {
  PACK_REQUIRE_TOOL("skopeo");
  PACK_REQUIRE_ROOT();  // skopeo 1.9 gives folders that have no entry of their own to root
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "basic:v1"})));
  EXPECT_TRUE(succeeded(tool({"skopeo", "copy", "oci-archive:basic.tar:v1", "dir:copied"})));
  const Outcome inspected = tool({"skopeo", "inspect", "--config", "oci-archive:basic.tar:v1"});
  ASSERT_TRUE(succeeded(inspected));
  EXPECT_EQ(json::parse(inspected.out).at("config").at("Entrypoint"), json({"/bin/bash"}));
}

TEST_F(ImageToolsTest, PodmanLoadsUnderTheFullName) {
  PACK_REQUIRE_TOOL("podman");
  PACK_REQUIRE_ROOT();
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "basic:v1"})));
  const std::vector<std::string> podman = {
      "podman",           "--root", (dir_ / "pr").string(), "--runroot", (dir_ / "prr").string(),
      "--storage-driver", "vfs"};
  std::vector<std::string> load = podman, exists = podman;
  load.insert(load.end(), {"load", "-i", "basic.tar"});
  exists.insert(exists.end(), {"image", "exists", "docker.io/library/basic:v1"});
  ASSERT_TRUE(succeeded(tool(load)));
  EXPECT_TRUE(succeeded(tool(exists)));
}

TEST_F(ImageToolsTest, UmociUnpacksALayoutThatRunsInABareRoot) {
  PACK_REQUIRE_TOOL("umoci");
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "basic:v1", "-o", "oci:layout:v1"})));
  const char* rootless = geteuid() == 0 ? "--keep-dirlinks" : "--rootless";
  ASSERT_TRUE(succeeded(tool({"umoci", "unpack", rootless, "--image", "layout:v1", "bundle"})));
  const Outcome ran = run_in_root(dir_ / "bundle/rootfs", {"/bin/bash", "-c", "echo hello"});
  EXPECT_EQ(ran.out, "hello\n") << ran;
}

TEST_F(ImageToolsTest, ManifestJsonIsWhatNewerDockerWrites) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "basic:v1", "-t", "other/name"})));
  const ImageArchive image = open_archive(dir_ / "basic.tar", dir_ / "opened");
  const json item = json::parse(image.manifest_json).at(0);
  EXPECT_EQ(item.at("RepoTags"),
            json({"docker.io/library/basic:v1", "docker.io/other/name:latest"}));
  const json config = json::parse(image.config);
  const json diff_ids = config.at("rootfs").at("diff_ids");
  ASSERT_EQ(diff_ids, json({"sha256:" + sha256_of(image.layer)}));
  const json source = item.at("LayerSources").at(diff_ids[0].get<std::string>());
  EXPECT_EQ(source.at("digest"), diff_ids[0]);
  EXPECT_EQ(source.at("size"), fs::file_size(image.layer));
  EXPECT_TRUE(contains(source.at("mediaType").get<std::string>(), "layer.v1.tar")) << source;
  EXPECT_EQ(item.at("Layers").size(), 1u);
  EXPECT_TRUE(fs::exists(image.folder / item.at("Layers")[0].get<std::string>()));
  EXPECT_TRUE(fs::exists(image.folder / item.at("Config").get<std::string>()));
}

TEST_F(ImageToolsTest, TheIndexNamesEveryReferenceWithItsPlatform) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "basic:v1", "-t", "ghcr.io/a/b:x"})));
  const ImageArchive image = open_archive(dir_ / "basic.tar", dir_ / "opened");
  std::set<std::pair<std::string, std::string>> names;
  const json index = json::parse(image.index);
  EXPECT_EQ(index.at("mediaType"), "application/vnd.oci.image.index.v1+json");
  for (const json& descriptor : index.at("manifests")) {
    EXPECT_EQ(descriptor.at("platform").at("architecture"), "amd64");
    EXPECT_EQ(descriptor.at("platform").at("os"), "linux");
    const json annotations = descriptor.at("annotations");
    names.emplace(annotations.at("io.containerd.image.name").get<std::string>(),
                  annotations.at("org.opencontainers.image.ref.name").get<std::string>());
  }
  EXPECT_EQ(names, (std::set<std::pair<std::string, std::string>>{
                       {"docker.io/library/basic:v1", "v1"}, {"ghcr.io/a/b:x", "x"}}));
}

TEST_F(ImageToolsTest, TheArchiveIsPlainFilesWithMetadataFirst) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "basic:v1"})));
  for (const std::string& line : tar_lines(dir_ / "basic.tar")) {
    EXPECT_TRUE(line.starts_with("-rw-r--r-- 0/0 ")) << line;
    EXPECT_TRUE(contains(line, " 1970-01-01 00:00:00 ")) << line;
  }
  const ImageArchive image = open_archive(dir_ / "basic.tar", dir_ / "opened");
  ASSERT_GE(image.members.size(), 6u);
  std::vector<std::string> first(image.members.begin(), image.members.begin() + 3);
  std::sort(first.begin(), first.end());
  EXPECT_EQ(first, (std::vector<std::string>{"index.json", "manifest.json", "oci-layout"}));
  EXPECT_EQ(read_file(image.folder / "oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
}

TEST_F(ImageToolsTest, TheLayerHasEveryPathOnceInOrderWithItsParents) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "/usr/bin/env", "-t", "basic:v1"})));
  const ImageArchive image = open_archive(dir_ / "basic.tar", dir_ / "opened");
  const Outcome listed = run({.argv = {"tar", "-tf", image.layer.string()}});
  ASSERT_TRUE(succeeded(listed));
  std::vector<std::string> names;
  std::istringstream lines(listed.out);
  for (std::string line; std::getline(lines, line);) names.push_back(line);
  ASSERT_GT(names.size(), 5u);
  std::set<std::string> seen;
  std::string before;
  for (const std::string& name : names) {
    EXPECT_TRUE(name != "/" && !name.starts_with("/") && !name.starts_with("./")) << name;
    EXPECT_TRUE(seen.insert(name).second) << name << " is there twice";
    const size_t slash = name.rfind('/', name.size() - 2);
    if (slash != std::string::npos) {
      EXPECT_TRUE(seen.contains(name.substr(0, slash + 1))) << "no parent before " << name;
    }
    const std::string plain = name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
    EXPECT_LT(before, plain);
    before = plain;
  }
}

TEST_F(ImageToolsTest, EntrypointAndCmdAreWordsOrAList) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "/bin/echo", "-t", "one:1", "--entrypoint",
                                  "/bin/echo", "--cmd", R"(["a b", "c"])"})));
  const json one = json::parse(open_archive(dir_ / "one.tar", dir_ / "opened").config).at("config");
  EXPECT_EQ(one.at("Entrypoint"), json({"/bin/echo"}));
  EXPECT_EQ(one.at("Cmd"), json({"a b", "c"}));
  ASSERT_TRUE(
      succeeded(run_pack({"/bin/bash", "-t", "two:1", "--entrypoint", R"(["/bin/bash","-x"])"})));
  const json two = json::parse(open_archive(dir_ / "two.tar", dir_ / "two").config).at("config");
  EXPECT_EQ(two.at("Entrypoint"), json({"/bin/bash", "-x"}));
}

TEST_F(ImageToolsTest, AnEntrypointThatIsNotInTheImageIsRefused) {
  EXPECT_TRUE(refused(run_pack({"/bin/bash", "-t", "one:1", "--entrypoint", "/bin/other"}), 1,
                      {"/bin/other"}));
}

TEST_F(ImageToolsTest, OwnersAreRootAndTimesTheEpoch) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "basic:v1"})));
  const ImageArchive image = open_archive(dir_ / "basic.tar", dir_ / "opened");
  for (const std::string& line : tar_lines(image.layer)) {
    EXPECT_TRUE(contains(line, " 0/0 ")) << line;
    EXPECT_TRUE(contains(line, " 1970-01-01 00:00:00 ")) << line;
  }
}

}  // namespace
}  // namespace pack
