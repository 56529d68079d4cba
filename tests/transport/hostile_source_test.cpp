// Images that were made to hurt, by their JSON, digests and sizes, as far as reading archives and
// layouts is concerned: a clear error each, and nothing outside is read.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "transport/hand_made_image.h"
#include "transport/layer_tar.h"
#include "transport/opened.h"

namespace pack {
namespace {

using test::Described;
using test::failure_of;
using test::HandMadeImage;
using test::opened;

class HostileSourceTest : public testing::Test {
 protected:
  /// Both the folder and an archive of it are refused, with a sentence that holds `part`.
  void expect_refused(const std::string& part) const {
    for (const std::string& place : {image_.path().string(), image_.archive()}) {
      const std::string why = failure_of(place);
      EXPECT_NE(why.find(part), std::string::npos) << why;
      EXPECT_EQ(why.find('\n'), std::string::npos) << "one sentence: " << why;
    }
  }

  /// A layout whose one entry is `descriptor`, as text.
  void layout_of(const std::string& descriptor) const {
    image_.file("oci-layout", "{}");
    image_.file("index.json", R"({"schemaVersion":2,"manifests":[)" + descriptor + "]}");
  }

  static std::string with_digest(const std::string& digest, const std::string& size = "5") {
    return R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" + digest +
           R"(","size":)" + size + "}";
  }

  HandMadeImage image_;
};

TEST_F(HostileSourceTest, DigestsThatArePathsAreNotFollowed) {
  write_file(image_.at("secret"), "12345");
  for (const std::string& digest :
       {std::string("sha256:../../../secret"), "sha256:" + std::string(63, 'a'),
        "sha256:" + std::string(64, 'A'), "sha256:" + std::string(62, 'a') + "/x",
        std::string("sha512:") + std::string(128, 'a'), std::string("sha256"), std::string(),
        "../sha256:" + std::string(64, 'a')}) {
    layout_of(with_digest(digest));
    expect_refused("digest");
  }
}

TEST_F(HostileSourceTest, SizesThatLie) {
  const Described manifest = image_.image("x");
  for (const auto& [size, part] : std::vector<std::pair<std::string, std::string>>{
           {"-1", "size"},
           {"1e3", "size"},
           {"99999999999999999999", "size"},
           {"9223372036854775807", "that are said of it"},
           {std::to_string(manifest.size + 1), "that are said of it"},
           {std::to_string(manifest.size - 1), "that are said of it"},
           {"0", "that are said of it"}}) {
    layout_of(with_digest(manifest.digest, size));
    expect_refused(part);
  }
}

TEST_F(HostileSourceTest, ABlobWhoseNameIsNotItsContent) {
  const Described manifest = image_.image("x");
  image_.layout({manifest});
  std::string text = read_file(image_.blob_file(manifest));
  std::replace(text.begin(), text.end(), 'v', 'w');
  write_file(image_.blob_file(manifest), text);
  expect_refused(manifest.digest + " is damaged");
}

TEST_F(HostileSourceTest, AConfigWhoseNameIsNotItsContent) {
  const Described layer = image_.blob(image_.types("layer.v1.tar"), image_.layer_tar("f", "x"));
  const Described config =
      image_.blob(image_.types("config.v1+json"), image_.config({layer.digest}));
  image_.layout({image_.blob(image_.types("manifest.v1+json"), image_.manifest(config, {layer}))});
  const std::string text = read_file(image_.blob_file(config));
  write_file(image_.blob_file(config), text.substr(0, text.size() - 1) + " ");
  expect_refused(config.digest + " is damaged");
}

TEST_F(HostileSourceTest, ALayerWhoseNameIsNotItsContentIsNotedByWhoeverReadsIt) {
  image_.layout({image_.image("x")});
  StoredImage image = opened(image_.path().string());
  const std::filesystem::path file = image.layers[0].local_file;
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] ^= 1;
  write_file(file, bytes);
  image = opened(image_.path().string());
  EXPECT_THROW(test::content_of(image.layers[0]), Error);
}

TEST_F(HostileSourceTest, DiffIdsThatDoNotMatchTheLayersInNumber) {
  const Described layer = image_.blob(image_.types("layer.v1.tar"), image_.layer_tar("f", "x"));
  for (const std::vector<std::string>& diff_ids :
       {std::vector<std::string>{}, {layer.digest, layer.digest}}) {
    const Described config = image_.blob(image_.types("config.v1+json"), image_.config(diff_ids));
    image_.layout(
        {image_.blob(image_.types("manifest.v1+json"), image_.manifest(config, {layer}))});
    expect_refused("lists 1 layers, but the config has " + std::to_string(diff_ids.size()) +
                   " diff_ids");
  }
}

