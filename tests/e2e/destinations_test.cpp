// Where an image goes: archive, pipe, OCI layout, folder, and several at once.

#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "support/bare_root.h"
#include "support/image_archive.h"
#include "support/pack_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class DestinationsTest : public PackTest {
 protected:
  Outcome shell(const std::string& script) {
    return run({.argv = {"sh", "-c", script, pack_binary().string()},
                .environment = {{"LC_ALL", "C"}, {"SOURCE_DATE_EPOCH", std::nullopt}},
                .folder = dir_});
  }

  static std::set<std::string> tags_of(const fs::path& layout) {
    std::set<std::string> tags;
    const json index = json::parse(read_file(layout / "index.json"));
    for (const json& item : index.at("manifests"))
      tags.insert(
          item.at("annotations").at("org.opencontainers.image.ref.name").get<std::string>());
    return tags;
  }
};

TEST_F(DestinationsTest, TheArchiveIsNamedAfterTheImage) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "registry.example:5000/team/site:v1"})));
  EXPECT_EQ(names_in(dir_), std::vector<std::string>{"site.tar"});
}

TEST_F(DestinationsTest, AllSpellingsOfAnArchiveAreTheSameFile) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "a:1", "-o", "a.tar", "-o",
                                  "docker-archive:b.tar", "-o", "oci-archive:c.tar"})));
  EXPECT_EQ(sha256_of(dir_ / "a.tar"), sha256_of(dir_ / "b.tar"));
  EXPECT_EQ(sha256_of(dir_ / "a.tar"), sha256_of(dir_ / "c.tar"));
}

TEST_F(DestinationsTest, AnArchiveReplacesAnOlderOneAndItsLinkStays) {
  write_file(dir_ / "real.tar", "older");
  write_symlink(dir_ / "link.tar", "real.tar");
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "a:1", "-o", "link.tar"})));
  EXPECT_TRUE(fs::is_symlink(dir_ / "link.tar"));
  EXPECT_GT(fs::file_size(dir_ / "real.tar"), 10000u);
  EXPECT_EQ(names_in(dir_), (std::vector<std::string>{"link.tar", "real.tar"}));
}

TEST_F(DestinationsTest, AnArchiveHasTheModeThatTheUmaskLeaves) {
  Command command = pack_command({"/bin/cat", "-t", "a:1"});
  command.umask = 027;
  ASSERT_TRUE(succeeded(run(command)));
  EXPECT_EQ(fs::status(dir_ / "a.tar").permissions(), fs::perms(0640));
}

TEST_F(DestinationsTest, StandardOutputIsTheArchiveAndNothingElse) {
  ASSERT_TRUE(
      succeeded(shell("\"$0\" /bin/cat -t a:1 -o file.tar && "
                      "\"$0\" /bin/cat -t a:1 -o - | cat > piped.tar && "
                      "\"$0\" /bin/cat -t a:1 -o - > redirected.tar")));
  EXPECT_EQ(sha256_of(dir_ / "piped.tar"), sha256_of(dir_ / "file.tar"));
  EXPECT_EQ(sha256_of(dir_ / "redirected.tar"), sha256_of(dir_ / "file.tar"));
}

TEST_F(DestinationsTest, StandardOutputCanBeAppended) {
  ASSERT_TRUE(succeeded(
      shell("\"$0\" /bin/cat -t a:1 -o file.tar && { printf head; "
            "\"$0\" /bin/cat -t a:1 -o -; } > both && tail -c +5 both | cmp - file.tar")));
}

TEST_F(DestinationsTest, ATerminalIsRefused) {
  PACK_REQUIRE_TOOL("script");
  const Outcome outcome =
      shell("script -qec \"'$0' /bin/cat -t a:1 -o -\" typed < /dev/null; echo $? > status");
  EXPECT_NE(read_file(dir_ / "status"), "0\n") << outcome;
  const std::string typed = read_file(dir_ / "typed");
  EXPECT_TRUE(contains(typed, "terminal")) << outcome;
  EXPECT_LT(typed.size(), 2000u) << "the archive itself went to the terminal";
}

