// Images of others, read by the real pack: from files, folders and standard input. What each form
// holds in detail is tested in tests/transport.

#include "support/pack_test.h"
#include "support/shell.h"

namespace pack {
namespace {

class ReadImagesTest : public PackTest {
 protected:
  void must(const std::string& command) const {
    const test::ToolRun done = test::run("cd " + dir_.string() + " && " + command);
    ASSERT_EQ(done.status, 0) << command << ": " << done.output;
  }

  std::string output(const std::string& command) const {
    return test::run("cd " + dir_.string() + " && " + command).output;
  }

  /// A layout `l` with the tag v1, and skopeo's archives of it.
  void make_images() const {
    must(
        "umoci init --layout l && umoci new --image l:v1 && mkdir f && echo hi > f/hi && "
        "umoci insert --rootless --image l:v1 f /f && umoci config --image l:v1 --config.cmd /hi");
    must(
        "skopeo copy -q oci:l:v1 oci-archive:o.tar:v1 && "
        "skopeo copy -q oci:l:v1 docker-archive:d.tar:web:v1");
  }

  Outcome run_with_input(const std::vector<std::string>& arguments, const std::string& file) const {
    Command command = pack_command(arguments);
    command.input = read_file(dir_ / file);
    return run(command);
  }
};

TEST_F(ReadImagesTest, InspectPrintsTheManifestThatSkopeoSees) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  make_images();
  must("gzip -k o.tar && zstd -q o.tar && xz -k o.tar && cp -r l me@host:l");
  const std::string manifest = output("skopeo inspect --raw oci:l:v1");
  for (const char* image : {"l", "oci:l:v1", "l@v1", "o.tar", "oci-archive:o.tar:v1", "o.tar.gz",
                            "o.tar.zst", "o.tar.xz", "./me@host:l", "me@host:l@v1"}) {
    const Outcome shown = run_pack({"inspect", "--manifest", image});
    EXPECT_TRUE(succeeded(shown)) << image;
    EXPECT_EQ(shown.out, manifest) << image;
  }
  for (const char* file : {"o.tar", "o.tar.gz"}) {
    const Outcome shown = run_with_input({"inspect", "--manifest", "-"}, file);
    EXPECT_EQ(shown.out, manifest) << shown;
  }
  const Outcome config = run_pack({"inspect", "--config", "docker-archive:d.tar:web:v1"});
  EXPECT_EQ(config.out, output("skopeo inspect --raw --config docker-archive:d.tar"));
}

TEST_F(ReadImagesTest, OneOfSeveralOnStandardInput) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  make_images();
  const std::string config = output("skopeo inspect --raw --config docker-archive:d.tar");
  const Outcome shown = run_with_input({"inspect", "-@web:v1", "--config"}, "d.tar");
  EXPECT_EQ(shown.out, config) << shown;
  EXPECT_TRUE(succeeded(run_with_input({"copy", "-@web:v1", "copy.tar", "-q"}, "d.tar")));
  EXPECT_EQ(output("skopeo inspect --raw --config docker-archive:copy.tar"), config);
  EXPECT_TRUE(refused(run_with_input({"inspect", "-@none:v1"}, "d.tar"), 1, {"none:v1", "web:v1"}));
  EXPECT_TRUE(refused(run_pack({"inspect", "-z"}), 2, {"-z"}));
  // Behind "--" it is the image's own.
  ASSERT_TRUE(succeeded(run_pack({"/bin/true", "-t", "t", "-q", "--", "-@web:v1"})));
  EXPECT_EQ(output("skopeo inspect --config --format '{{.Config.Cmd}}' docker-archive:t.tar"),
            "[-@web:v1]\n");
}

TEST_F(ReadImagesTest, ACopyOfAnArchiveIsWhatSkopeoReads) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  make_images();
  EXPECT_TRUE(succeeded(run_pack({"copy", "d.tar", "oci:from-docker:v1"})));
  EXPECT_TRUE(succeeded(run_with_input({"copy", "-", "oci:from-stdin:v1"}, "o.tar")));
  EXPECT_EQ(output("skopeo inspect --raw oci:from-stdin:v1"),
            output("skopeo inspect --raw oci:l:v1"));
  EXPECT_EQ(output("skopeo inspect --raw --config oci:from-docker:v1"),
            output("skopeo inspect --raw --config docker-archive:d.tar"));
}

TEST_F(ReadImagesTest, WhatIsNotThereOrNoImageEndsWithAClearError) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  make_images();
  write_file(dir_ / "text", "hello\n");
  EXPECT_TRUE(refused(run_pack({"inspect", "none.tar"}), 1, {"no file or folder none.tar"}));
  EXPECT_TRUE(refused(run_pack({"inspect", "web:v1"}), 1, {"docker://web:v1"}));
  EXPECT_TRUE(refused(run_pack({"inspect", "text"}), 1, {"text"}));
  EXPECT_TRUE(refused(run_pack({"inspect", "f"}), 1, {"there is no image in f"}));
  EXPECT_TRUE(refused(run_pack({"inspect", "o.tar@v2"}), 1, {"no image v2 in o.tar", "holds v1"}));
  EXPECT_TRUE(refused(run_pack({"inspect", "l", "--platform", "linux/s390x"}), 1,
                      {"no image for linux/s390x", "--platform"}));
  EXPECT_TRUE(refused(run_pack({"inspect", "dir:d"}), 2, {"oci-archive:PATH"}));
  EXPECT_TRUE(refused(run_pack({"inspect", "docker://me:pw@host/x"}), 2, {"--authfile"}));
}

TEST_F(ReadImagesTest, ALargeArchiveOnAPipeTakesLittleMemoryAndLeavesNoFile) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_TOOL("skopeo");
  must(
      "umoci init --layout l && umoci new --image l:v1 && mkdir f && "
      "head -c 200M /dev/zero > f/zeroes && umoci insert --rootless --image l:v1 f /f");
  must("skopeo copy -q oci:l:v1 docker-archive:d.tar:web:v1 && gzip -1 d.tar && mkdir spools");
  Command command = pack_command({"inspect", "-"});
  command.input = read_file(dir_ / "d.tar.gz");
  command.environment["TMPDIR"] = (dir_ / "spools").string();
  const Outcome shown = run(command);
  EXPECT_TRUE(succeeded(shown));
  if (!kSanitized) {
    EXPECT_LT(shown.peak_kib, 64 * 1024);
  }
  EXPECT_TRUE(names_in(dir_ / "spools").empty());
}

}  // namespace
}  // namespace pack
