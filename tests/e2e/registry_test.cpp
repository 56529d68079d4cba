// Real registries: what pack pushes there is pulled by every other tool, and the other way round.

#include "support/registry.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/docker_engine.h"
#include "support/fake_server.h"
#include "support/image_archive.h"
#include "support/pack_test.h"
#include "support/signed_tokens.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class RegistryTest : public PackTest {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("docker-registry");
    PACK_REQUIRE_TOOL("skopeo");
    PACK_REQUIRE_TOOL("curl");
  }

  /// Without any login or proxy of the user who runs the tests.
  Outcome pack(const std::vector<std::string>& arguments) const {
    Command command = pack_command(arguments);
    for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
                             "ALL_PROXY", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR"})
      command.environment[name] = std::nullopt;
    command.environment["HOME"] = dir_.string();
    command.environment["DOCKER_CONFIG"] = (dir_ / "docker").string();
    return run(command);
  }

  Outcome tool(const std::vector<std::string>& argv) const {
    return run({.argv = argv, .folder = dir_});
  }

  Outcome raw_manifest(const std::string& image) const {
    return tool({"skopeo", "inspect", "--tls-verify=false", "--raw", image});
  }

  void log_in(const std::string& host, const std::string& login_base64) const {
    write_file(dir_ / "docker/config.json",
               R"({"auths":{")" + host + R"(":{"auth":")" + login_base64 + "\"}}}");
  }
};

std::string sha256_of_text(const TempDir& folder, const std::string& text) {
  write_file(folder / "text", text);
  return "sha256:" + sha256_of(folder / "text");
}

// --- push ---------------------------------------------------------------------------------------

TEST_F(RegistryTest, ABuildIsPulledBySkopeoPodmanAndDockerAndRuns) {
  PACK_REQUIRE_TOOL("podman");
  PACK_REQUIRE_TOOL("dockerd");
  PACK_REQUIRE_ROOT();
  const Registry registry;
  const std::string name = registry.authority() + "/tools/basic:v1";
  const Outcome packed = pack({"/bin/bash", "-t", "basic:v1", "-o", "docker://" + name, "--json"});
  ASSERT_TRUE(succeeded(packed));
  const Outcome raw = raw_manifest("docker://" + name);
  EXPECT_TRUE(contains(packed.out, sha256_of_text(temp_, raw.out))) << packed << raw;
  EXPECT_TRUE(contains(raw.out, "tar+gzip")) << "gzip is a registry's default";

  EXPECT_TRUE(succeeded(
      tool({"skopeo", "copy", "--src-tls-verify=false", "docker://" + name, "dir:copied"})));
  EXPECT_TRUE(succeeded(
      tool({"podman", "--root", (dir_ / "pr").string(), "--runroot", (dir_ / "prr").string(),
            "--storage-driver", "vfs", "pull", "--tls-verify=false", name})));
  DockerEngine engine;
  ASSERT_TRUE(succeeded(engine.docker({"pull", name})));
  EXPECT_EQ(engine.docker({"run", "--rm", "--network", "none", name, "-c", "echo hello"}).out,
            "hello\n");
}

TEST_F(RegistryTest, TheSameBuildHasTheSameDigestThereAndInALayout) {
  const Registry registry;
  const std::string name = registry.authority() + "/basic:v1";
  ASSERT_TRUE(succeeded(
      pack({"/bin/bash", "-t", "basic:v1", "-o", "docker://" + name, "-o", "oci:layout:v1"})));
  EXPECT_EQ(raw_manifest("docker://" + name).out, raw_manifest("oci:layout:v1").out);
}

TEST_F(RegistryTest, ZstdIsPushedAsZstd) {
  const Registry registry;
  const std::string name = registry.authority() + "/basic:v1";
  ASSERT_TRUE(succeeded(
      pack({"/bin/bash", "-t", "basic:v1", "--compress", "zstd", "-o", "docker://" + name})));
  const json manifest = json::parse(raw_manifest("docker://" + name).out);
  const json layer = manifest.at("layers").at(0);
  EXPECT_EQ(layer.at("mediaType"), "application/vnd.oci.image.layer.v1.tar+zstd");
  const Outcome listed = tool(
      {"sh", "-c", "zstd -dc < \"$0\" | tar -t", registry.blob_file(layer.at("digest")).string()});
  EXPECT_TRUE(contains(listed.out, "bin/bash")) << listed;
}

