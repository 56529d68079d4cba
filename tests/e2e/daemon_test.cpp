// Images into a Docker engine and out of it, without a file in between. All tests share one engine.

#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>

#include "support/docker_engine.h"
#include "support/fake_server.h"
#include "support/pack_test.h"
#include "support/raw_server.h"

namespace pack {
namespace {

class DaemonTest : public PackTest {
 protected:
  static void SetUpTestSuite() {
    if (geteuid() != 0 || !on_path("dockerd") || !on_path("docker")) return;
    engine_.emplace();
  }
  static void TearDownTestSuite() { engine_.reset(); }

  void SetUp() override { PACK_REQUIRE(engine_.has_value(), "root, dockerd and docker"); }

  Command command(const std::vector<std::string>& arguments) const {
    Command out = pack_command(arguments);
    out.environment["DOCKER_HOST"] = engine_->host();
    return out;
  }
  Outcome pack(const std::vector<std::string>& arguments) const { return run(command(arguments)); }

  static std::string id_of(const std::string& image) {
    return engine_->docker({"image", "inspect", "--format", "{{.Id}}", image}).out;
  }
  static bool has(const std::string& image) {
    return engine_->docker({"image", "inspect", image}).status == 0;
  }
  static std::string run_in(const std::string& image, const std::string& script) {
    return engine_->docker({"run", "--rm", "--network", "none", image, "-c", script}).out;
  }
  /// IDs of all images; docker's order is no promise.
  static std::set<std::string> all_images() {
    std::istringstream ids(engine_->docker({"image", "ls", "-aq"}).out);
    return {std::istream_iterator<std::string>(ids), {}};
  }

  static std::optional<DockerEngine> engine_;
};

std::optional<DockerEngine> DaemonTest::engine_;

TEST_F(DaemonTest, ABuildIsThereAndRuns) {
  const Outcome outcome =
      pack({"/bin/bash", "-t", "direct:v1", "-t", "direct:v2", "-o", "docker-daemon:"});
  ASSERT_TRUE(succeeded(outcome));
  EXPECT_EQ(run_in("direct:v1", "echo hello"), "hello\n");
  EXPECT_TRUE(has("direct:v2"));
  EXPECT_TRUE(names_in(dir_).empty());
}

TEST_F(DaemonTest, ItIsTheImageOfTheArchive) {
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "-t", "same:1", "-e", "A=b", "-o",
                              "docker-daemon:", "-o", "same.tar", "--", "-c", "exit"})));
  const std::string id = id_of("same:1");
  ASSERT_TRUE(succeeded(engine_->docker({"image", "rm", "same:1"})));
  ASSERT_TRUE(succeeded(engine_->docker({"load", "-i", (dir_ / "same.tar").string()})));
  EXPECT_EQ(id_of("same:1"), id);
  EXPECT_NE(id, "");
}

TEST_F(DaemonTest, TheDestinationMayNameIt) {
  ASSERT_TRUE(
      succeeded(pack({"/bin/bash", "-t", "named:1", "-o", "docker-daemon:other.example/n:2"})));
  EXPECT_TRUE(has("other.example/n:2"));
  EXPECT_FALSE(has("named:1"));
  EXPECT_TRUE(refused(pack({"/bin/bash", "-o", "docker-daemon:"}), 2, {"name"}));
}

TEST_F(DaemonTest, NoFileIsWritten) {
  PACK_REQUIRE_TOOL("strace");
  Command traced = command({"/bin/bash", "-t", "traced:1", "-o", "docker-daemon:"});
  traced.argv.insert(traced.argv.begin(), {"strace", "-f", "-o", (dir_ / "trace").string(), "-e",
                                           "trace=open,openat,creat,memfd_create,mkdir,mkdirat"});
  ASSERT_TRUE(succeeded(run(traced)));
  const std::string trace = read_file(dir_ / "trace");
  EXPECT_TRUE(contains(trace, "O_RDONLY"));
  for (const char* writing :
       {"O_WRONLY", "O_RDWR", "O_CREAT", "O_TMPFILE", "creat(", "memfd_create(", "mkdir"})
    EXPECT_FALSE(contains(trace, writing)) << writing;
  EXPECT_TRUE(has("traced:1"));
}

TEST_F(DaemonTest, ABuildThatFailsLeavesNoImage) {
  const std::set<std::string> before = all_images();
  // While the layer is written:
  Command large = command({"/bin/bash", "-t", "failed:1", "-o", "docker-daemon:", "-o", "a.tar"});
  large.limits = {{RLIMIT_FSIZE, 1 << 20}};
  EXPECT_NE(run(large).status, 0);
  // And when all is written but not yet given away:
  EXPECT_NE(pack({"/bin/bash", "-t", "failed:1", "-o", "/dev/full", "-o", "docker-daemon:"}).status,
            0);
  EXPECT_EQ(all_images(), before);
  EXPECT_FALSE(has("failed:1"));
}

