// What users do with an image: real engines and tools take it and run it. All tests share one
// Docker engine, which is why this is a program of its own.

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "support/bare_root.h"
#include "support/docker_engine.h"
#include "support/image_archive.h"
#include "support/pack_test.h"

namespace pack {
namespace {

using nlohmann::json;

class EngineTest : public PackTest {
 protected:
  static void SetUpTestSuite() {
    if (geteuid() != 0 || !on_path("dockerd") || !on_path("docker")) return;
    engine_.emplace();
  }
  static void TearDownTestSuite() { engine_.reset(); }

  void SetUp() override { PACK_REQUIRE(engine_.has_value(), "root, dockerd and docker"); }

  Outcome docker_run(const std::string& image, const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"run", "--rm", "--network", "none", image};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return engine_->docker(all);
  }

  json inspected(const std::string& image) {
    const Outcome outcome = engine_->docker({"inspect", image});
    EXPECT_TRUE(succeeded(outcome));
    return json::parse(outcome.out).at(0);
  }

  static std::optional<DockerEngine> engine_;
};

std::optional<DockerEngine> EngineTest::engine_;

TEST_F(EngineTest, DockerLoadsAndRunsAProgram) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "basic:v1"})));
  const Outcome loaded = engine_->docker({"load", "-i", (dir_ / "basic.tar").string()});
  ASSERT_TRUE(succeeded(loaded));
  EXPECT_TRUE(contains(loaded.out, "basic:v1")) << loaded;
  const Outcome ran = docker_run("basic:v1", {"-c", "echo hello"});
  EXPECT_TRUE(succeeded(ran));
  EXPECT_EQ(ran.out, "hello\n");
}

TEST_F(EngineTest, DockerLoadsFromAPipe) {
  const std::string script =
      "\"$0\" /bin/bash -t piped:1 -o - > piped && "
      "\"$0\" /bin/bash -t piped:1 -o - | cmp - piped";
  const Outcome packed =
      run({.argv = {"sh", "-c", script, pack_binary().string()}, .folder = dir_});
  ASSERT_TRUE(succeeded(packed));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "piped").string()})));
  EXPECT_EQ(docker_run("piped:1", {"-c", "echo hello"}).out, "hello\n");
}

TEST_F(EngineTest, DockerShowsTheWholeConfig) {
  ASSERT_TRUE(
      succeeded(run_pack({"/bin/bash", "/bin/echo",    "/usr/bin/env", "-t",     "tools:v1",
                          "-t",        "tools:latest", "-e",           "K=V",    "-w",
                          "/srv",      "-u",           "1000:1000",    "-p",     "8080/tcp",
                          "-l",        "a=b",          "--volume",     "/data",  "--stop-signal",
                          "SIGTERM",   "--",           "-c",           "echo hi"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "tools.tar").string()})));

  const json image = inspected("tools:v1");
  EXPECT_EQ(image.at("RepoTags"), json({"tools:latest", "tools:v1"}));
  EXPECT_EQ(image.at("Architecture"), "amd64");
  EXPECT_EQ(image.at("Os"), "linux");
  const json config = image.at("Config");
  EXPECT_EQ(config.at("Entrypoint"), json({"/bin/bash"}));
  EXPECT_EQ(config.at("Cmd"), json({"-c", "echo hi"}));
  const std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  std::set<std::string> variables;
  for (const json& variable : config.at("Env")) variables.insert(variable.get<std::string>());
  EXPECT_EQ(variables, (std::set<std::string>{path, "K=V"}));
  EXPECT_EQ(config.at("WorkingDir"), "/srv");
  EXPECT_EQ(config.at("User"), "1000:1000");
  EXPECT_EQ(config.at("ExposedPorts"), json({{"8080/tcp", json::object()}}));
  EXPECT_EQ(config.at("Labels"), json({{"a", "b"}}));
  EXPECT_EQ(config.at("Volumes"), json({{"/data", json::object()}}));
  EXPECT_EQ(config.at("StopSignal"), "SIGTERM");
}

