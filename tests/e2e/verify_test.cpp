// `pack verify`: sound images of all makers are sound, and whatever is broken in one is found, all
// at once, with exit status 3. Broken images are made of a sound one by hand.

#include <unistd.h>

#include <functional>

#include "e2e/small_images.h"
#include "support/bare_root.h"
#include "support/compile.h"
#include "support/debian_base.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class VerifyTest : public SmallImagesTest {
 protected:
  Outcome verify(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "verify");
    return run_pack(arguments);
  }

  void is_sound(const std::string& image) {
    const Outcome seen = verify({image, "-q"});
    EXPECT_TRUE(succeeded(seen)) << image;
    EXPECT_EQ(seen.out, "") << image;
  }

  void is_unsound(const std::string& image, const std::vector<std::string>& texts) {
    const Outcome seen = verify({image});
    EXPECT_EQ(seen.status, 3) << seen;
    EXPECT_EQ(seen.err, "");
    for (const std::string& text : texts) EXPECT_TRUE(contains(seen.out, text)) << text << seen;
  }

  fs::path blob(const Json& descriptor) const {
    return dir_ / "l/blobs/sha256" / descriptor["digest"].get<std::string>().substr(7);
  }

  /// Stores a text in the layout; its digest by sha256sum.
  void store(const std::string& text, Json& descriptor) const {
    const std::string hex = sha256_text(text);
    write_file(dir_ / "l/blobs/sha256" / hex, text);
    descriptor["digest"] = "sha256:" + hex;
    descriptor["size"] = text.size();
  }

  using Change = std::function<void(Json& manifest, Json& config)>;

  /// A layout `l` with one image, whose documents are as `change` leaves them and fit each other.
  void make_layout_with(const Change& change, const std::vector<std::string>& more = {}) const {
    fs::remove_all(dir_ / "l");
    pack_into({"oci:l:v1"}, "hello", more);
    Json index = Json::parse(read_file(dir_ / "l/index.json"));
    Json manifest = Json::parse(read_file(blob(index["manifests"][0])));
    Json config = Json::parse(read_file(blob(manifest["config"])));
    const Json before = manifest["config"];
    change(manifest, config);
    if (manifest["config"] == before) store(config.dump(), manifest["config"]);
    store(manifest.dump(), index["manifests"][0]);
    write_file(dir_ / "l/index.json", index.dump());
  }

  /// A layout `l` whose layer is what `script` packs into `layer.tar` by hand.
  void make_layer(const std::string& script, const std::vector<std::string>& entrypoint) const {
    shell("rm -rf f layer.tar; mkdir f; cd f; " + script);
    make_layout_with([&](Json& manifest, Json& config) {
      Json layer = {{"mediaType", "application/vnd.oci.image.layer.v1.tar"}};
      store(read_file(dir_ / "layer.tar"), layer);
      manifest["layers"] = {layer};
      config["rootfs"]["diff_ids"] = {layer["digest"]};
      config["config"]["Entrypoint"] = entrypoint;
    });
  }
};

TEST_F(VerifyTest, WhatPackMakesIsSound) {
  pack_into({"a.tar", "a.tar.gz", "oci:l:v1", "oci:z:v1"}, "hello", {"--compress", "zstd"});
  pack_into({"p.tar"}, "arm");
  for (const auto* image : {"a.tar", "a.tar.gz", "oci:l:v1", "oci:z", "p.tar"}) is_sound(image);
  const Outcome several = verify({"a.tar", "oci:l:v1"});
  ASSERT_TRUE(succeeded(several));
  EXPECT_TRUE(contains(several.out, "a.tar ")) << several;
  EXPECT_TRUE(contains(several.out, "oci:l:v1 ")) << several;
  EXPECT_TRUE(contains(several.out, ": sound, 1 layer")) << several;
}

TEST_F(VerifyTest, ADynamicProgramIsSound) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "/usr/bin/env", "-t", "b", "-o", "b.tar"})));
  is_sound("b.tar");
}

TEST_F(VerifyTest, WhatOthersMakeIsSound) {
  PACK_REQUIRE_TOOL("skopeo");
  PACK_REQUIRE_TOOL("umoci");
  pack_into({"a.tar", "oci:l:v1"});
  shell(
      "skopeo copy -q docker-archive:a.tar docker-archive:s.tar:small:v1 && "
      "skopeo copy -q oci:l:v1 oci-archive:o.tar:v1 && "
      "skopeo copy -q --dest-compress --dest-compress-format zstd oci:l:v1 oci:z:v1 && "
      "cp -r l u && echo more > more && umoci insert --rootless --image u:v1 more /more && "
      "umoci insert --rootless --image u:v1 --whiteout /more");
  for (const auto* image : {"s.tar", "o.tar", "oci:z:v1", "oci:u:v1"}) is_sound(image);
  const Outcome stream =
      run({.argv = {"sh", "-c", pack_binary().string() + " verify -q - <s.tar"}, .folder = dir_});
  EXPECT_TRUE(succeeded(stream));
}