TEST_F(DestinationsTest, ALayoutThatSkopeoAndUmociRead) {
  PACK_REQUIRE_TOOL("skopeo");
  PACK_REQUIRE_TOOL("umoci");
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "a:v1", "-o", "oci:layout:v1"})));
  EXPECT_TRUE(succeeded(shell("skopeo copy oci:layout:v1 dir:copied")));
  EXPECT_EQ(shell("umoci list --layout layout").out, "v1\n");
}

TEST_F(DestinationsTest, ALayoutIsCompressedSmallerThanItsLayer) {
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "a:v1", "-o", "oci:layout:v1"})));
  const Outcome raw = shell("skopeo inspect --raw oci:layout:v1");
  const json layer = json::parse(raw.out).at("layers").at(0);
  EXPECT_EQ(layer.at("mediaType"), "application/vnd.oci.image.layer.v1.tar+gzip");
  const std::string digest = layer.at("digest").get<std::string>().substr(7);
  const Outcome unpacked = shell("gzip -dc layout/blobs/sha256/" + digest + " | sha256sum");
  const Outcome config = shell("skopeo inspect --config oci:layout:v1");
  EXPECT_EQ(json::parse(config.out).at("rootfs").at("diff_ids")[0],
            "sha256:" + unpacked.out.substr(0, 64));
}

TEST_F(DestinationsTest, AnExistingLayoutGainsATagAndKeepsTheOthers) {
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "a:v1", "-o", "oci:layout:v1"})));
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "a:v2", "-o", "oci:layout:v2"})));
  EXPECT_EQ(tags_of(dir_ / "layout"), (std::set<std::string>{"v1", "v2"}));
  EXPECT_TRUE(succeeded(shell("skopeo copy oci:layout:v1 dir:one")));
  EXPECT_TRUE(succeeded(shell("skopeo copy oci:layout:v2 dir:two")));
}

TEST_F(DestinationsTest, AnExistingTagIsReplaced) {
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "a:v1", "-o", "oci:layout:v1"})));
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "a:v1", "-o", "oci:layout:v1"})));
  EXPECT_EQ(tags_of(dir_ / "layout"), std::set<std::string>{"v1"});
  const Outcome config = shell("skopeo inspect --config oci:layout:v1");
  EXPECT_EQ(json::parse(config.out).at("config").at("Entrypoint"), json({"/bin/bash"}));
}

TEST_F(DestinationsTest, ALayoutOfAnotherToolGainsATag) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(shell("umoci init --layout layout && umoci new --image layout:theirs")));
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "a:ours", "-o", "oci:layout:ours"})));
  EXPECT_EQ(shell("umoci list --layout layout | sort").out, "ours\ntheirs\n");
}

TEST_F(DestinationsTest, AFolderThatIsNoLayoutIsRefused) {
  write_file(dir_ / "mine/file", "mine");
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "a:1", "-o", "oci:mine:1"}), 1, {"mine"}));
  EXPECT_EQ(names_in(dir_ / "mine"), std::vector<std::string>{"file"});
}

TEST_F(DestinationsTest, AFolderOfFilesStartsAsARoot) {
  const fs::path image = rootfs({"/bin/bash"});
  EXPECT_EQ(run_in_root(image, {"/bin/bash", "-c", "echo hello"}).out, "hello\n");
  EXPECT_EQ(fs::status(image / "tmp").permissions(), fs::perms(01777));
}

TEST_F(DestinationsTest, AnOrdinaryUserMayWriteAFolder) {
  PACK_REQUIRE_ROOT();
  fs::create_directory(dir_ / "theirs");
  ASSERT_EQ(chown((dir_ / "theirs").c_str(), 65534, 65534), 0);
  Command command = pack_command({"/bin/bash", "-o", "rootfs:root", "--chown", "/usr:5:5"});
  command.folder = dir_ / "theirs";
  command.user = 65534;
  command.umask = 077;
  ASSERT_TRUE(succeeded(run(command)));
  EXPECT_EQ(fs::status(dir_ / "theirs/root/usr/bin").permissions(), fs::perms(0755));
  const std::string root = (dir_ / "theirs/root").string();
  const Outcome ran =
      run({.argv = {"unshare", "--map-root-user", "chroot", root, "/bin/bash", "-c", "echo hello"},
           .user = 65534});
  EXPECT_EQ(ran.out, "hello\n") << ran;
}