TEST_F(EngineTest, TheConfigIsWhatTheContainerSees) {
  ASSERT_TRUE(
      succeeded(run_pack({"/bin/bash", "/bin/echo", "/usr/bin/env", "-t", "seen:v1", "-e", "K=V",
                          "-w", "/srv", "-u", "1000:1000", "--", "-c", "echo $K $PWD $UID"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "seen.tar").string()})));
  EXPECT_EQ(docker_run("seen:v1", {}).out, "V /srv 1000\n");
  EXPECT_EQ(docker_run("seen:v1", {"-c", "env echo both; echo $?"}).out, "both\n0\n");
}

TEST_F(EngineTest, AProgramWithOriginStartsWithTheEnginesProc) {
  ASSERT_TRUE(succeeded(run_pack({"/usr/bin/env", "/bin/bash", "-t", "docker.io/library/o:1"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "o.tar").string()})));
  EXPECT_EQ(docker_run("o:1", {"bash", "-c", "echo $0"}).out, "bash\n");
}

TEST_F(EngineTest, AScriptIsTheEntrypoint) {
  write_file(dir_ / "hello.sh", "#!/bin/sh\necho \"hello $1\"\n", 0755);
  ASSERT_TRUE(succeeded(run_pack({(dir_ / "hello.sh").string(), "-t", "script:1"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "script.tar").string()})));
  EXPECT_EQ(docker_run("script:1", {"world"}).out, "hello world\n");
}

TEST_F(EngineTest, EveryUserMayUseTheImagesFolders) {
  Command command = pack_command({"/bin/bash", "-t", "umask:1", "-u", "1000"});
  command.umask = 077;
  ASSERT_TRUE(succeeded(run(command)));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "umask.tar").string()})));
  EXPECT_EQ(docker_run("umask:1", {"-c", "echo x > /tmp/f && echo $UID"}).out, "1000\n");
}

TEST_F(EngineTest, ContainerdImportsAndRuns) {
  PACK_REQUIRE_TOOL("ctr");
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "ctr:v1", "-t", "ctr:v2"})));
  ASSERT_TRUE(succeeded(engine_->ctr({"image", "import", (dir_ / "ctr.tar").string()})));
  const Outcome names = engine_->ctr({"image", "ls", "-q"});
  EXPECT_TRUE(contains(names.out, "docker.io/library/ctr:v1\n")) << names;
  EXPECT_TRUE(contains(names.out, "docker.io/library/ctr:v2\n")) << names;
  const Outcome ran = engine_->ctr(
      {"run", "--rm", "docker.io/library/ctr:v1", "one", "/bin/bash", "-c", "echo hello"});
  EXPECT_TRUE(succeeded(ran));
  EXPECT_EQ(ran.out, "hello\n");
}

TEST_F(EngineTest, ContainerdImportsTheLayoutThatSkopeoMakesOfIt) {
  PACK_REQUIRE_TOOL("ctr");
  PACK_REQUIRE_TOOL("skopeo");
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "via:v1", "-o", "oci:layout:v1"})));
  ASSERT_TRUE(succeeded(run(
      {.argv = {"skopeo", "copy", "oci:layout:v1", "oci-archive:via.tar:docker.io/library/via:v1"},
       .folder = dir_})));
  ASSERT_TRUE(succeeded(engine_->ctr({"image", "import", (dir_ / "via.tar").string()})));
  EXPECT_EQ(
      engine_
          ->ctr({"run", "--rm", "docker.io/library/via:v1", "two", "/bin/bash", "-c", "echo hello"})
          .out,
      "hello\n");
}

TEST_F(EngineTest, DockerLoadsALayerCompressedWithGzip) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "gz:1", "--compress", "gzip"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "gz.tar").string()})));
  EXPECT_EQ(docker_run("gz:1", {"-c", "echo hello"}).out, "hello\n");
}

TEST_F(EngineTest, ContainerdImportsAndRunsEveryCompression) {
  PACK_REQUIRE_TOOL("ctr");
  for (const std::string kind : {"gzip", "zstd"}) {
    const std::string name = "docker.io/library/" + kind + ":1";
    ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", name, "--compress", kind})));
    ASSERT_TRUE(succeeded(engine_->ctr({"image", "import", (dir_ / (kind + ".tar")).string()})));
    const Outcome ran = engine_->ctr({"run", "--rm", name, kind, "/bin/bash", "-c", "echo hello"});
    EXPECT_EQ(ran.out, "hello\n") << ran;
  }
}