TEST_F(VerifyTest, ADebianBaseIsSound) {
  PACK_REQUIRE_TOOL("umoci");
  const std::optional<fs::path> tar = debian_tar();
  PACK_REQUIRE(tar, "a Debian base by mmdebstrap");
  make_layout(dir_, "debian", *tar, "--config.cmd /bin/bash");
  const Outcome seen = verify({"oci:debian:base"});
  EXPECT_TRUE(succeeded(seen));
  EXPECT_TRUE(contains(seen.out, ": sound, 1 layer")) << seen;
}

TEST_F(VerifyTest, AFlippedByteInAnyBlob) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"none", "layer 1"}, {"gzip", "layer 1"}, {"zstd", "layer 1"}};
  for (const auto& [compression, where] : cases) {
    fs::remove_all(dir_ / "l");
    pack_into({"oci:l:v1"}, "hello", {"--compress", compression});
    const Json manifest = raw_json("oci:l:v1");
    const fs::path layer = blob(manifest["layers"][0]);
    fs::permissions(layer, fs::perms::owner_write, fs::perm_options::add);
    shell("printf X | dd of=" + layer.string() + " bs=1 seek=3000 conv=notrunc status=none");
    is_unsound("oci:l:v1", {where, "sha256:" + sha256_of(layer)});
  }
}

