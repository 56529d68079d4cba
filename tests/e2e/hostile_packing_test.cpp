// Packed layers and archives that were made to hurt, through the real pack. gzip and zstd make
// them.

#include "e2e/hostile_image.h"

namespace pack {
namespace {

using test::kTarEnd;
using test::raw_file;

class HostilePackingTest : public HostileImageTest {
 protected:
  void SetUp() override {
    HostileImageTest::SetUp();
    PACK_REQUIRE_TOOL("zstd");
    image_.file("../tar", raw_file("a", "1") + raw_file("b", "2") + kTarEnd);
  }

  /// A layer that a line of shell makes; `tar` is a small one, and its content is meant to be
  /// what `unpacked` (a line of shell, too) prints.
  void layer_made_by(const std::string& line, const std::string& type = "+gzip",
                     const std::string& unpacked = "cat tar") const {
    image_.must("(" + line + ") > packed && (" + unpacked + ") > unpacked");
    image_of_layer(read_file(image_.at("packed")), type,
                   "sha256:" + sha256_of(image_.at("unpacked")));
  }

  void expect_refused_everywhere(const std::string& text) const {
    for (const Outcome& outcome :
         {build_over(), copy_files(), inspect(),
          run_bounded({"copy", "--compress", "none", image(), "oci:new:v1"})})
      expect_refused(outcome, text);
    const Outcome verified = verify();
    EXPECT_EQ(verified.status, 3) << verified;
    EXPECT_TRUE(contains(verified.out, text)) << verified;
  }
};

TEST_F(HostilePackingTest, SeveralGzipMembersAreOneLayer) {
  layer_made_by("head -c 700 tar | gzip; tail -c +701 tar | gzip");
  EXPECT_TRUE(succeeded(inspect()));
  EXPECT_TRUE(succeeded(build_over()));
  EXPECT_TRUE(succeeded(copy_files()));
  EXPECT_EQ(read_file(dir_ / "a/work/out/b"), "2");
}

TEST_F(HostilePackingTest, TrailingGarbage) {
  layer_made_by("gzip -c tar; echo garbage");
  expect_refused_everywhere("something else follows the compressed data");
  layer_made_by("zstd -qc tar; echo garbage", "+zstd");
  expect_refused_everywhere("cannot be unpacked");
}

TEST_F(HostilePackingTest, Truncation) {
  for (const char* size : {"-1", "-8", "40"}) {
    layer_made_by(std::string("gzip -c tar | head -c ") + size);
    expect_refused_everywhere("cannot be unpacked");
  }
  layer_made_by("zstd -qc tar | head -c -1", "+zstd");
  expect_refused_everywhere("cannot be unpacked");
}

TEST_F(HostilePackingTest, AHugeZstdWindow) {
  layer_made_by("head -c 300000000 /dev/zero | zstd -qc --long=31 --ultra -1", "+zstd");
  expect_refused_everywhere("cannot be unpacked");
}

TEST_F(HostilePackingTest, PackedTwice) {
  layer_made_by("gzip -c tar | gzip -c", "+gzip", "gzip -c tar");
  expect_refused_everywhere("packed twice");
}

TEST_F(HostilePackingTest, ADiffIdThatIsAnothers) {
  layer_made_by("gzip -c tar", "+gzip", "echo");
  for (const Outcome& outcome : {build_over(), copy_files()})
    expect_refused(outcome, "but the image's config says");
}

/// A thousand times its size: 400 KB become 400 MB, and the disk gives a tenth of that.
TEST_F(HostilePackingTest, AGzipBombTakesNoMemoryAndEndsWithTheDisk) {
  layer_made_by("(cat tar; head -c 400000000 /dev/zero) | gzip", "+gzip", "echo");
  expect_refused(build_over(), "the image's config says");
  // SIGXFSZ is ignored: what is left is a write that fails, as on a full disk.
  Command command = pack_command({"copy", image(), "rootfs:out"});
  const std::vector<std::string> limited = {"sh", "-c",
                                            "trap '' XFSZ; ulimit -f 80000; exec \"$@\"", "sh"};
  command.argv.insert(command.argv.begin(), limited.begin(), limited.end());
  command.folder = dir_ / "a/work";
  expect_refused(run(command), "reading the layer");
}

/// Five GiB in less than a megabyte: more than gzip could make of that. Four of them are unpacked.
TEST_F(HostilePackingTest, AZstdBombIsGivenUp) {
  seconds_ = 60;
  layer_made_by(
      "head -c 1G /dev/zero | zstd -qc > frame && cat frame frame frame frame frame && rm frame",
      "+zstd", "echo");
  const Outcome outcome = run_bounded({"copy", "--compress", "gzip", image(), "oci:new:v1"});
  expect_refused(outcome, "unpacks to more than 4294967296 bytes");
}

TEST_F(HostilePackingTest, AnArchiveThatIsABombIsGivenUp) {
  seconds_ = 60;
  image_.must(
      "head -c 1G /dev/zero | zstd -qc > frame && cat frame frame frame frame frame > bomb");
  expect_refused(run_bounded({"inspect", image_.at("bomb")}), "unpacks to more than");
}

}  // namespace
}  // namespace pack