TEST_F(DaemonTest, AnImageOnABaseIsThere) {
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "/bin/cat", "-t", "base:1", "-o", "docker-daemon:"})));
  for (const char* compression : {"none", "gzip", "zstd"}) {
    ASSERT_TRUE(succeeded(pack({"/bin/bash", "/bin/cat", "-t", "base:1", "--compress", compression,
                                "-o", std::string("oci:base-") + compression + ":1"})));
    write_file(dir_ / "new", compression);
    const std::string name = std::string("upper:") + compression;
    ASSERT_TRUE(succeeded(
        pack({"/bin/bash", "-a", (dir_ / "new").string() + ":/new", "--base",
              std::string("oci:base-") + compression + ":1", "-t", name, "-o", "docker-daemon:"})));
    EXPECT_EQ(run_in(name, "cat /new"), compression);
  }
}

TEST_F(DaemonTest, ACopyKeepsTheImageId) {
  ASSERT_TRUE(
      succeeded(pack({"/bin/bash", "-t", "copied:1", "-o", "docker-daemon:", "-o", "copied.tar"})));
  const std::string id = id_of("copied:1");
  ASSERT_TRUE(succeeded(pack({"copy", "docker-daemon:copied:1", "out.tar"})));
  ASSERT_TRUE(succeeded(engine_->docker({"image", "rm", "copied:1"})));
  ASSERT_TRUE(succeeded(pack({"copy", "out.tar", "docker-daemon:back:1"})));
  EXPECT_EQ(id_of("back:1"), id);
  EXPECT_FALSE(has("copied:1"));
  ASSERT_TRUE(succeeded(pack({"copy", "copied.tar", "docker-daemon:"})));
  EXPECT_EQ(id_of("copied:1"), id);
}

TEST_F(DaemonTest, WithoutATagLatestIsTaken) {
  ASSERT_TRUE(succeeded(pack({"/bin/cat", "-t", "several:v1", "-o", "docker-daemon:"})));
  ASSERT_TRUE(succeeded(
      pack({"/bin/bash", "-t", "several:latest", "-o", "docker-daemon:", "-o", "latest.tar"})));
  ASSERT_TRUE(succeeded(engine_->docker({"tag", "several:latest", "several:other"})));
  for (const char* name : {"several", "docker.io/library/several"}) {
    const Outcome copied = pack({"copy", std::string("docker-daemon:") + name, "out.tar"});
    ASSERT_TRUE(succeeded(copied)) << name;
    EXPECT_FALSE(contains(copied.out, "other")) << copied;
    EXPECT_EQ(run_pack({"inspect", "--config", "out.tar"}).out,
              run_pack({"inspect", "--config", "latest.tar"}).out);
  }
  const std::string id = id_of("several:v1").substr(7, 12);  // sha256:...
  EXPECT_TRUE(succeeded(pack({"copy", "docker-daemon:" + id, "-t", "byid:1", "out.tar"})));
}

TEST_F(DaemonTest, ItsImageIsInspectedVerifiedAndABase) {
  ASSERT_TRUE(succeeded(pack({"/bin/bash", "/bin/cat", "-t", "seen:1", "-o", "docker-daemon:"})));
  EXPECT_TRUE(succeeded(pack({"verify", "docker-daemon:seen:1"})));
  EXPECT_TRUE(contains(pack({"inspect", "--files", "docker-daemon:seen:1"}).out, "/usr/bin/bash"));
  write_file(dir_ / "new", "new");
  ASSERT_TRUE(
      succeeded(pack({"/bin/bash", "-a", (dir_ / "new").string() + ":/new", "--base",
                      "docker-daemon:seen:1", "-t", "upper:seen", "-o", "docker-daemon:"})));
  EXPECT_EQ(run_in("upper:seen", "cat /new"), "new");
}

TEST_F(DaemonTest, OfSeveralPlatformsItsOwnIsNamed) {
  ASSERT_TRUE(succeeded(pack({"/bin/cat", "-t", "two:1", "-o", "amd64.tar"})));
  ASSERT_TRUE(
      succeeded(pack({"/bin/cat", "-t", "two:1", "--platform", "linux/arm64", "-o", "arm64.tar"})));
  const Outcome copied = pack({"copy", "amd64.tar", "arm64.tar", "docker-daemon:two:1", "--json"});
  ASSERT_TRUE(succeeded(copied));
  EXPECT_TRUE(contains(copied.out, "linux/amd64")) << copied;
  EXPECT_FALSE(contains(copied.out, "linux/arm64")) << copied;
}

