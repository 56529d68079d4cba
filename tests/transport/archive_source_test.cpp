// Docker archives that are written by hand, as old and new versions of Docker, skopeo and people
// write them. skopeo is the oracle for what an image in them is.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "transport/hand_made_image.h"
#include "transport/opened.h"

namespace pack {
namespace {

using test::contains;
using test::content_of;
using test::Described;
using test::digest_of;
using test::failure_of;
using test::HandMadeImage;
using test::opened;

/// Folder and archive of an image whose manifest.json a test writes.
class DockerArchiveTest : public testing::Test {
 protected:
  std::string folder() const { return image_.path().string(); }

  static std::string sha256_of_text(const std::string& text) {
    TempDir folder;
    write_file(folder.path() / "f", text);
    return "sha256:" + sha256_of(folder.path() / "f");
  }

  /// An item of manifest.json; `names` and `layers` are JSON lists.
  static std::string item(const std::string& config, const std::string& names,
                          const std::string& layers) {
    return R"({"Config":")" + config + R"(","RepoTags":)" + names + R"(,"Layers":)" + layers + "}";
  }

  void expect_layers(const StoredImage& image, const std::vector<std::string>& contents) const {
    ASSERT_EQ(image.layers.size(), contents.size());
    for (size_t i = 0; i < contents.size(); ++i) {
      EXPECT_EQ(content_of(image.layers[i]), contents[i]);
      EXPECT_EQ(image.layers[i].descriptor.digest.str(), sha256_of_text(contents[i]));
      EXPECT_EQ(image.layers[i].descriptor.size, contents[i].size());
    }
  }