TEST_F(RegistryTest, NoTagAppearsWhenAnotherDestinationFails) {
  const Registry registry;
  const std::string name = registry.authority() + "/basic:v1";
  EXPECT_TRUE(
      refused(pack({"/bin/bash", "-t", "basic:v1", "-o", "/dev/full", "-o", "docker://" + name}), 1,
              {"/dev/full"}));
  EXPECT_NE(raw_manifest("docker://" + name).status, 0);
  EXPECT_EQ(registry.count("PUT /v2/basic/manifests/"), 0U);
}

TEST_F(RegistryTest, ABuildThatIsInterruptedLeavesNoTag) {
  const Registry registry;
  const std::string name = registry.authority() + "/big:v1";
  write_file(dir_ / "big", std::string(20'000'000, 'x'));
  StartedProcess process(pack_command({"/bin/bash", "-t", "big:v1", "--add", "big:/big",
                                       "--compress", "gzip:12", "-o", "docker://" + name}));
  for (const double end = now() + 20; registry.count("POST ") == 0 && now() < end;)
    if (process.ends_within(0.001)) break;
  EXPECT_GT(registry.count("POST "), 0U) << "it did not come so far";
  process.send(SIGKILL);
  process.wait();
  // It may have been faster than the signal; then everything is there.
  if (registry.count("PUT /v2/big/manifests/v1 201") == 0) {
    EXPECT_NE(raw_manifest("docker://" + name).status, 0);
  }
}

// --- copy ---------------------------------------------------------------------------------------

TEST_F(RegistryTest, ACopyKeepsDigestsThereAndBack) {
  const Registry registry;
  const std::string name = registry.authority() + "/basic:v1";
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "basic:v1", "-o", "oci:layout:v1"})));
  const std::string original = raw_manifest("oci:layout:v1").out;
  ASSERT_TRUE(succeeded(pack({"copy", "oci:layout:v1", "docker://" + name})));
  EXPECT_EQ(raw_manifest("docker://" + name).out, original);
  ASSERT_TRUE(succeeded(pack({"copy", "docker://" + name, "oci:back:v1"})));
  EXPECT_EQ(raw_manifest("oci:back:v1").out, original);
  EXPECT_EQ(tree_of(dir_ / "back/blobs"), tree_of(dir_ / "layout/blobs"));
}

TEST_F(RegistryTest, SeveralPlatformsBecomeOneThereAndComeBack) {
  const Registry registry;
  const std::string there = "docker://" + registry.authority() + "/a:v1";
  for (const char* machine : {"amd64", "arm64"})
    ASSERT_TRUE(
        succeeded(pack({"/bin/cat", "-t", "a:v1", "--platform", std::string("linux/") + machine,
                        "-o", std::string("a-") + machine + ".tar"})));
  ASSERT_TRUE(succeeded(pack({"copy", "a-amd64.tar", "a-arm64.tar", there})));
  const std::string index = raw_manifest(there).out;
  EXPECT_EQ(json::parse(index).at("manifests").size(), 2U);
  for (const char* machine : {"amd64", "arm64"}) {
    const std::string folder = std::string("by-skopeo-") + machine;
    ASSERT_TRUE(succeeded(tool({"skopeo", "--override-arch", machine, "copy", "--preserve-digests",
                                "--src-tls-verify=false", there, "oci:" + folder + ":v1"})));
    ASSERT_TRUE(succeeded(
        pack({"copy", "--platform", std::string("linux/") + machine, there, "oci:by-pack:v1"})));
    EXPECT_EQ(raw_manifest("oci:by-pack:v1").out, raw_manifest("oci:" + folder + ":v1").out);
  }
  ASSERT_TRUE(succeeded(pack({"copy", "--all", there, "oci:all:v1"})));
  EXPECT_EQ(raw_manifest("oci:all:v1").out, index);
  EXPECT_TRUE(contains(pack({"inspect", there}).out, "linux/arm64"));
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "--base", there, "-t", "upper:1", "-o", "u.tar"})));
}

