// `pack copy` between local places: digests stay, other tools take what it writes.

#include <unistd.h>

#include "e2e/small_images.h"
#include "support/bare_root.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class CopyTest : public SmallImagesTest {};

/// A place, as pack's destination and source and as skopeo's.
struct Place {
  const char* name;
  const char* ours;
  const char* skopeos;
};

constexpr Place kPlaces[] = {{"archive", "a.tar", "oci-archive:a.tar:v1"},
                             {"gzipped archive", "b.tar.gz", "oci-archive:b.tar.gz:v1"},
                             {"zstd archive", "c.tar.zst", "oci-archive:c.tar.zst:v1"},
                             {"layout", "oci:layout:v1", "oci:layout:v1"}};

TEST_F(CopyTest, BetweenAllLocalPlacesDigestsStay) {
  PACK_REQUIRE_TOOL("skopeo");
  for (const Place& from : kPlaces)
    for (const Place& to : kPlaces) {
      shell("rm -rf *.tar *.tar.gz *.tar.zst layout from to");
      shell("mkdir from to");
      pack_into({from.ours});
      shell("mv *.tar* from 2>/dev/null; mv layout from 2>/dev/null; true");
      const std::string source = std::string(from.ours).starts_with("oci:")
                                     ? "oci:from/layout:v1"
                                     : "from/" + std::string(from.ours);
      const Outcome copied = copy({source, to.ours, "-q"});
      ASSERT_TRUE(succeeded(copied)) << from.name << " to " << to.name;
      const std::string before =
          shell("cd from && skopeo inspect --raw " + std::string(from.skopeos));
      EXPECT_EQ(raw(to.skopeos), before) << from.name << " to " << to.name;
      EXPECT_EQ(copied.out, "sha256:" + sha256_text(before) + "\n");
      // skopeo checks every blob.
      shell(std::string("skopeo copy -q ") + to.skopeos + " dir:copied");
    }
}

TEST_F(CopyTest, AnArchiveThatPackWroteIsCopiedByteForByte) {
  pack_into({"a.tar"});
  ASSERT_TRUE(succeeded(copy({"a.tar", "b.tar"})));
  shell("cmp a.tar b.tar");
}

TEST_F(CopyTest, FromStandardInputToStandardOutput) {
  pack_into({"a.tar"});
  const std::string command = "\"" + pack_binary().string() + "\" copy - - < a.tar | cmp - a.tar";
  shell(command);
}

TEST_F(CopyTest, TheLayoutIsOneByTheSpecification) {
  PACK_REQUIRE_TOOL("oci-image-tool");
  pack_into({"a.tar"});
  ASSERT_TRUE(succeeded(copy({"a.tar", "oci:layout:v1"})));
  shell("oci-image-tool validate --type image --ref name=v1 layout");
}

TEST_F(CopyTest, UmociUnpacksTheCopyAndItRuns) {
  PACK_REQUIRE_TOOL("umoci");
  pack_into({"a.tar"});
  ASSERT_TRUE(succeeded(copy({"a.tar", "oci:layout:v1"})));
  shell("umoci unpack --rootless --image layout:v1 bundle");
  EXPECT_EQ(run_in_root(dir_ / "bundle/rootfs", {"/bin/hello"}, Proc::none).out, "hello\n");
}

TEST_F(CopyTest, WhatSkopeoMadeIsCopiedAsItIs) {
  PACK_REQUIRE_TOOL("skopeo");
  pack_into({"a.tar"});
  shell("skopeo copy -q --dest-compress-format zstd oci-archive:a.tar:v1 oci:zstd:v1");
  shell("skopeo copy -q --format v2s2 oci-archive:a.tar:v1 dir:docker");
  ASSERT_TRUE(succeeded(copy({"oci:zstd:v1", "oci:copied:v1"})));
  EXPECT_EQ(raw("oci:copied:v1"), raw("oci:zstd:v1"));
  const Outcome noted = copy({"oci:zstd:v1", "zstd.tar", "-t", "small:v1"});
  ASSERT_TRUE(succeeded(noted));
  EXPECT_TRUE(contains(noted.err, "pack: note: ")) << noted;
  EXPECT_TRUE(contains(noted.err, "Docker before version 23")) << noted;
  const Outcome coloured = copy({"oci:zstd:v1", "zstd.tar", "-t", "small:v1", "--color", "always"});
  EXPECT_TRUE(contains(coloured.err, "\x1b[33mnote:\x1b[0m ")) << coloured;
  EXPECT_EQ(raw("oci-archive:zstd.tar:v1"), raw("oci:zstd:v1"));
}