  HandMadeImage image_;
};

// Of a shop's demonstration: names are arbitrary.
TEST_F(DockerArchiveTest, NamesOfMembersAreArbitrary) {
  const std::string tar = image_.layer_tar("hello.txt", "hello\n");
  image_.file("demo-image.tar", tar);
  image_.file("config.json", image_.config({sha256_of_text(tar)}));
  image_.file("manifest.json",
              "[" + item("config.json", R"(["demo:v1"])", R"(["demo-image.tar"])") + "]");
  for (const std::string& place :
       {folder(), image_.archive(), "docker-archive:" + image_.at("a.tar"),
        image_.at("a.tar") + "@demo:v1", image_.at("a.tar") + "@v1",
        "docker-archive:" + image_.at("a.tar") + ":demo:v1"}) {
    const StoredImage image = opened(place);
    expect_layers(image, {tar});
    EXPECT_EQ(image.manifest.media_type, kOciManifest);
    EXPECT_EQ(image.manifest.layers[0].media_type, kOciLayer);
    EXPECT_EQ(image.config_text, read_file(image_.path() / "config.json"));
    EXPECT_EQ(image.config_blob.descriptor.digest.str(), sha256_of_text(image.config_text));
    EXPECT_EQ(test::names_of(image.references),
              std::vector<std::string>{"docker.io/library/demo:v1"});
    EXPECT_EQ(digest_of(image), sha256_of_text(image.document.text));
  }
  PACK_REQUIRE_TOOL("skopeo");
  EXPECT_EQ(opened(folder()).config_text,
            image_.must("tar -C image -cf b.tar . && skopeo inspect --raw --config "
                        "docker-archive:b.tar"));
}

TEST_F(DockerArchiveTest, PackedLayersKeepTheirBytes) {
  const std::string one = image_.layer_tar("one", "1"), two = image_.layer_tar("two", "2"),
                    three = image_.layer_tar("three", "3");
  image_.file("one", one);
  image_.file("two", two);
  image_.file("three", three);
  image_.must("cd image && gzip -n one && zstd -q --rm two && xz three");
  image_.file("c",
              image_.config({sha256_of_text(one), sha256_of_text(two), sha256_of_text(three)}));
  image_.file("manifest.json", "[" + item("c", "[]", R"(["one.gz","two.zst","three.xz"])") + "]");
  for (const std::string& place : {folder(), image_.archive()}) {
    const StoredImage image = opened(place);
    // No registry knows xz, so that layer is unpacked.
    expect_layers(
        image, {read_file(image_.path() / "one.gz"), read_file(image_.path() / "two.zst"), three});
    EXPECT_EQ(image.manifest.layers[0].media_type, kOciLayerGzip);
    EXPECT_EQ(image.manifest.layers[1].media_type, kOciLayerZstd);
    EXPECT_EQ(image.manifest.layers[2].media_type, kOciLayer);
    EXPECT_TRUE(image.references.empty());
  }
}

TEST_F(DockerArchiveTest, LayersMayBeLinksInside) {
  const std::string tar = image_.layer_tar("f", "1");
  image_.file("b/layer.tar", tar);
  image_.must(
      "mkdir image/a image/c && ln -s ../b/layer.tar image/a/layer.tar && "
      "ln image/b/layer.tar image/c/layer.tar");
  const std::string diff_id = sha256_of_text(tar);
  image_.file("config.json", image_.config({diff_id, diff_id, diff_id}));
  image_.file(
      "manifest.json",
      "[" + item("config.json", "null", R"(["a/layer.tar","./b/layer.tar","c//layer.tar"])") + "]");
  for (const std::string& place : {folder(), image_.archive()})
    expect_layers(opened(place), {tar, tar, tar});
}

TEST_F(DockerArchiveTest, OfSeveralImagesOneIsNamed) {
  const std::string tar = image_.layer_tar("f", "1");
  image_.file("l", tar);
  image_.file("a.json", image_.config({sha256_of_text(tar)}, "amd64"));
  image_.file("b.json", image_.config({sha256_of_text(tar)}, "arm64"));
  image_.file("manifest.json", "[" + item("a.json", R"(["a:1","a:latest"])", R"(["l"])") + "," +
                                   item("b.json", R"(["host:5000/b:2"])", R"(["l"])") + "]");
  const std::string place = image_.archive();
  EXPECT_EQ(opened(place + "@a").config.platform.architecture, "amd64");
  EXPECT_EQ(opened(place + "@a:1").config.platform.architecture, "amd64");
  EXPECT_EQ(opened(place + "@host:5000/b:2").config.platform.architecture, "arm64");
  EXPECT_EQ(opened("docker-archive:" + place + ":@1").config.platform.architecture, "arm64");
  EXPECT_EQ(opened(place, "linux/arm64").config.platform.architecture, "arm64");
  EXPECT_EQ(test::names_of(opened(place + "@@0").references),
            (std::vector<std::string>{"docker.io/library/a:1", "docker.io/library/a:latest"}));
  EXPECT_TRUE(contains(failure_of(place), "docker.io/library/a:latest, host:5000/b:2"));
  PACK_REQUIRE_TOOL("skopeo");
  EXPECT_EQ(opened(place + "@@1").config_text,
            image_.must("skopeo inspect --raw --config docker-archive:a.tar:@1"));
}

TEST_F(DockerArchiveTest, TheLayoutInsideIsPreferred) {
  const Described manifest = image_.image("x");
  const nlohmann::json parts = nlohmann::json::parse(read_file(image_.blob_file(manifest)));
  const auto blob = [](const nlohmann::json& it) {
    return "blobs/sha256/" + it.at("digest").get<std::string>().substr(7);
  };
  image_.layout({image_.named(manifest, "v1", "docker.io/library/web:v1")});
  image_.file(
      "manifest.json",
      "[" + item(blob(parts["config"]), R"(["web:v1"])", "[\"" + blob(parts["layers"][0]) + "\"]") +
          "]");
  EXPECT_EQ(digest_of(opened(image_.archive())), manifest.digest);
  // Without entries, it is no use.
  image_.file("index.json", R"({"schemaVersion":2,"manifests":[]})");
  const StoredImage image = opened(image_.archive());
  EXPECT_EQ(image.manifest.media_type, kOciManifest);
  EXPECT_EQ(image.config_blob.descriptor.digest.str(), parts["config"]["digest"]);
}

TEST_F(DockerArchiveTest, WhatDoesNotFitTogetherIsAnError) {
  const std::string tar = image_.layer_tar("f", "1");
  image_.file("l", tar);
  image_.file("c", image_.config({sha256_of_text(tar)}));
  const auto failure = [&](const std::string& manifest) {
    image_.file("manifest.json", manifest);
    return failure_of(image_.archive());
  };
  EXPECT_TRUE(contains(failure("[" + item("c", "null", R"(["l","l"])") + "]"),
                       "lists 2 layers, but c has 1 diff_ids"));
  EXPECT_TRUE(contains(failure("[" + item("c", "null", R"(["none"])") + "]"), "none is missing"));
  EXPECT_TRUE(contains(failure("[" + item("none", "null", R"(["l"])") + "]"), "none is missing"));
  EXPECT_TRUE(contains(failure("[" + item("l", "null", R"(["l"])") + "]"), "reading l in"));
  EXPECT_TRUE(contains(failure("[]"), "it lists none"));
  EXPECT_TRUE(contains(failure("{}"), "manifest.json"));
  const std::string name = std::string(64, 'a') + ".json";
  image_.file(name, image_.config({sha256_of_text(tar)}));
  EXPECT_TRUE(contains(failure("[" + item(name, "null", R"(["l"])") + "]"), "is damaged"));
}

TEST_F(DockerArchiveTest, AnArchiveFromBeforeManifestsIsRefusedBySaying) {
  image_.file("repositories", R"({"web":{"v1":"abc"}})");
  image_.file("abc/json", "{}");
  EXPECT_TRUE(contains(failure_of(image_.archive()), "a Docker from before 2016"));
}

TEST_F(DockerArchiveTest, ALayerOfOtherContentIsNotedByWhoeverReadsIt) {
  image_.file("l", image_.layer_tar("f", "1"));
  image_.file("c", image_.config({"sha256:" + std::string(64, '1')}));
  image_.file("manifest.json", "[" + item("c", "null", R"(["l"])") + "]");
  const StoredImage image = opened(image_.archive());
  EXPECT_THROW(content_of(image.layers[0]), Error);
}

}  // namespace
}  // namespace pack
