// Where the engine is: what docker(1) itself writes is read, and what it would do is done.

#include "transport/engine_endpoint.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/error.h"
#include "support/shell.h"

namespace pack {
namespace {

class FindEngineTest : public testing::Test {
 protected:
  EngineEndpoint find(std::map<std::string, std::string> environment) const {
    Access access;
    access.environment = std::move(environment);
    access.environment.try_emplace("DOCKER_CONFIG", folder_.str());
    return find_engine(access);
  }
  void docker(const std::string& arguments) const {
    const test::ToolRun outcome = test::run(
        "cd " + folder_.str() + " && env DOCKER_CONFIG=" + folder_.str() + " docker " + arguments);
    ASSERT_EQ(outcome.status, 0) << outcome.output;
  }
  std::string at(const std::string& name) const { return folder_.str() + "/" + name; }

  test::TemporaryFolder folder_;
};

TEST_F(FindEngineTest, UsuallyAtItsSocket) { EXPECT_EQ(find({}).socket, "/var/run/docker.sock"); }

TEST_F(FindEngineTest, ByDockerHost) {
  EXPECT_EQ(find({{"DOCKER_HOST", "unix:///x/y"}}).socket, "/x/y");
  EXPECT_EQ(find({{"DOCKER_HOST", "unix://"}}).socket, "/var/run/docker.sock");
  EXPECT_EQ(find({{"DOCKER_HOST", "tcp://"}}).root.authority(), "localhost:2375");
  const EngineEndpoint tcp = find({{"DOCKER_HOST", "tcp://there"}});
  EXPECT_EQ(tcp.socket, "");
  EXPECT_EQ(tcp.root.scheme + " " + tcp.root.host, "http there");
  EXPECT_EQ(tcp.root.port, 2375);
  EXPECT_EQ(find({{"DOCKER_HOST", "tcp://there:80"}}).root.port, 80);
  EXPECT_EQ(find({{"DOCKER_HOST", "there:99"}}).root.port, 99);
}

TEST_F(FindEngineTest, WithTls) {
  write_file(at("certs/ca.pem"), "");
  write_file(at("certs/cert.pem"), "");
  write_file(at("certs/key.pem"), "");
  const EngineEndpoint tls = find({{"DOCKER_HOST", "tcp://there"},
                                   {"DOCKER_TLS_VERIFY", "1"},
                                   {"DOCKER_CERT_PATH", at("certs")}});
  EXPECT_EQ(tls.root.scheme, "https");
  EXPECT_EQ(tls.root.port, 2376);
  EXPECT_EQ(tls.trust.ca_file, at("certs/ca.pem"));
  EXPECT_EQ(tls.trust.authorities, TlsTrust::Authorities::only);
  EXPECT_EQ(tls.trust.client_certificate, at("certs/cert.pem"));
  EXPECT_EQ(tls.trust.client_key, at("certs/key.pem"));
  EXPECT_FALSE(tls.trust.unverified);
}

TEST_F(FindEngineTest, ByTheContextThatDockerWrote) {
  PACK_REQUIRE_TOOL("docker");
  docker("context create one --docker host=unix:///one.sock");
  ASSERT_EQ(test::run("cd " + folder_.str() +
                      " && openssl req -x509 -newkey rsa:2048 -nodes "
                      "-keyout key.pem -out ca.pem -subj /CN=x")
                .status,
            0);
  docker(
      "context create two --docker "
      "host=tcp://two:99,ca=ca.pem,cert=ca.pem,key=key.pem,skip-tls-verify=true");
  EXPECT_EQ(find({}).socket, "/var/run/docker.sock");
  docker("context use one");
  EXPECT_EQ(find({}).socket, "/one.sock");
  EXPECT_EQ(find({{"DOCKER_CONTEXT", "default"}}).socket, "/var/run/docker.sock");
  EXPECT_EQ(find({{"DOCKER_HOST", "unix:///x"}}).socket, "/x");
  const EngineEndpoint two = find({{"DOCKER_CONTEXT", "two"}});
  EXPECT_EQ(two.root.str(), "https://two:99/");
  EXPECT_TRUE(two.trust.unverified);
  EXPECT_TRUE(test::run("cmp " + two.trust.ca_file + " " + at("ca.pem")).status == 0);
  EXPECT_NE(two.trust.client_key, "");
}

TEST_F(FindEngineTest, WhatCannotBeReachedIsSaid) {
  for (const char* host : {"ssh://me@there", "npipe:////x", "fd://", "tcp://a:x", "tcp://us:er@a"})
    EXPECT_THROW(find({{"DOCKER_HOST", host}}), Error) << host;
  EXPECT_THROW(find({{"DOCKER_CONTEXT", "nothing"}}), Error);
  for (const char* config : {"", "[]", "{", "\xff"}) {
    write_file(at("config.json"), config);
    EXPECT_THROW(find({}), Error) << config;
  }
  for (const char* config : {"{}", "{\"currentContext\":5}", "{\"currentContext\":\"default\"}"}) {
    write_file(at("config.json"), config);
    EXPECT_EQ(find({}).socket, "/var/run/docker.sock") << config;
  }
  write_file(at("config.json"), "{\"currentContext\":\"x\"}");
  write_file(at("contexts/meta/" + sha256("x").hex() + "/meta.json"), "{\"Endpoints\":[]}");
  EXPECT_THROW(find({}), Error);
}

}  // namespace
}  // namespace pack