TEST_F(HostileSourceTest, DiffIdsThatAreNotTheLayersDigests) {
  const Described layer = image_.blob(image_.types("layer.v1.tar"), image_.layer_tar("f", "x"));
  const Digest other("sha256:" + std::string(64, 'b'));
  image_.layout({image_.image("x")});
  const Blob plain = opened(image_.path().string()).layers[0];
  EXPECT_THROW(open_layer_tar(plain, other, {}), Error);
  EXPECT_NO_THROW(open_layer_tar(plain, plain.descriptor.digest, {}));
}

// A true circle would need an index that holds its own SHA-256.
TEST_F(HostileSourceTest, AnIndexThatRefersToItself) {
  const std::string digest = "sha256:" + std::string(64, 'c');
  const std::string index = R"({"schemaVersion":2,"manifests":[{"mediaType":)"
                            R"("application/vnd.oci.image.index.v1+json","digest":")" +
                            digest + R"(","size":SIZE}]})";
  std::string text = index;
  text.replace(text.find("SIZE"), 4, std::to_string(index.size() - 1));
  image_.file("blobs/sha256/" + digest.substr(7), text);
  image_.file("index.json", text);
  expect_refused(digest + " is damaged");
}

TEST_F(HostileSourceTest, IndexesNestedWithoutEnd) {
  Described index = image_.image("x");
  for (int depth = 0; depth < 12; ++depth)
    index = image_.blob(image_.types("index.v1+json"), image_.index({index}));
  image_.layout({index});
  expect_refused("nested too deeply");
}

// Each names the next one a hundred times: 100^7 ways to the bottom.
TEST_F(HostileSourceTest, IndexesThatMultiplyAreReadOnce) {
  Described index = image_.image("x");
  const std::string digest = index.digest;
  for (int depth = 0; depth < 7; ++depth)
    index = image_.blob(image_.types("index.v1+json"),
                        image_.index(std::vector<Described>(100, index)));
  image_.layout({index});
  EXPECT_EQ(test::digest_of(opened(image_.path().string())), digest);
}