TEST_F(CopyTest, ALayoutGainsTheCopyAndKeepsTheOthers) {
  PACK_REQUIRE_TOOL("skopeo");
  pack_into({"oci:layout:old"});
  pack_into({"a.tar"}, "arm");
  const std::string before = raw("oci:layout:old");
  ASSERT_TRUE(succeeded(copy({"a.tar", "oci:layout:new"})));
  EXPECT_EQ(raw("oci:layout:old"), before);
  EXPECT_EQ(raw("oci:layout:new"), raw("oci-archive:a.tar:v1"));
}

TEST_F(CopyTest, WithinALayoutItIsAnotherTag) {
  PACK_REQUIRE_TOOL("skopeo");
  pack_into({"oci:layout:one"});
  const size_t blobs = names_in(dir_ / "layout/blobs/sha256").size();
  ASSERT_TRUE(succeeded(copy({"oci:layout:one", "oci:layout:two"})));
  EXPECT_EQ(raw("oci:layout:two"), raw("oci:layout:one"));
  EXPECT_EQ(names_in(dir_ / "layout/blobs/sha256").size(), blobs);
}

TEST_F(CopyTest, AnArchiveMayBeReplacedByItself) {
  PACK_REQUIRE_TOOL("skopeo");
  pack_into({"a.tar"});
  const std::string before = raw("oci-archive:a.tar:v1");
  ASSERT_TRUE(succeeded(copy({"a.tar", "a.tar", "-t", "other:v2"})));
  EXPECT_EQ(raw("oci-archive:a.tar:v2"), before);
}

TEST_F(CopyTest, NamesAreTheSourcesOrThoseOfT) {
  pack_into({"a.tar"});
  const auto names = [&](const std::string& archive) {
    const json items = json::parse(shell("tar -xOf " + archive + " manifest.json"));
    return items.at(0).at("RepoTags");
  };
  ASSERT_TRUE(succeeded(copy({"a.tar", "same.tar"})));
  EXPECT_EQ(names("same.tar"), json({"docker.io/library/small:v1"}));
  ASSERT_TRUE(succeeded(copy({"a.tar", "other.tar", "-t", "x:1", "-t", "localhost/y"})));
  EXPECT_EQ(names("other.tar"), json({"docker.io/library/x:1", "localhost/y:latest"}));
}

TEST_F(CopyTest, TheNameThatIsAskedForGoesAlongAlone) {
  PACK_REQUIRE_TOOL("skopeo");
  pack_into({"a.tar"}, "hello", {"-t", "other:v2"});
  ASSERT_TRUE(succeeded(copy({"a.tar@other:v2", "b.tar"})));
  const json tags = json::parse(shell("skopeo list-tags docker-archive:b.tar"));
  EXPECT_EQ(tags.at("Tags"), json({"docker.io/library/other:v2"}));
}

TEST_F(CopyTest, ReportsAsABuildDoes) {
  pack_into({"a.tar"});
  const Outcome plain = copy({"a.tar", "oci:layout:v1"});
  ASSERT_TRUE(succeeded(plain));
  EXPECT_TRUE(contains(plain.out, "small:v1 (linux/amd64)")) << plain;
  EXPECT_TRUE(contains(plain.out, "podman run oci:layout:v1")) << plain;
  const Outcome outcome = copy({"a.tar", "b.tar", "--json"});
  ASSERT_TRUE(succeeded(outcome));
  const json report = json::parse(outcome.out);
  EXPECT_EQ(report.at("references"), json({"docker.io/library/small:v1"}));
  EXPECT_EQ(report.at("platforms"), json({"linux/amd64"}));
  EXPECT_EQ(report.at("destination").at("path"), "b.tar");
  EXPECT_EQ(report.at("destination").at("size"), fs::file_size(dir_ / "b.tar"));
  const json index = json::parse(shell("tar -xOf b.tar index.json"));
  EXPECT_EQ(report.at("digest"), index.at("manifests").at(0).at("digest"));
}

TEST_F(CopyTest, AnnotationsChangeTheManifestAlone) {
  PACK_REQUIRE_TOOL("skopeo");
  pack_into({"oci:layout:v1"});
  ASSERT_TRUE(succeeded(copy({"oci:layout:v1", "oci:layout:v2", "--annotation", "a=b c"})));
  json before = raw_json("oci:layout:v1"), after = raw_json("oci:layout:v2");
  EXPECT_EQ(after.at("annotations"), json({{"a", "b c"}}));
  after.erase("annotations");
  EXPECT_EQ(after, before);
}