TEST_F(DaemonTest, AnImageThatIsNotThereIsSaid) {
  EXPECT_TRUE(refused(pack({"copy", "docker-daemon:nothing:1", "out.tar"}), 1, {"nothing:1"}));
  EXPECT_TRUE(names_in(dir_).empty());
}

TEST_F(DaemonTest, TheContextOfDockersConfigIsUsed) {
  const std::string config = (dir_ / "config").string();
  ASSERT_TRUE(succeeded(
      run({.argv = {"docker", "context", "create", "mine", "--docker", "host=" + engine_->host()},
           .environment = {{"DOCKER_CONFIG", config}}})));
  ASSERT_TRUE(succeeded(run(
      {.argv = {"docker", "context", "use", "mine"}, .environment = {{"DOCKER_CONFIG", config}}})));
  Command build = pack_command({"/bin/bash", "-t", "context:1", "-o", "docker-daemon:"});
  build.environment["DOCKER_CONFIG"] = config;
  build.environment["DOCKER_HOST"] = std::nullopt;
  ASSERT_TRUE(succeeded(run(build)));
  EXPECT_TRUE(has("context:1"));
  build.environment["DOCKER_CONTEXT"] = "lost";
  EXPECT_TRUE(refused(run(build), 1, {"lost"}));
}

/// An engine by the test, which can be wrong.
class FakeEngineTest : public PackTest {
 protected:
  using Answers = std::function<void(int socket, const std::string& head)>;

  Outcome build_into(const Answers& answers) const {
    const std::string path = (dir_ / "socket").string();
    std::filesystem::remove(path);  // of the engine before
    const test::RawServer server(
        [&](int socket, int) {
          for (std::string head; !(head = test::read_head(socket)).empty();) answers(socket, head);
        },
        path);
    Command command = pack_command({"/bin/bash", "-t", "a:1", "-o", "docker-daemon:"});
    command.environment["DOCKER_HOST"] = "unix://" + path;
    return run(command);
  }

  static void answer(int socket, const std::string& body, const std::string& status = "200 OK") {
    test::send_text(socket, "HTTP/1.1 " + status + "\r\nContent-Length: " +
                                std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  static bool is_load(const std::string& head) { return head.starts_with("POST /images/load"); }
  static void answer_version(int socket) {
    answer(socket, R"({"Version":"20.10.0","Os":"linux","Arch":"amd64"})");
  }
  /// Reads a chunked body to its end.
  static void take_body(int socket) {
    std::string seen;
    char piece[65536];
    while (!seen.ends_with("\r\n0\r\n\r\n")) {
      const ssize_t n = ::recv(socket, piece, sizeof piece, 0);
      if (n <= 0) return;
      seen = seen.substr(seen.size() - std::min<size_t>(seen.size(), 16)) +
             std::string(piece, static_cast<size_t>(n));
    }
  }
  /// The answer to a load that was read to its end.
  Outcome load_answered(const std::string& body, const std::string& status = "200 OK") const {
    return build_into([=](int socket, const std::string& head) {
      if (!is_load(head)) return answer_version(socket);
      take_body(socket);
      answer(socket, body, status);
    });
  }
};

TEST_F(FakeEngineTest, ItsWordIsTaken) {
  EXPECT_TRUE(succeeded(load_answered("{\"stream\":\"Loaded image: a:1\\n\"}\r\n")));
}

TEST_F(FakeEngineTest, ItsErrorsAreShown) {
  EXPECT_TRUE(refused(load_answered("{\"stream\":\"x\"}\r\n{\"errorDetail\":{\"message\":\"disk is "
                                    "full\"},\"error\":\"disk is full\"}\r\n"),
                      1, {"disk is full"}));
  EXPECT_TRUE(refused(load_answered("{\"message\":\"go away\"}", "500 Internal Server Error"), 1,
                      {"go away"}));
}

TEST_F(FakeEngineTest, NonsenseIsAnError) {
  for (const char* body : {"", "<html>", "{}", "[1]", "{\"stream\":5}", "{\"errorDetail\":7}",
                           "{\"stream\":\"Loaded image: a\"", "\xff\xfe"})
    EXPECT_TRUE(refused(load_answered(body), 1, {"does not load the image"})) << body;
  EXPECT_TRUE(refused(load_answered("", "404 Not Found"), 1, {"404"}));
  for (const char* version : {"", "<html>", "[]", "{\"Arch\":1}"})
    EXPECT_TRUE(
        refused(build_into([&](int socket, const std::string&) { answer(socket, version); }), 1,
                {"no Docker engine"}))
        << version;
}

TEST_F(FakeEngineTest, ARefusalWhileTheImageIsSentIsShown) {
  EXPECT_TRUE(refused(build_into([](int socket, const std::string& head) {
                        if (!is_load(head)) return answer_version(socket);
                        answer(socket, "{\"message\":\"not today\"}", "403 Forbidden");
                        ::shutdown(socket, SHUT_WR);
                        take_body(socket);
                      }),
                      1, {"not today"}));
}

TEST_F(FakeEngineTest, AnEngineThatGoesAwayIsAnError) {
  EXPECT_TRUE(refused(build_into([](int socket, const std::string& head) {
                        if (!is_load(head)) return answer_version(socket);
                        ::shutdown(socket, SHUT_RDWR);
                      }),
                      1, {"Docker engine"}));
}

// As a source.

TEST_F(FakeEngineTest, AnImageThatDoesNotComeWholeIsAnError) {
  const auto copy_out = [this](const std::string& answer_to_get) {
    const std::string path = (dir_ / "socket").string();
    std::filesystem::remove(path);
    const test::RawServer server(
        [&](int socket, int) {
          for (std::string head; !(head = test::read_head(socket)).empty();) {
            if (contains(head, "/json")) {
              answer(socket, R"({"RepoTags":["a:1"]})");
            } else if (!contains(head, "/get")) {
              answer_version(socket);
            } else {
              test::send_text(socket, answer_to_get);
              ::shutdown(socket, SHUT_RDWR);
            }
          }
        },
        path);
    Command command = pack_command({"copy", "docker-daemon:a:1", "a.tar"});
    command.environment["DOCKER_HOST"] = "unix://" + path;
    return run(command);
  };
  EXPECT_TRUE(refused(copy_out("HTTP/1.1 500 Oh\r\nContent-Length: 23\r\n\r\n"
                               "{\"message\":\"disk died\"}"),
                      1, {"disk died"}));
  EXPECT_TRUE(refused(copy_out("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd"), 1,
                      {"docker-daemon:a:1"}));
  EXPECT_TRUE(refused(copy_out("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"), 1,
                      {"docker-daemon:a:1"}));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "a.tar"));
}