TEST_F(RegistryTest, LargeLayersAreNotHeldInMemory) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer's memory is not pack's";
  const Registry registry;
  const std::string there = "docker://" + registry.authority() + "/large:1";
  {
    std::string data(160'000'000, 'x');
    for (size_t i = 0; i < data.size(); i += 64) data[i] = static_cast<char>(i * i >> 9);
    write_file(dir_ / "data", data);
  }
  ASSERT_TRUE(succeeded(pack({"/bin/cat", "-a", "data:/data", "-t", "large:1"})));
  constexpr long kMostKib = 64 * 1024;
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"copy", "large.tar", there},
                                             {"copy", there, "pulled.tar"},
                                             {"copy", there, "oci:pulled:1", "--compress", "zstd"},
                                             {"/bin/cat", "-a", "data:/data", "-o", there + "2"}}) {
    const Outcome outcome = pack(arguments);
    ASSERT_TRUE(succeeded(outcome));
    EXPECT_LT(outcome.peak_kib, kMostKib) << outcome;
  }
}

TEST_F(RegistryTest, ACopyIsCompressedOnTheWay) {
  const Registry registry;
  const std::string there = "docker://" + registry.authority() + "/basic:v1";
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "basic:v1"})));
  for (const char* kind : {"gzip", "zstd"}) {
    ASSERT_TRUE(succeeded(pack({"copy", "--compress", kind, "basic.tar", there})));
    const json manifest = json::parse(raw_manifest(there).out);
    EXPECT_EQ(manifest.at("layers").at(0).at("mediaType"),
              std::string("application/vnd.oci.image.layer.v1.tar+") + kind);
    ASSERT_TRUE(succeeded(tool(
        {"skopeo", "copy", "--src-tls-verify=false", there, std::string("oci:back:") + kind})));
    EXPECT_TRUE(succeeded(pack({"verify", there})));
  }
}

TEST_F(RegistryTest, WhatIsNotThereIsAskedForOnce) {
  const test::FakeServer server([](const test::FakeRequest& request) -> test::FakeResponse {
    return {.status = request.path() == "/v2/" ? 200 : 404};
  });
  EXPECT_TRUE(refused(pack({"inspect", "docker://" + server.authority() + "/a:1"}), 1, {"404"}));
  const auto requests = server.requests();
  EXPECT_EQ(std::count_if(requests.begin(), requests.end(),
                          [](const auto& it) { return it.path() == "/v2/a/manifests/1"; }),
            1);
}

TEST_F(RegistryTest, AProxyOfTheEnvironmentIsUsed) {
  const test::FakeServer proxy(
      [](const test::FakeRequest&) -> test::FakeResponse { return {.status = 404}; });
  Command command = pack_command({"inspect", "--insecure", "docker://registry.test/a:1"});
  command.environment["HOME"] = dir_.string();
  command.environment["http_proxy"] = "http://me:CANARY@" + proxy.authority();
  command.environment["no_proxy"] = std::nullopt;
  const Outcome outcome = run(command);
  EXPECT_TRUE(refused(outcome, 1, {"404"}));
  EXPECT_FALSE(contains(outcome.err, "CANARY"));
  ASSERT_FALSE(proxy.requests().empty());
  const test::FakeRequest last = proxy.requests().back();
  EXPECT_EQ(last.target, "http://registry.test/v2/a/manifests/1");
  EXPECT_EQ(last.header("Proxy-Authorization"), "Basic bWU6Q0FOQVJZ");
}

TEST_F(RegistryTest, PullsAndPushesSayHowFarTheyAre) {
  const Registry registry;
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "a:1", "-o", "oci:a:1"})));
  ASSERT_TRUE(succeeded(pack({"copy", "oci:a:1", "docker://" + registry.authority() + "/a:1"})));
  // The same, by way of a server that takes its time.
  const test::FakeServer slow([&](const test::FakeRequest& request) -> test::FakeResponse {
    const Outcome answer =
        registry.curl(request.target, {"-H", "Accept: application/vnd.oci.image.manifest.v1+json"});
    return {.status = answer.status == 0 ? 200 : 404,
            .headers = {{"Content-Type", "application/vnd.oci.image.manifest.v1+json"}},
            .body = answer.out,
            .delay = std::chrono::milliseconds(contains(request.target, "/blobs/") ? 1200 : 0)};
  });
  const Outcome pulled = pack(
      {"copy", "--progress", "always", "docker://" + slow.authority() + "/a:1", "oci:pulled:1"});
  ASSERT_TRUE(succeeded(pulled));
  EXPECT_TRUE(contains(pulled.err, "reading sha256:")) << pulled;
  EXPECT_TRUE(contains(pulled.err, " of ")) << pulled;
}