TEST_F(EngineTest, WhatDockerSavedIsCopiedAndRuns) {
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "saved:1"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "saved.tar").string()})));
  const std::string id = inspected("saved:1").at("Id");
  ASSERT_TRUE(
      succeeded(engine_->docker({"save", "-o", (dir_ / "docker.tar").string(), "saved:1"})));
  ASSERT_TRUE(succeeded(run_pack({"copy", "docker.tar", "oci:layout:1"})));
  ASSERT_TRUE(succeeded(run_pack({"copy", "oci:layout:1", "again.tar", "-t", "again:1"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "again.tar").string()})));
  EXPECT_EQ(inspected("again:1").at("Id"), id);
  EXPECT_EQ(docker_run("again:1", {"-c", "echo hello"}).out, "hello\n");
}

TEST_F(EngineTest, AnIndexInAnArchiveIsTakenByDockerAndContainerd) {
  PACK_REQUIRE_TOOL("ctr");
  PACK_REQUIRE_TOOL("aarch64-linux-gnu-gcc");
  write_file(dir_ / "app.c", "int main(void) { return 0; }\n");
  ASSERT_TRUE(succeeded(
      run({.argv = {"aarch64-linux-gnu-gcc", "-static", "app.c", "-o", "app"}, .folder = dir_})));
  ASSERT_TRUE(succeeded(run_pack({(dir_ / "app").string(), "-t", "arm:1"})));
  ASSERT_TRUE(succeeded(run_pack({"/bin/bash", "-t", "here:1"})));
  ASSERT_TRUE(succeeded(run_pack({"copy", "arm.tar", "here.tar", "both.tar", "-t", "both:1"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "both.tar").string()})));
  EXPECT_EQ(docker_run("both:1", {"-c", "echo hello"}).out, "hello\n");
  ASSERT_TRUE(succeeded(engine_->ctr({"image", "import", (dir_ / "both.tar").string()})));
  const Outcome ran = engine_->ctr(
      {"run", "--rm", "docker.io/library/both:1", "both", "/bin/bash", "-c", "echo hello"});
  EXPECT_EQ(ran.out, "hello\n") << ran;
}

/// Builds samples/NAME in the test's folder and loads what it made.
class SampleTest : public EngineTest {
 protected:
  void load_sample(const std::string& name, const std::string& archive) {
    ASSERT_TRUE(succeeded(run({.argv = {PACK_SAMPLES_DIR "/" + name + "/build.sh"},
                               .environment = {{"PACK", pack_binary().string()}},
                               .folder = dir_,
                               .timeout_seconds = 120})));
    ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / archive).string()})));
  }
};

TEST_F(SampleTest, Bash) {
  load_sample("bash", "basic.tar");
  EXPECT_EQ(docker_run("basic:v1", {"-c", "echo hello"}).out, "hello\n");
}

TEST_F(SampleTest, Tools) {
  load_sample("tools", "tools.tar");
  const std::string out = docker_run("tools:v1", {}).out;
  EXPECT_TRUE(contains(out, "GREETING=hello\n") && contains(out, "usr\n")) << out;
}

TEST_F(SampleTest, Script) {
  load_sample("script", "greet.tar");
  EXPECT_EQ(docker_run("greet:v1", {}).out, "HELLO, READER\n");
}

TEST_F(SampleTest, StaticGo) {
  PACK_REQUIRE_TOOL("go");
  load_sample("go", "hello-go.tar");
  EXPECT_EQ(docker_run("hello-go:v1", {}).out, "hello from one static file\n");
}

TEST_F(SampleTest, Nginx) {
  PACK_REQUIRE_TOOL("nginx");
  load_sample("nginx", "web.tar");
  ASSERT_TRUE(succeeded(engine_->docker(
      {"run", "-d", "--rm", "--network", "host", "--name", "pack-sample-web", "web:v1"})));
  // Bash alone can speak HTTP; the port is that of the sample's configuration.
  const Outcome page = run({.argv = {"bash", "-c",
                                     "for i in {1..50}; do exec 3<>/dev/tcp/127.0.0.1/18080 && "
                                     "break; sleep 0.1; done; printf 'GET / HTTP/1.0\\r\\n\\r\\n' "
                                     ">&3; cat <&3"}});
  engine_->docker({"stop", "-t", "3", "pack-sample-web"});
  EXPECT_TRUE(contains(page.out, "served from an image without a distribution")) << page;
}

}  // namespace
}  // namespace pack