/// An engine that is heard over the network.
test::FakeServer::Handler network_engine() {
  return [](const test::FakeRequest& request) -> test::FakeResponse {
    if (request.path() == "/images/load")
      return {.body = "{\"stream\":\"Loaded image: a:1\\n\"}\r\n"};
    return {.body = R"({"Version":"20.10.0","Os":"linux","Arch":"amd64"})"};
  };
}

TEST_F(FakeEngineTest, IsHeardOverTcp) {
  const test::FakeServer engine(network_engine());
  Command command = pack_command({"/bin/bash", "-t", "a:1", "-o", "docker-daemon:", "-o", "a.tar"});
  command.environment["DOCKER_HOST"] = "tcp://" + engine.authority();
  ASSERT_TRUE(succeeded(run(command)));
  const test::FakeRequest load = engine.requests().back();
  EXPECT_EQ(load.path(), "/images/load");
  write_file(dir_ / "sent.tar", load.body);
  EXPECT_EQ(run_pack({"inspect", "--config", "sent.tar"}).out,
            run_pack({"inspect", "--config", "a.tar"}).out);
}

TEST_F(FakeEngineTest, IsHeardOverTls) {
  PACK_REQUIRE_TOOL("openssl");
  const test::ServerCertificate certificate(dir_);
  const test::FakeServer engine(network_engine(), certificate);
  Command command = pack_command({"/bin/bash", "-t", "a:1", "-o", "docker-daemon:"});
  command.environment["DOCKER_HOST"] = "tcp://" + engine.authority();
  command.environment["DOCKER_TLS_VERIFY"] = "1";
  command.environment["DOCKER_CERT_PATH"] = dir_.string();
  EXPECT_NE(run(command).status, 0) << "nobody says that this certificate is to be trusted";
  std::filesystem::copy_file(certificate.file(), dir_ / "ca.pem");
  EXPECT_TRUE(succeeded(run(command)));
}

TEST_F(FakeEngineTest, AnEngineThatIsNotThereIsSaid) {
  const auto build = [this](const std::string& host) {
    Command command =
        pack_command({"/bin/bash", "-t", "a:1", "-o", "docker-daemon:", "-o", "a.tar"});
    command.environment["DOCKER_HOST"] = host;
    return run(command);
  };
  EXPECT_TRUE(
      refused(build("unix:///nowhere/docker.sock"), 1, {"/nowhere/docker.sock", "DOCKER_HOST"}));
  EXPECT_TRUE(refused(build("tcp://127.0.0.1:1"), 1, {"127.0.0.1:1", "refused"}));
  EXPECT_TRUE(refused(build("ssh://me@there"), 1, {"ssh -L"}));
  EXPECT_TRUE(refused(build("npipe:////./pipe/docker_engine"), 1, {"unix://"}));
  EXPECT_TRUE(names_in(dir_).empty());
}

}  // namespace
}  // namespace pack