TEST_F(CopyTest, IntoAFolderItIsWhatUmociUnpacks) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_ROOT();
  // A second layer that replaces, deletes and links, by umoci.
  pack_into({"oci:layout:v1"}, "hello", {"--chmod", "/data:4640", "--mkdir", "/gone/below"});
  shell(
      "umoci unpack --image layout:v1 made && cd made/rootfs && rm -r gone && echo new > data && "
      "ln data second && ln -s data third && mkdir -m 1770 fourth && chown 7:8 fourth && "
      "touch -hd @86400 third fourth && cd ../.. && umoci repack --image layout:v2 made");
  ASSERT_TRUE(succeeded(copy({"oci:layout:v2", "rootfs:ours"})));
  shell("umoci unpack --image layout:v2 theirs");
  const std::string list = " && find . -mindepth 1 -printf '%p %y %m %U:%G %T@ %l\\n' | sort";
  EXPECT_EQ(shell("cd ours" + list), shell("cd theirs/rootfs" + list));
  shell("diff -r --no-dereference ours theirs/rootfs");
}

TEST_F(CopyTest, FilesOutOfADamagedLayerGoNowhere) {
  pack_into({"oci:l:v1"}, "hello", {"--compress", "none"});
  const std::string layer = raw_json("oci:l:v1").at("layers").at(0).at("digest");
  ASSERT_TRUE(succeeded(run_pack({"--root", "oci:l:v1", "/bin/hello", "-o", "sound.tar"})));
  shell("printf x | dd of=l/blobs/sha256/" + layer.substr(7) + " bs=1 seek=200000 conv=notrunc");
  EXPECT_TRUE(refused(copy({"oci:l:v1", "rootfs:files"}), 1, {layer, "damaged"}));
  EXPECT_TRUE(refused(run_pack({"--root", "oci:l:v1", "/bin/hello", "-o", "h.tar"}), 1,
                      {layer, "damaged"}));
  EXPECT_EQ(names_in(dir_), (std::vector<std::string>{"l", "root", "sound.tar"}));
}

TEST_F(CopyTest, AFolderIsOfOnePlatform) {
  pack_into({"one.tar"});
  pack_into({"two.tar"}, "arm");
  EXPECT_TRUE(refused(copy({"one.tar", "two.tar", "rootfs:r"}), 1, {"--platform"}));
  EXPECT_FALSE(fs::exists(dir_ / "r"));
}

TEST_F(CopyTest, MistakesOnTheCommandLine) {
  pack_into({"a.tar"});
  EXPECT_TRUE(refused(copy({}), 2, {"pack copy IMAGE... DEST"}));
  EXPECT_TRUE(refused(copy({"a.tar"}), 2, {"pack copy IMAGE... DEST"}));
  EXPECT_TRUE(refused(copy({"a.tar", "b.tar", "--compress", "lzma"}), 2, {"lzma"}));
  EXPECT_TRUE(refused(copy({"a.tar", "b.tar", "--all", "--platform", "linux/amd64"}), 2,
                      {"--platform", "--all"}));
  EXPECT_TRUE(
      refused(copy({"a.tar", "a.tar", "b.tar", "--platform", "linux/amd64"}), 2, {"--platform"}));
  EXPECT_TRUE(refused(copy({"-", "-", "b.tar"}), 2, {"standard input"}));
  EXPECT_TRUE(refused(copy({"a.tar", "oci:l:v1", "-t", "x:1"}), 2, {"-t"}));
  EXPECT_TRUE(refused(copy({"a.tar", "b.tar", "-q", "--json"}), 2, {"--quiet"}));
  EXPECT_TRUE(refused(copy({"a.tar", "b.tar", "--color", "blue"}), 2, {"--color"}));
  EXPECT_FALSE(fs::exists(dir_ / "b.tar"));
}

TEST_F(CopyTest, WhatIsNotThereOrDamagedLeavesNothing) {
  EXPECT_TRUE(refused(copy({"none.tar", "b.tar"}), 1, {"none.tar"}));
  pack_into({"a.tar", "oci:layout:v1"});
  // One byte in the middle of the layer.
  shell("printf X | dd of=a.tar bs=1 seek=700000 conv=notrunc status=none");
  EXPECT_TRUE(refused(copy({"a.tar", "b.tar"}), 1, {"sha256:"}));
  EXPECT_TRUE(refused(copy({"a.tar", "oci:copied:v1"}), 1, {"sha256:"}));
  EXPECT_TRUE(refused(copy({"a.tar", "-"}), 1, {"sha256:"}));
  shell("rm $(find layout/blobs -type f -size +100k)");
  EXPECT_TRUE(refused(copy({"oci:layout:v1", "b.tar"}), 1, {"layout"}));
  EXPECT_EQ(names_in(dir_), (std::vector<std::string>{"a.tar", "layout", "root"}));
}

}  // namespace
}  // namespace pack