TEST_F(VerifyTest, ACutArchive) {
  pack_into({"a.tar"});
  fs::resize_file(dir_ / "a.tar", fs::file_size(dir_ / "a.tar") - 500'000);
  const Outcome seen = verify({"a.tar"});
  EXPECT_EQ(seen.status, 3) << seen;
}

TEST_F(VerifyTest, LyingSizes) {
  make_layout_with([](Json& manifest, Json&) { manifest["layers"][0]["size"] = 7; });
  is_unsound("oci:l:v1", {"layer 1"});
  make_layout_with([](Json& manifest, Json&) { manifest["config"]["size"] = 7; });
  is_unsound("oci:l:v1", {"config"});
}

TEST_F(VerifyTest, ADiffIdThatIsNotTheLayers) {
  for (const auto* compression : {"none", "gzip"}) {
    make_layout_with(
        [&](Json&, Json& config) {
          config["rootfs"]["diff_ids"][0] = "sha256:" + std::string(64, 'd');
        },
        {"--compress", compression});
    is_unsound("oci:l:v1", {"layer 1", "its diff_id is sha256:dddd"});
  }
}

TEST_F(VerifyTest, AllFindingsAreToldTogether) {
  make_layout_with([](Json& manifest, Json& config) {
    manifest["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.v1.tar";
    config["config"]["User"] = "4294967296";
    config["config"]["Env"] = {"NOVALUE"};
    config["created"] = "yesterday";
    config["history"].push_back({{"created_by", "a layer that is not there"}});
    config["rootfs"]["diff_ids"][0] = "sha256:" + std::string(64, 'd');
  });
  is_unsound("oci:l:v1",
             {"config: created is no moment", "config: config.User: 4294967296",
              "config: config.Env: NOVALUE", "the history names 2 layers, and there are 1",
              "layer 1", "but it is packed by gzip", "its diff_id is sha256:dddd"});
}

TEST_F(VerifyTest, LayersWithoutDiffIds) {
  make_layout_with([](Json&, Json& config) { config["rootfs"]["diff_ids"] = Json::array(); });
  is_unsound("oci:l:v1", {"it has 0 diff_ids, and the manifest has 1 layers"});
}

TEST_F(VerifyTest, BlobsThatAreMissing) {
  make_layout_with([](Json&, Json&) {});
  const Json manifest = raw_json("oci:l:v1");
  fs::remove(blob(manifest["layers"][0]));
  fs::remove(blob(manifest["config"]));
  is_unsound("oci:l:v1", {"config: ", "layer 1", manifest["layers"][0]["digest"], "2 findings"});
}

TEST_F(VerifyTest, EveryPlatformOfAnIndex) {
  pack_into({"oci:amd:v1"});
  pack_into({"oci:arm:v1"}, "arm");
  ASSERT_TRUE(succeeded(copy({"oci:amd:v1", "oci:arm:v1", "oci:l:both"})));
  const Outcome sound = verify({"oci:l:both"});
  ASSERT_TRUE(succeeded(sound));
  EXPECT_TRUE(contains(sound.out, "linux/amd64")) << sound;
  EXPECT_TRUE(contains(sound.out, "linux/arm64")) << sound;

  const Json index =
      Json::parse(read_file(blob(Json::parse(read_file(dir_ / "l/index.json"))["manifests"][0])));
  ASSERT_EQ(index["manifests"].size(), 2U);
  Json arm;
  for (const Json& entry : index["manifests"])
    if (entry["platform"]["architecture"] == "arm64") arm = entry;
  fs::remove(blob(Json::parse(read_file(blob(arm)))["layers"][0]));
  is_unsound("oci:l:both", {"linux/arm64", "is missing"});
  EXPECT_TRUE(succeeded(verify({"oci:l:both", "--platform", "linux/amd64"})));
  fs::remove(blob(arm));
  is_unsound("oci:l:both", {arm["digest"]});
}

TEST_F(VerifyTest, APathThatIsTwiceInALayer) {
  make_layer(
      "mkdir bin && cp ../root/bin/hello bin/ && tar cf ../layer.tar bin/ && "
      "tar rf ../layer.tar bin/hello",
      {"/bin/hello"});
  is_unsound("oci:l:v1", {"layer 1: /bin/hello ", "1 finding"});
}

TEST_F(VerifyTest, SymlinksThatLeadToNothing) {
  make_layer(
      "mkdir bin etc && cp ../root/bin/hello bin/ && ln -s nowhere etc/broken && "
      "ln -s ../bin/hello etc/good && ln -s /proc/self/mounts etc/mtab && "
      "ln -s loop etc/loop && tar cf ../layer.tar bin etc",
      {"/bin/hello"});
  is_unsound("oci:l:v1",
             {"/etc/broken: the symlink leads to nothing (nowhere: ", "/etc/loop: ", "2 findings"});
}

TEST_F(VerifyTest, AnEntrypointThatCannotStart) {
  const std::string hello = "mkdir bin && cp ../root/bin/hello bin/ && ";
  make_layer(hello + "tar cf ../layer.tar bin", {"/bin/other"});
  is_unsound("oci:l:v1", {"entrypoint: /bin/other is not in the image"});
  make_layer(hello + "tar cf ../layer.tar bin", {"other"});
  is_unsound("oci:l:v1", {"entrypoint: other is not in the image, on its PATH"});
  make_layer(hello + "chmod 644 bin/hello && tar cf ../layer.tar bin", {"hello"});
  is_unsound("oci:l:v1", {"entrypoint: ", "/bin/hello is not executable"});
  make_layer(hello +
                 "printf '#!/bin/sh\\n' > bin/script && chmod 755 bin/script && "
                 "tar cf ../layer.tar bin",
             {"script"});
  is_unsound("oci:l:v1", {"entrypoint: /bin/sh, which "});
}

TEST_F(VerifyTest, AnEntrypointThatIsAFolder) {
  make_layout_with([](Json&, Json& config) { config["config"]["Entrypoint"] = {"/bin"}; });
  is_unsound("oci:l:v1", {"entrypoint: /bin is a folder", "1 finding"});
}

TEST_F(VerifyTest, AProgramOfAnotherMachine) {
  const auto says = [&](const std::string& architecture) {
    make_layout_with([&](Json&, Json& config) { config["architecture"] = architecture; });
    Json index = Json::parse(read_file(dir_ / "l/index.json"));
    index["manifests"][0].erase("platform");
    write_file(dir_ / "l/index.json", index.dump());
  };
  says("riscv64");
  is_unsound("oci:l:v1", {"/bin/hello is a program for linux/amd64", "linux/riscv64", "1 finding"});
  says("amd64");
  is_sound("oci:l:v1");
}

/// Docker refuses the same: "unable to find user ghost: no matching entries in passwd file".
TEST_F(VerifyTest, UsersThatAreNotInTheImage) {
  const auto user = [&](const std::string& text) {
    make_layout_with([&](Json&, Json& config) { config["config"]["User"] = text; });
  };
  user("ghost:spirits");
  is_unsound("oci:l:v1", {"config.User: ghost is not in the image's /etc/passwd",
                          "config.User: spirits is not in the image's /etc/group", "2 findings"});
  for (const auto* known : {"root", "nobody:root", "1000", "1000:1000"}) {
    user(known);
    is_sound("oci:l:v1");
  }
}

TEST_F(VerifyTest, OneOfSeveralByItsDigest) {
  pack_into({"oci:l:v1"});
  const Json good = Json::parse(read_file(dir_ / "l/index.json"))["manifests"][0];
  pack_into({"oci:l:v2"}, "arm");
  const Json index = Json::parse(read_file(dir_ / "l/index.json"));
  for (const Json& entry : index["manifests"])
    if (entry["digest"] != good["digest"]) fs::remove(blob(entry));
  EXPECT_EQ(verify({"l"}).status, 3);
  const Outcome seen = verify({"l@" + good["digest"].get<std::string>()});
  EXPECT_TRUE(succeeded(seen));
  EXPECT_TRUE(refused(verify({"l@sha256:" + std::string(64, '0')}), 1, {"no such image"}));
}

/// The loader itself refuses the same image.
TEST_F(VerifyTest, LibrariesThatDoNotFit) {
  write_file(dir_ / "one.map", "V_1 { global: f; };\n");
  write_file(dir_ / "two.map", "V_1 { }; V_2 { global: f; } V_1;\n");
  compile(dir_, "two/libf.so", "int f(void) { return 0; }",
          "-shared -fPIC -Wl,--version-script=two.map,-soname,libf.so");
  compile(dir_, "one/libf.so", "int f(void) { return 0; }",
          "-shared -fPIC -Wl,--version-script=one.map,-soname,libf.so");
  compile(dir_, "prog", "int f(void); int main(void) { return f(); }", "two/libf.so");
  const auto image = [&](const std::string& library) {
    shell("rm -rf f && mkdir f");
    make_sysroot(dir_ / "f");
    shell("mkdir -p f/srv && cp prog f/srv/ && " +
          (library.empty() ? "true" : "cp " + library + " f/usr/lib/libf.so"));
    const Outcome run = run_in_root(dir_ / "f", {"/srv/prog"});
    shell("mv f g");
    make_layer("cd ../g && tar cf ../layer.tar *", {"/srv/prog"});
    shell("rm -rf g");
    return run.status;
  };
  EXPECT_EQ(image("two/libf.so"), 0);
  is_sound("oci:l:v1");
  EXPECT_NE(image("one/libf.so"), 0);
  is_unsound("oci:l:v1", {"entrypoint: ", "version `V_2' not found", "1 finding"});
  EXPECT_NE(image(""), 0);
  is_unsound("oci:l:v1", {"entrypoint: libf.so, which /srv/prog needs, is not in the image"});
}

TEST_F(VerifyTest, OneThatIsNotThereDoesNotHideTheOthers) {
  pack_into({"a.tar"});
  make_layer("mkdir bin && tar cf ../layer.tar bin", {"/bin/hello"});
  const Outcome seen = verify({"none.tar", "oci:l:v1", "a.tar"});
  EXPECT_EQ(seen.status, 1) << seen;
  EXPECT_TRUE(contains(seen.err, "none.tar")) << seen;
  EXPECT_TRUE(contains(seen.out, "oci:l:v1")) << seen;
  EXPECT_TRUE(contains(seen.out, "entrypoint: /bin/hello")) << seen;
  EXPECT_TRUE(contains(seen.out, "a.tar")) << seen;
  EXPECT_EQ(verify({"a.tar@other:v1"}).status, 1);
}

TEST_F(VerifyTest, JsonHasTheSame) {
  make_layout_with([](Json&, Json& config) { config["config"]["User"] = "4294967296"; });
  const Outcome seen = verify({"oci:l:v1", "--json"});
  EXPECT_EQ(seen.status, 3) << seen;
  const Json image = Json::parse(seen.out)["images"][0];
  EXPECT_EQ(image["sound"], false);
  EXPECT_EQ(image["images"][0]["findings"].size(), 1U) << seen;
  EXPECT_EQ(image["images"][0]["findings"][0]["where"], "config");
  EXPECT_EQ(image["images"][0]["platform"], "linux/amd64");
  EXPECT_EQ("sha256:" + sha256_text(raw("oci:l:v1")), image["images"][0]["digest"]);
}

TEST_F(VerifyTest, MistakesOnTheCommandLine) {
  EXPECT_TRUE(refused(verify({}), 2, {"no image"}));
  EXPECT_TRUE(refused(verify({"a.tar", "--json", "-q"}), 2));
  EXPECT_TRUE(refused(verify({"a.tar", "--platform", "x"}), 2));
  EXPECT_TRUE(refused(verify({"a.tar", "--tls-ca", "none.pem"}), 2, {"none.pem"}));
  EXPECT_TRUE(refused(verify({"a.tar", "--progress", "x"}), 2, {"--progress"}));
}

}  // namespace
}  // namespace pack