TEST_F(DestinationsTest, AnOrdinaryUserMakesTheSameArchive) {
  PACK_REQUIRE_ROOT();
  fs::create_directory(dir_ / "theirs");
  ASSERT_EQ(chown((dir_ / "theirs").c_str(), 65534, 65534), 0);
  Command command = pack_command({"/bin/bash", "-t", "a:1"});
  ASSERT_TRUE(succeeded(run(command)));
  command.folder = dir_ / "theirs";
  command.user = 65534;
  ASSERT_TRUE(succeeded(run(command)));
  EXPECT_EQ(sha256_of(dir_ / "theirs/a.tar"), sha256_of(dir_ / "a.tar"));
}

TEST_F(DestinationsTest, AFolderWithSomethingInItIsRefused) {
  write_file(dir_ / "root/mine", "mine");
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-o", "rootfs:root"}), 1, {"root"}));
  EXPECT_EQ(tree_of(dir_ / "root"), (std::map<std::string, std::string>{{"mine", "mine"}}));
}

TEST_F(DestinationsTest, AnEmptyFolderIsFilled) {
  fs::create_directory(dir_ / "root");
  EXPECT_TRUE(succeeded(run_pack({"/bin/cat", "-o", "rootfs:root"})));
  EXPECT_TRUE(fs::exists(dir_ / "root/bin/cat"));
}

TEST_F(DestinationsTest, SeveralAtOnceHoldTheSameImage) {
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(run_pack(
      {"/bin/bash", "-t", "a:v1", "-o", "a.tar", "-o", "oci:layout:v1", "-o", "rootfs:root"})));
  const json archive = json::parse(shell("skopeo inspect --config docker-archive:a.tar").out);
  const json layout = json::parse(shell("skopeo inspect --config oci:layout:v1").out);
  EXPECT_EQ(archive, layout);
  fs::create_directory(dir_ / "unpacked");
  const ImageArchive image = open_archive(dir_ / "a.tar", dir_ / "opened");
  ASSERT_TRUE(succeeded(
      run({.argv = {"tar", "-xpf", image.layer.string(), "-C", (dir_ / "unpacked").string()}})));
  EXPECT_EQ(tree_of(dir_ / "unpacked"), tree_of(dir_ / "root"));
}

TEST_F(DestinationsTest, WhenOneOfSeveralFailsNoneIsThere) {
  write_file(dir_ / "root/mine", "mine");
  write_file(dir_ / "a.tar", "older");
  EXPECT_TRUE(refused(
      run_pack({"/bin/cat", "-t", "a:1", "-o", "a.tar", "-o", "oci:layout:1", "-o", "rootfs:root"}),
      1));
  EXPECT_EQ(read_file(dir_ / "a.tar"), "older");
  EXPECT_EQ(names_in(dir_), (std::vector<std::string>{"a.tar", "root"}));
}

TEST_F(DestinationsTest, OneFileNamedTwiceIsRefused) {
  EXPECT_TRUE(
      refused(run_pack({"/bin/cat", "-t", "a:1", "-o", "x.tar", "-o", "./x.tar"}), 2, {"x.tar"}));
  EXPECT_TRUE(names_in(dir_).empty());
}

TEST_F(DestinationsTest, TheWholeArchiveCanBeCompressed) {
  ASSERT_TRUE(succeeded(
      run_pack({"/bin/cat", "-t", "a:1", "-o", "a.tar", "-o", "a.tar.gz", "-o", "a.tar.zst"})));
  EXPECT_TRUE(succeeded(shell("gzip -dc a.tar.gz | cmp - a.tar")));
  PACK_REQUIRE_TOOL("zstd");
  EXPECT_TRUE(succeeded(shell("zstd -dcq a.tar.zst | cmp - a.tar")));
}

}  // namespace
}  // namespace pack