TEST_F(RegistryTest, ASecondCopySendsNothing) {
  const Registry registry;
  const std::string name = "docker://" + registry.authority() + "/basic:v1";
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "basic:v1"})));
  ASSERT_TRUE(succeeded(pack({"copy", "basic.tar", name})));
  const size_t posts = registry.count("POST "), puts = registry.count("PUT ");
  EXPECT_GT(puts, 0U);
  ASSERT_TRUE(succeeded(pack({"copy", "basic.tar", name})));
  EXPECT_EQ(registry.count("POST "), posts);
  EXPECT_EQ(registry.count("PUT "), puts);
}

TEST_F(RegistryTest, ACopyWithinARegistryMountsInsteadOfSending) {
  const Registry registry;
  const std::string host = "docker://" + registry.authority();
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "basic:v1", "-o", host + "/from:v1"})));
  ASSERT_TRUE(succeeded(pack({"copy", host + "/from:v1", host + "/to/here:v2"})));
  EXPECT_EQ(raw_manifest(host + "/to/here:v2").out, raw_manifest(host + "/from:v1").out);
  EXPECT_EQ(registry.count("POST /v2/to/here/blobs/uploads/?mount="), 2U);
  EXPECT_EQ(registry.count("PUT /v2/to/here/blobs/"), 0U);
  EXPECT_EQ(registry.count("GET /v2/from/blobs/"), 1U) << "the config alone is read";
}

TEST_F(RegistryTest, ABaseImagesLayersAreMountedAndTheNewOneIsSent) {
  const Registry registry;
  const std::string host = "docker://" + registry.authority();
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "base:v1", "-o", host + "/base:v1"})));
  ASSERT_TRUE(succeeded(
      pack({"/usr/bin/env", "-t", "app:v1", "--base", host + "/base:v1", "-o", host + "/app:v1"})));
  const json base = json::parse(raw_manifest(host + "/base:v1").out);
  const json app = json::parse(raw_manifest(host + "/app:v1").out);
  ASSERT_EQ(app.at("layers").size(), 2U);
  EXPECT_EQ(app.at("layers").at(0).at("digest"), base.at("layers").at(0).at("digest"));
  EXPECT_EQ(registry.count("POST /v2/app/blobs/uploads/?mount="), 1U);
  EXPECT_TRUE(succeeded(
      tool({"skopeo", "copy", "--src-tls-verify=false", host + "/app:v1", "oci:copied:v1"})));
}

TEST_F(RegistryTest, WhatSkopeoPushedIsRead) {
  const Registry registry;
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "basic:v1"})));
  for (const std::string format : {"oci", "v2s2"}) {
    const std::string name = "docker://" + registry.authority() + "/" + format + ":v1";
    ASSERT_TRUE(succeeded(tool({"skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false",
                                "--format", format, "docker-archive:basic.tar", name})));
    ASSERT_TRUE(succeeded(pack({"copy", name, "oci:" + format + ":v1"})));
    const json index = json::parse(read_file(dir_ / format / "index.json"));
    const std::string digest = index.at("manifests").at(0).at("digest");
    EXPECT_EQ(read_file(dir_ / format / "blobs/sha256" / digest.substr(7)), raw_manifest(name).out);
  }
}

TEST_F(RegistryTest, ABaseOfDockersMediaTypesKeepsThem) {
  const Registry registry;
  const std::string host = "docker://" + registry.authority();
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "basic:v1"})));
  ASSERT_TRUE(succeeded(tool({"skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false",
                              "--format", "v2s2", "docker-archive:basic.tar", host + "/base:v1"})));
  const Outcome built = pack(
      {"/usr/bin/env", "--base", host + "/base:v1", "-o", host + "/app:v1", "-o", "oci:layout:v1"});
  ASSERT_TRUE(succeeded(built));
  EXPECT_NE(built.err.find("skopeo and podman find no such image"), std::string::npos) << built;

  const json base = json::parse(raw_manifest(host + "/base:v1").out);
  const json app = json::parse(raw_manifest(host + "/app:v1").out);
  EXPECT_EQ(app.at("mediaType"), base.at("mediaType"));
  EXPECT_EQ(app.at("config").at("mediaType"), base.at("config").at("mediaType"));
  EXPECT_EQ(app.at("layers").at(0), base.at("layers").at(0));
  EXPECT_EQ(app.at("layers").at(1).at("mediaType"), base.at("layers").at(0).at("mediaType"));
  EXPECT_TRUE(succeeded(tool({"skopeo", "--insecure-policy", "copy", "--src-tls-verify=false",
                              host + "/app:v1", "docker-archive:app.tar:app:v1"})));
}

