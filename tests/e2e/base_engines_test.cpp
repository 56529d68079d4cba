// What Docker makes of one layer over a real Debian, where a wrong parent would replace /lib or the
// mode of /tmp. Part of engines_test, for it needs an engine, too.

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "support/compile.h"
#include "support/debian_base.h"
#include "support/docker_engine.h"
#include "support/pack_test.h"

namespace pack {
namespace {

using nlohmann::json;

class BaseEngineTest : public PackTest {
 protected:
  static void SetUpTestSuite() {
    if (geteuid() != 0 || !on_path("dockerd") || !on_path("docker")) return;
    if (debian_tar()) engine_.emplace();
  }
  static void TearDownTestSuite() { engine_.reset(); }

  void SetUp() override {
    PACK_REQUIRE(engine_.has_value(), "root, dockerd, docker, mmdebstrap and Debian's archive");
    PACK_REQUIRE_TOOL("umoci");
    compile(dir_, "hello",
            "int puts(const char*);\nint main(void) { puts(\"hello\"); return 0; }\n");
  }

  Outcome docker_run(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"run", "--rm", "--network", "none"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return engine_->docker(all);
  }

  static std::optional<DockerEngine> engine_;
};

std::optional<DockerEngine> BaseEngineTest::engine_;

TEST_F(BaseEngineTest, DockerRunsTheProgramAndTheBasesShell) {
  make_layout(dir_, "base", *debian_tar(), "--config.cmd /bin/bash --config.env A=b");
  write_file(dir_ / "note", "added");
  ASSERT_TRUE(succeeded(run_pack({"./hello", "--base", "oci:base:base", "-t", "over:1", "-a",
                                  "note:/tmp/note", "-a", "note:/lib/note"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "over.tar").string()})));
  EXPECT_EQ(docker_run({"over:1"}).out, "hello\n");
  const Outcome shell = docker_run({"--entrypoint", "/bin/sh", "over:1", "-c",
                                    "stat -c '%A %U:%G %N' /lib /tmp /usr/lib; cat /usr/lib/note; "
                                    "echo $A; dpkg -l libc6 | tail -1 | cut -c1-2"});
  EXPECT_EQ(shell.out,
            "lrwxrwxrwx root:root '/lib' -> 'usr/lib'\n"
            "drwxrwxrwt root:root '/tmp'\n"
            "drwxr-xr-x root:root '/usr/lib'\n"
            "addedb\nii\n")
      << shell;
}

TEST_F(BaseEngineTest, ADockerArchiveOfDockerIsABaseAndItsHistoryIsKept) {
  make_layout(dir_, "base", *debian_tar(), "--config.cmd /bin/bash");
  ASSERT_TRUE(succeeded(
      run({.argv = {"skopeo", "copy", "oci:base:base", "docker-archive:first.tar:debian-of-test:1"},
           .folder = dir_})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "first.tar").string()})));
  ASSERT_TRUE(
      succeeded(engine_->docker({"save", "-o", (dir_ / "base.tar").string(), "debian-of-test:1"})));
  ASSERT_TRUE(succeeded(run_pack({"./hello", "--base", "base.tar", "-t", "saved:1"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "saved.tar").string()})));
  EXPECT_EQ(docker_run({"saved:1"}).out, "hello\n");
  const auto layers = [&](const std::string& image) {
    return json::parse(engine_->docker({"inspect", image}).out).at(0).at("RootFS").at("Layers");
  };
  const json before = layers("debian-of-test:1");
  const json after = layers("saved:1");
  ASSERT_EQ(after.size(), before.size() + 1);
  EXPECT_EQ(after.at(0), before.at(0));
  const auto history = [&](const std::string& image) {
    return engine_->docker({"history", "--no-trunc", "--format", "{{.CreatedBy}}", image}).out;
  };
  EXPECT_EQ(history("saved:1"),
            "pack " + (dir_ / "hello").string() + "\n" + history("debian-of-test:1"));
}

}  // namespace
}  // namespace pack