TEST_F(HostileSourceTest, TextThatIsNoIndex) {
  image_.file("oci-layout", "{}");
  const std::string deep = R"({"schemaVersion":2,"manifests":)" + std::string(100'000, '[');
  const std::string twice = R"({"schemaVersion":2,"manifests":[],"manifests":[]})";
  const std::string cased = R"({"schemaVersion":2,"manifests":[],"Manifests":[]})";
  const std::string both = R"({"schemaVersion":2,"manifests":[],"layers":[],"config":{}})";
  const std::string utf8 = "{\"schemaVersion\":2,\"manifests\":[],\"x\":\"\xff\"}";
  for (const std::string& text :
       {std::string(), std::string("no JSON"), std::string("[]"), deep, twice, cased, both, utf8}) {
    image_.file("index.json", text);
    expect_refused("index.json in ");
  }
  image_.file("index.json", R"({"schemaVersion":2,"manifests":[],"x":")" +
                                std::string(20 * 1024 * 1024, 'x') + "\"}");
  expect_refused("at most 4194304 are read");
}

TEST_F(HostileSourceTest, AManifestOrConfigThatIsNoJson) {
  for (const std::string& text : {std::string("no JSON"), std::string("{}"),
                                  std::string(R"({"schemaVersion":2,"config":7,"layers":[]})"),
                                  std::string("{\"schemaVersion\":2,\"x\":\"\xff\"}")}) {
    image_.layout({image_.blob(image_.types("manifest.v1+json"), text)});
    expect_refused("manifest");
    image_.layout(
        {image_.blob(image_.types("manifest.v1+json"),
                     image_.manifest(image_.blob(image_.types("config.v1+json"), text), {}))});
    expect_refused("config");
  }
}

TEST_F(HostileSourceTest, Schema1IsRefusedBySaying) {
  const std::string schema_1 =
      R"({"schemaVersion":1,"name":"x","tag":"y","architecture":"amd64","fsLayers":[],)"
      R"("history":[]})";
  image_.layout({image_.blob("application/vnd.docker.distribution.manifest.v1+json", schema_1)});
  expect_refused("is of schema 1, which Docker gave up in 2017");
  image_.layout({image_.blob(image_.types("manifest.v1+json"), schema_1)});
  expect_refused("is of schema 1, which Docker gave up in 2017");
}

TEST_F(HostileSourceTest, AnArtifactIsNoImage) {
  const Described empty = image_.blob("application/vnd.oci.empty.v1+json", "{}");
  image_.layout({image_.blob(image_.types("manifest.v1+json"), image_.manifest(empty, {}))});
  expect_refused("is no image but an artifact");
}

TEST_F(HostileSourceTest, AManifestUnderAnotherType) {
  const Described manifest = image_.image("x");
  image_.layout({{image_.types("index.v1+json"), manifest.digest, manifest.size}});
  expect_refused("it is a manifest");
  std::string text = read_file(image_.blob_file(manifest));
  const std::string type = image_.types("manifest.v1+json");
  text.replace(text.find(type), type.size(),
               "application/vnd.docker.distribution.manifest.v2+json");
  image_.layout({image_.blob(type, text)});
  expect_refused("is not the one under which it is listed");
}

TEST_F(HostileSourceTest, MembersThatLeadOutOfTheArchive) {
  write_file(image_.at("secret"), R"({"schemaVersion":2,"manifests":[]})");
  image_.file("manifest.json", R"([{"Config":"c","RepoTags":null,"Layers":["../secret"]}])");
  image_.file("c", image_.config({"sha256:" + std::string(64, '1')}));
  expect_refused("leads out of it");
  image_.file("manifest.json", R"([{"Config":"c","RepoTags":null,"Layers":["/etc/passwd"]}])");
  expect_refused("is absolute");
  image_.file("manifest.json", R"([{"Config":"c","RepoTags":null,"Layers":["link"]}])");
  for (const char* target : {"../secret", "/etc/passwd"}) {
    image_.must(std::string("ln -sfn ") + target + " image/link");
    expect_refused("leads out of");
  }
  image_.must("ln -sfn link image/link");
  EXPECT_NE(failure_of(image_.archive()).find("leads in a circle"), std::string::npos);
  EXPECT_NE(failure_of(image_.path().string()), "none");
}

TEST_F(HostileSourceTest, FoldersAndPipesInTheWay) {
  image_.must("mkdir -p image/index.json image/blobs && touch image/x");
  expect_refused("there is no image in");
  image_.must("rmdir image/index.json && mkfifo image/index.json");
  expect_refused("is no regular file");
}

TEST_F(HostileSourceTest, ADocumentThatIsThereTwiceIsAnotherToEachReader) {
  image_.layout({image_.image("x")});
  image_.archive();
  image_.must("tar -C image -rf a.tar ./index.json");
  EXPECT_NE(failure_of(image_.at("a.tar"))
                .find("index.json in " + image_.at("a.tar") + " is there twice"),
            std::string::npos);
}

TEST_F(HostileSourceTest, SparseMembersAreNotWhatTheySeem) {
  image_.layout({image_.image("x")});
  image_.must("truncate -s 8M image/index.json");
  const std::string why = failure_of(image_.archive("--sparse"));
  EXPECT_NE(why.find("sparse"), std::string::npos) << why;
}

TEST_F(HostileSourceTest, WhatIsCutOffOrNoArchiveAtAll) {
  image_.layout({image_.image(std::string(100'000, 'x'))});
  image_.archive();
  image_.must("gzip -k a.tar && head -c 50000 a.tar > cut.tar && head -c 400 a.tar.gz > cut.gz");
  image_.must("head -c 100000 /dev/zero > zeroes && echo hello > text && : > empty");
  for (const char* name : {"cut.tar", "cut.gz", "zeroes", "text", "empty"}) {
    const std::string why = failure_of(image_.at(name));
    EXPECT_NE(why.find(image_.at(name)), std::string::npos) << why;
  }
}

TEST_F(HostileSourceTest, AnArchiveOfMillionsOfMembersIsNotIndexed) {
  image_.must(
      "python3 -c \"import tarfile,sys\n"
      "t=tarfile.open('many.tar','w')\n"
      "h=tarfile.TarInfo('a'); b=h.tobuf(tarfile.USTAR_FORMAT)\n"
      "t.fileobj.write(b*300000); t.close()\"");
  const std::string why = failure_of(image_.at("many.tar"));
  EXPECT_NE(why.find("more than 200000 files"), std::string::npos) << why;
}

}  // namespace
}  // namespace pack
