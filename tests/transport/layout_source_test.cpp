// OCI layouts that are written by hand: which image of several is taken, from a folder, an archive,
// standard input, compressed as a whole.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "transport/hand_made_image.h"
#include "transport/opened.h"
#include "transport/platform_choice.h"

namespace pack {
namespace {

using test::contains;
using test::content_of;
using test::Described;
using test::digest_of;
using test::failure_of;
using test::HandMadeImage;
using test::opened;

class LayoutSourceTest : public testing::Test {
 protected:
  std::string folder() const { return image_.path().string(); }

  /// What `pack` would say of the archive on its standard input.
  static std::string digest_from_stdin(const std::string& producer) {
    const int saved = dup(0);
    FILE* pipe = popen(producer.c_str(), "r");
    dup2(fileno(pipe), 0);
    std::string out;
    try {
      out = digest_of(opened("-"));
    } catch (const Error& error) {
      out = error.what();
    }
    dup2(saved, 0);
    close(saved);
    pclose(pipe);
    return out;
  }

  HandMadeImage image_;
};

TEST_F(LayoutSourceTest, AnImageIsReadAsItIsStored) {
  const Described manifest = image_.image("hello\n");
  image_.layout({image_.named(manifest, "v1", "docker.io/library/web:v1")});
  for (const std::string& place : {folder(), "oci:" + folder(), image_.archive()}) {
    const StoredImage image = opened(place);
    EXPECT_EQ(digest_of(image), manifest.digest);
    EXPECT_EQ(image.document.text, read_file(image_.blob_file(manifest)));
    EXPECT_EQ(image.config.cmd, std::vector<std::string>{"/hi"});
    EXPECT_EQ(test::names_of(image.references),
              std::vector<std::string>{"docker.io/library/web:v1"});
    ASSERT_EQ(image.layers.size(), 1U);
    EXPECT_EQ(content_of(image.layers[0]), image_.layer_tar("hi", "hello\n"));
  }
  EXPECT_EQ(opened(folder()).layers[0].local_file,
            std::filesystem::canonical(image_.path()) / "blobs/sha256" /
                opened(folder()).layers[0].descriptor.digest.hex());
}

TEST_F(LayoutSourceTest, AnArchiveMayBeCompressedOrComeOnStandardInput) {
  const Described manifest = image_.image("hello\n");
  image_.layout({manifest});
  const std::string archive = image_.archive();
  for (const char* tool : {"cat", "gzip -c", "zstd -qc", "xz -c", "bzip2 -c", "lz4 -qc"}) {
    PACK_REQUIRE_TOOL(std::string(tool).substr(0, std::string(tool).find(' ')));
    image_.must(std::string(tool) + " < a.tar > b");
    EXPECT_EQ(digest_of(opened(image_.at("b"))), manifest.digest) << tool;
    EXPECT_EQ(digest_from_stdin("cat " + image_.at("b")), manifest.digest) << tool;
  }
  const std::string fifo = image_.at("fifo");
  image_.must("mkfifo fifo && (sh -c 'cat a.tar > fifo' > /dev/null 2>&1 &)");
  EXPECT_EQ(digest_of(opened("oci-archive:" + fifo)), manifest.digest);
}

TEST_F(LayoutSourceTest, ABlobIsReadFromAnyPlaceAndByManyAtOnce) {
  const Described manifest = image_.image(std::string(100'000, 'x'));
  image_.layout({manifest});
  for (const std::string& place : {folder(), image_.archive()}) {
    const StoredImage image = opened(place);
    const std::string whole = content_of(image.layers[0]);
    const ByteReader first = image.layers[0].open(0), later = image.layers[0].open(70'000);
    std::string a(100, '\0'), b(100, '\0');
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(first(std::as_writable_bytes(std::span(a))), 100U);
      EXPECT_EQ(later(std::as_writable_bytes(std::span(b))), 100U);
    }
    EXPECT_EQ(a, whole.substr(100, 100));
    EXPECT_EQ(b, whole.substr(70'100, 100));
    ASSERT_TRUE(image.layers[0].local);
    EXPECT_EQ(image.layers[0].local->size, whole.size());
    EXPECT_EQ(image.layers[0].local->read_at(50'000, std::as_writable_bytes(std::span(a))), 100U);
    EXPECT_EQ(a, whole.substr(50'000, 100));
    EXPECT_EQ(
        image.layers[0].local->read_at(whole.size() - 3, std::as_writable_bytes(std::span(a))), 3U);
  }
}

TEST_F(LayoutSourceTest, ANameMayBeShortOrFullOrATagOrADigest) {
  const Described one = image_.image("one"), two = image_.image("two"), three = image_.image("3");
  image_.layout({image_.named(one, "v1", "docker.io/library/web:v1"),
                 image_.named(two, "localhost/api:v2"),
                 image_.named(three, "latest", "docker.io/library/db:latest"),
                 image_.named(three, "host:5000/team/db:9")});
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"v1", one.digest},
      {"web:v1", one.digest},
      {"library/web:v1", one.digest},
      {"docker.io/library/web:v1", one.digest},
      {"api:v2", two.digest},
      {"localhost/api:v2", two.digest},
      {"v2", two.digest},
      {"db", three.digest},
      {"latest", three.digest},
      {"host:5000/team/db:9", three.digest},
      {two.digest, two.digest},
      {"web:v1@" + one.digest, one.digest},
      {"@0", one.digest},
      {"@2", three.digest}};
  for (const auto& [name, digest] : cases)
    EXPECT_EQ(digest_of(opened(folder() + "@" + name)), digest) << name;
  EXPECT_EQ(test::names_of(opened(folder() + "@db").references),
            std::vector<std::string>{"docker.io/library/db:latest"});
}

TEST_F(LayoutSourceTest, WhoNamesNoneOrSeveralIsToldWhatThereIs) {
  const Described one = image_.image("one"), two = image_.image("two");
  image_.layout({image_.named(one, "v1", "docker.io/library/web:v1"),
                 image_.named(two, "v1", "docker.io/library/api:v1")});
  const std::string list = "docker.io/library/web:v1, docker.io/library/api:v1";
  EXPECT_EQ(failure_of(folder() + "@none"),
            "there is no image none in " + folder() + "; it holds " + list);
  EXPECT_EQ(failure_of(folder()),
            folder() + " holds several images; name one of them with @: " + list);
  EXPECT_TRUE(contains(failure_of(folder() + "@v1"), "several images"));
  EXPECT_TRUE(contains(failure_of(folder() + "@web:v1@" + two.digest), "there is no image"));
  EXPECT_TRUE(contains(failure_of(folder() + "@sha256:" + std::string(64, '0')), list));
  EXPECT_TRUE(contains(failure_of(folder() + "@@7"), list));
}

TEST_F(LayoutSourceTest, OfTwoWithOneNameAndPlatformTheDigestDecides) {
  const Described one = image_.image("one"), two = image_.image("two");
  image_.layout({image_.named(one, "v1"), image_.named(two, "v1")});
  const std::string why = failure_of(folder() + "@v1", "linux/amd64");
  EXPECT_TRUE(contains(why, "several images")) << why;
  EXPECT_TRUE(contains(why, one.digest) && contains(why, two.digest)) << why;
  EXPECT_EQ(digest_of(opened(folder() + "@" + two.digest)), two.digest);
}

class PlatformTest : public LayoutSourceTest {
 protected:
  PlatformTest() {
    amd64_ = image_.image("amd64", "amd64");
    arm64_ = image_.image("arm64", "arm64");
    v6_ = image_.image("v6", "arm", "v6");
    attestation_ = image_.blob(
        image_.types("manifest.v1+json"),
        image_.manifest(image_.blob(image_.types("config.v1+json"), image_.config({})), {}));
    Described v6 = v6_;
    v6.more = R"(,"platform":{"architecture":"arm","os":"linux","variant":"v6"})";
    inner_ =
        image_.blob(image_.types("index.v1+json"), image_.index({image_.on(arm64_, "arm64"), v6}));
    outer_ = image_.blob(image_.types("index.v1+json"),
                         image_.index({image_.on(attestation_, "unknown", "unknown"),
                                       image_.on(amd64_, "amd64"), inner_}));
  }

  Described amd64_, arm64_, v6_, attestation_, inner_, outer_;
};

TEST_F(PlatformTest, ThePlatformIsFoundInNestedIndexes) {
  image_.layout({image_.named(outer_, "v1")});
  EXPECT_EQ(digest_of(opened(folder(), "linux/amd64")), amd64_.digest);
  EXPECT_EQ(digest_of(opened(folder(), "linux/arm64")), arm64_.digest);
  EXPECT_EQ(digest_of(opened(folder(), "linux/arm64/v8")), arm64_.digest);
  EXPECT_EQ(digest_of(opened(folder(), "linux/arm/v7")), v6_.digest) << "which v7 runs, too";
  EXPECT_EQ(digest_of(opened(folder(), "linux/amd64/v3")), amd64_.digest) << "which v3 runs, too";
  EXPECT_EQ(digest_of(opened(folder() + "@v1@" + inner_.digest, "linux/arm/v6")), v6_.digest);
  EXPECT_EQ(digest_of(opened(folder() + "@" + arm64_.digest)), arm64_.digest);
  EXPECT_EQ(opened(folder(), "linux/arm/v6").document.descriptor.platform->str(), "linux/arm/v6");
}

TEST_F(PlatformTest, WithoutAChoiceItIsThisMachines) {
  image_.layout({outer_});
  const std::string machine = image_.must("uname -m");
  const bool is_amd64 = machine == "x86_64\n";
  PACK_REQUIRE(is_amd64 || machine == "aarch64\n", "a machine of the image's");
  EXPECT_EQ(digest_of(opened(folder())), (is_amd64 ? amd64_ : arm64_).digest);
}

TEST_F(PlatformTest, APlatformThatIsNotThereIsAnErrorWithThoseThatAre) {
  image_.layout({outer_});
  EXPECT_EQ(failure_of(folder(), "linux/s390x"),
            folder() +
                " has no image for linux/s390x; it has linux/amd64, linux/arm64, linux/arm/v6, to "
                "be chosen with --platform");
  image_.layout({arm64_});
  EXPECT_EQ(digest_of(opened(folder())), arm64_.digest) << "there is no choice";
  EXPECT_TRUE(contains(failure_of(folder(), "linux/amd64"), "it has linux/arm64"));
}

// As a layout looks in which `umoci` or a script has put them, or an archive of two `pack`s.
TEST_F(PlatformTest, OneNameForSeveralPlatformsSideBySideIsOneImage) {
  image_.layout({image_.named(amd64_, "v1"), image_.named(arm64_, "v1")});
  EXPECT_EQ(digest_of(opened(folder() + "@v1", "linux/arm64")), arm64_.digest);
  EXPECT_EQ(digest_of(opened(folder(), "linux/amd64")), amd64_.digest);
  image_.layout({image_.named(amd64_, "v1"), image_.named(arm64_, "v2")});
  EXPECT_TRUE(contains(failure_of(folder()), "several images")) << "other names, other images";
  EXPECT_EQ(digest_of(opened(folder(), "linux/arm64")), arm64_.digest);
}

TEST_F(PlatformTest, AWholeIndexHasAllThatItNeeds) {
  image_.layout({image_.named(outer_, "v1", "docker.io/library/web:v1")});
  const ImageContent all =
      open_image_content(parse_source(folder()), PlatformChoice::all, std::nullopt, {});
  EXPECT_EQ(all.top.descriptor.digest.str(), outer_.digest);
  EXPECT_EQ(all.top.text, read_file(image_.blob_file(outer_)));
  EXPECT_TRUE(all.top.descriptor.annotations.empty());
  std::vector<std::string> documents;
  for (const Document& document : all.documents)
    documents.push_back(document.descriptor.digest.str());
  EXPECT_EQ(documents, (std::vector<std::string>{attestation_.digest, amd64_.digest, arm64_.digest,
                                                 v6_.digest, inner_.digest}));
  EXPECT_EQ(all.images.size(), 3U);
  EXPECT_EQ(all.blobs.size(), 7U) << "three configs and layers, and the attestation's config";
  EXPECT_EQ(test::names_of(all.references), std::vector<std::string>{"docker.io/library/web:v1"});

  const ImageContent one = open_image_content(parse_source(folder()), PlatformChoice::one,
                                              parse_platform("linux/arm64"), {});
  EXPECT_EQ(one.top.descriptor.digest.str(), arm64_.digest);
  EXPECT_TRUE(one.documents.empty());
  EXPECT_EQ(one.blobs.size(), 2U);
}

TEST_F(PlatformTest, ImagesSideBySideUnderOneNameGetTheirIndex) {
  image_.layout({image_.named(image_.on(amd64_, "amd64"), "v1"),
                 image_.named(image_.on(arm64_, "arm64"), "v1")});
  const ImageContent all =
      open_image_content(parse_source(folder()), PlatformChoice::all, std::nullopt, {});
  EXPECT_EQ(all.images.size(), 2U);
  EXPECT_EQ(all.documents.size(), 2U);
  const Index index = parse_index(all.top.text);
  ASSERT_EQ(index.manifests.size(), 2U);
  EXPECT_EQ(index.manifests[1].digest.str(), arm64_.digest);
  EXPECT_EQ(index.manifests[1].platform->str(), "linux/arm64");
}

// A shell gives a process 1024 of them.
TEST_F(LayoutSourceTest, ManyBlobsTakeNoDescriptorsUntilTheyAreRead) {
  std::vector<Described> layers;
  std::vector<std::string> diff_ids;
  for (int i = 0; i < 100; ++i) {
    layers.push_back(image_.blob(image_.types("layer.v1.tar"), std::to_string(i)));
    diff_ids.push_back(layers.back().digest);
  }
  const Described config = image_.blob(image_.types("config.v1+json"), image_.config(diff_ids));
  image_.layout({image_.blob(image_.types("manifest.v1+json"), image_.manifest(config, layers))});
  const auto open_files = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto before = open_files();
  const StoredImage image = opened(folder());
  for (const Blob& layer : image.layers) test::content_of(layer);
  EXPECT_LT(open_files(), before + 5);
}

// Docker's containerd store saves an index whose other platforms were never pulled.
TEST_F(PlatformTest, PlatformsThatWereNotPulledDoNotMatterUnlessAsked) {
  image_.layout({outer_});
  std::filesystem::remove(image_.blob_file(arm64_));
  EXPECT_EQ(digest_of(opened(folder(), "linux/amd64")), amd64_.digest);
  EXPECT_EQ(failure_of(folder(), "linux/arm64"),
            arm64_.digest + " is missing in " + folder() +
                ", though it is a part of the image; the copy is incomplete");
}

TEST_F(LayoutSourceTest, DockersMediaTypesAreReadInALayout) {
  const std::string docker = "application/vnd.docker.";
  const Described layer =
      image_.blob(docker + "image.rootfs.diff.tar", image_.layer_tar("hi", "x"));
  const Described config =
      image_.blob(docker + "container.image.v1+json", image_.config({layer.digest}));
  std::string text = image_.manifest(config, {layer});
  const std::string oci = image_.types("manifest.v1+json");
  text.replace(text.find(oci), oci.size(), kDockerManifest);
  const Described manifest = image_.blob(std::string(kDockerManifest), text);
  text = image_.index({image_.on(manifest, "amd64")});
  text.replace(text.find(image_.types("index.v1+json")), image_.types("index.v1+json").size(),
               kDockerIndex);
  image_.layout({image_.blob(std::string(kDockerIndex), text)});
  const StoredImage image = opened(folder(), "linux/amd64");
  EXPECT_EQ(digest_of(image), manifest.digest);
  EXPECT_EQ(family_of(image.manifest.media_type), MediaFamily::docker);
  EXPECT_EQ(image.document.descriptor.media_type, kDockerManifest);
}

TEST_F(LayoutSourceTest, ALayoutFromBefore2017HasRefs) {
  const Described one = image_.image("one"), two = image_.image("two");
  image_.file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  image_.file("refs/v1", one.json());
  image_.file("refs/v2", two.json());
  for (const std::string& place : {folder(), image_.archive()}) {
    EXPECT_EQ(digest_of(opened(place + "@v1")), one.digest);
    EXPECT_EQ(digest_of(opened(place + "@v2")), two.digest);
    EXPECT_TRUE(contains(failure_of(place), "name one of them with @: v1, v2"));
  }
  image_.file("refs/v1", one.json() + "," + one.json());
  EXPECT_TRUE(contains(failure_of(folder()), "refs/v1 in " + folder() + ": it is no descriptor"));
}

TEST_F(LayoutSourceTest, ALayerThatIsNotHandedOutNeedNotBeThere) {
  const Described own = image_.blob(image_.types("layer.v1.tar"), image_.layer_tar("hi", "x"));
  Described foreign{image_.types("layer.nondistributable.v1.tar"), "sha256:" + std::string(64, '7'),
                    5, R"(,"urls":["https://example.org/layer"])"};
  const Described config =
      image_.blob(image_.types("config.v1+json"), image_.config({foreign.digest, own.digest}));
  image_.layout(
      {image_.blob(image_.types("manifest.v1+json"), image_.manifest(config, {foreign, own}))});
  const ImageContent content =
      open_image_content(parse_source(folder()), PlatformChoice::one, std::nullopt, {});
  EXPECT_EQ(content.blobs.size(), 2U) << "the config and the own layer";
  ASSERT_EQ(content.notes.size(), 1U);
  EXPECT_TRUE(contains(content.notes[0], "https://example.org/layer")) << content.notes[0];
  ASSERT_EQ(content.images[0].layers.size(), 2U);
  EXPECT_THROW(content.images[0].layers[0].open(0), Error);
}

// Build systems make layouts whose blobs are links into their stores; other files must not be.
TEST_F(LayoutSourceTest, OnlyBlobsMayBeLinksToElsewhere) {
  const Described manifest = image_.image("one");
  image_.layout({manifest});
  const std::filesystem::path blob = image_.blob_file(manifest),
                              index = image_.path() / "index.json";
  std::filesystem::rename(blob, image_.at("elsewhere"));
  std::filesystem::create_symlink(image_.at("elsewhere"), blob);
  EXPECT_EQ(digest_of(opened(folder())), manifest.digest);
  std::filesystem::rename(index, image_.at("outside"));
  std::filesystem::create_symlink(image_.at("outside"), index);
  EXPECT_TRUE(contains(failure_of(folder()),
                       "the symlink index.json in " + folder() + " leads out of the folder"));
}

}  // namespace
}  // namespace pack