// --- who may, and how it is reached -------------------------------------------------------------

TEST_F(RegistryTest, BasicAuthenticationOverTlsWithACaOfOnesOwn) {
  PACK_REQUIRE_TOOL("htpasswd");
  const TestAuthority authority;
  const Registry registry({.tls = &authority, .username = "me", .password = "canary-s3cr3t"});
  const std::string name = "docker://" + registry.authority() + "/basic:v1";
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "basic:v1"})));
  log_in(registry.authority(), "bWU6Y2FuYXJ5LXMzY3IzdA==");
  EXPECT_TRUE(refused(pack({"copy", "basic.tar", name}), 1, {registry.authority(), "certificate"}));
  ASSERT_TRUE(succeeded(pack({"copy", "basic.tar", name, "--tls-ca", authority.certificate()})));
  ASSERT_TRUE(succeeded(pack({"copy", name, "back.tar", "--insecure"})));
  EXPECT_TRUE(contains(registry.curl("/v2/basic/tags/list").out, "v1"));

  log_in(registry.authority(), "bWU6Y2FuYXJ5LXdyb25n");
  const Outcome wrong = pack({"copy", name, "other.tar", "--insecure"});
  EXPECT_TRUE(refused(wrong, 1, {registry.authority(), "login"}));
  EXPECT_FALSE(contains(wrong.err, "canary")) << wrong;
  EXPECT_FALSE(contains(wrong.err, "Y2FuYXJ5")) << wrong;
  EXPECT_FALSE(fs::exists(dir_ / "other.tar"));
}

TEST_F(RegistryTest, TheAuthfileGoesBeforeDockersConfig) {
  PACK_REQUIRE_TOOL("htpasswd");
  const Registry registry({.username = "me", .password = "right"});
  const std::string name = "docker://" + registry.authority() + "/basic:v1";
  log_in(registry.authority(), "bWU6d3Jvbmc=");
  write_file(dir_ / "auth.json",
             R"({"auths":{")" + registry.authority() + R"(":{"auth":"bWU6cmlnaHQ="}}})");
  EXPECT_TRUE(refused(pack({"/bin/bash", "-t", "basic:v1", "-o", name}), 1, {"login"}));
  EXPECT_TRUE(
      succeeded(pack({"/bin/bash", "-t", "basic:v1", "-o", name, "--authfile", "auth.json"})));
}

TEST_F(RegistryTest, TokensForPushPullAndMount) {
  const SignedTokenServer tokens("me", "right");
  const Registry registry(tokens.rules());
  const std::string host = "docker://" + registry.authority();
  log_in(registry.authority(), "bWU6cmlnaHQ=");
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "basic:v1", "-o", host + "/some/basic:v1"})));
  ASSERT_TRUE(succeeded(pack({"copy", host + "/some/basic:v1", host + "/other:v1"})));
  EXPECT_EQ(registry.count("PUT /v2/other/blobs/"), 0U) << "mounted";
  ASSERT_TRUE(succeeded(pack({"copy", host + "/other:v1", "basic.tar"})));
  log_in(registry.authority(), "bWU6d3Jvbmc=");
  EXPECT_TRUE(refused(pack({"copy", host + "/other:v1", "no.tar"}), 1));
  EXPECT_FALSE(fs::exists(dir_ / "no.tar"));
}

TEST_F(RegistryTest, ARegistryThatIsNotThereIsNamed) {
  EXPECT_TRUE(refused(pack({"/bin/bash", "-t", "basic:v1", "-o", "docker://127.0.0.1:1/basic:v1"}),
                      1, {"127.0.0.1:1"}));
  EXPECT_TRUE(
      refused(pack({"copy", "docker://127.0.0.1:1/basic:v1", "basic.tar"}), 1, {"127.0.0.1:1"}));
  EXPECT_FALSE(fs::exists(dir_ / "basic.tar"));
}

TEST_F(RegistryTest, AnImageThatIsNotThereIsNamed) {
  const Registry registry;
  const std::string name = registry.authority() + "/no/such:v1";
  EXPECT_TRUE(refused(pack({"copy", "docker://" + name, "no.tar"}), 1, {name}));
  EXPECT_FALSE(fs::exists(dir_ / "no.tar"));
}

}  // namespace
}  // namespace pack
