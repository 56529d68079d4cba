#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "image/config.h"

namespace pack {
namespace {

using Json = nlohmann::json;

const std::string kDiff = "sha256:" + std::string(64, 'd');

std::string config_with(const std::string& members) {
  return R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[")" + kDiff +
         "\"]}" + members + "}";
}

std::string why(const std::string& text) {
  try {
    (void)parse_config(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// As `docker save` of Docker 20.10 has it.
TEST(ParseConfig, ReadsDockersOwn) {
  const ImageConfig read = parse_config(config_with(
      R"(,"config":{"Hostname":"","User":"www","AttachStdin":false,"ExposedPorts":{"80/tcp":{}},)"
      R"("Tty":false,"Env":["PATH=/bin"],"Cmd":["-g"],"Healthcheck":{"Test":["NONE"]},)"
      R"("Image":"sha256:1","Volumes":null,"WorkingDir":"/srv","Entrypoint":["/e"],)"
      R"("OnBuild":null,"Labels":null,"StopSignal":"SIGQUIT"},)"
      R"("container":"x","container_config":{"Cmd":["/bin/sh"]},"docker_version":"20.10",)"
      R"("created":"2024-01-31T12:00:00.123Z","author":"me","os.version":"10",)"
      R"("history":[{"created":"2024-01-31T12:00:00Z","created_by":"/bin/sh -c"},)"
      R"({"comment":"c","author":"a","empty_layer":true}])"));
  EXPECT_EQ(read.created, "2024-01-31T12:00:00.123Z");
  EXPECT_EQ(read.author, "me");
  EXPECT_EQ(read.platform, (Platform{"linux", "amd64", ""}));
  EXPECT_EQ(read.user, "www");
  EXPECT_EQ(read.exposed_ports, std::set<std::string>{"80/tcp"});
  EXPECT_EQ(read.env, std::vector<std::string>{"PATH=/bin"});
  EXPECT_EQ(read.entrypoint, std::vector<std::string>{"/e"});
  EXPECT_EQ(read.cmd, std::vector<std::string>{"-g"});
  EXPECT_EQ(read.working_dir, "/srv");
  EXPECT_EQ(read.stop_signal, "SIGQUIT");
  EXPECT_EQ(read.other.at("Healthcheck"), R"({"Test":["NONE"]})");
  EXPECT_FALSE(read.other.contains("OnBuild"));
  EXPECT_EQ(read.diff_ids, std::vector<Digest>{Digest(kDiff)});
  ASSERT_EQ(read.history.size(), 2U);
  EXPECT_EQ(read.history[0].created_by, "/bin/sh -c");
  EXPECT_TRUE(read.history[1].empty_layer);
}

TEST(ParseConfig, NullCountsAsAbsent) {
  const ImageConfig read = parse_config(
      R"({"architecture":"amd64","os":"linux","created":null,"config":null,"history":null,)"
      R"("variant":null,"rootfs":{"type":"layers","diff_ids":null}})");
  EXPECT_TRUE(read.diff_ids.empty());
  EXPECT_TRUE(read.created.empty());
  EXPECT_TRUE(read.history.empty());
}

TEST(ParseConfig, ReadsWindowsConfigs) {
  const ImageConfig read = parse_config(
      R"({"architecture":"amd64","os":"windows","os.version":"10.0.17763.1","os.features":["x"],)"
      R"("config":{"User":"ContainerUser","WorkingDir":"C:\\app","Cmd":["c:\\x.exe"]},)"
      R"("rootfs":{"type":"layers","diff_ids":[]}})");
  EXPECT_EQ(read.platform.os, "windows");
  EXPECT_EQ(read.working_dir, "C:\\app");
}

TEST(ParseConfig, TakesAWordForAListAsDockerDoes) {
  EXPECT_EQ(parse_config(config_with(R"(,"config":{"Entrypoint":"/e"})")).entrypoint,
            std::vector<std::string>{"/e"});
}

TEST(ParseConfig, WhatItDoesNotKnowIsWrittenBack) {
  const std::string text = config_with(
      R"(,"config":{"Env":["A=1"],"Healthcheck":{"Test":["CMD","x"],"Interval":30000000000},)"
      R"("Shell":["/bin/bash","-c"],"OnBuild":["RUN x"],"ArgsEscaped":true})");
  EXPECT_EQ(Json::parse(to_json(parse_config(text))), Json::parse(text));
}

TEST(ParseConfig, ManyPortsTakeNoTime) {
  ImageConfig config = parse_config(config_with(""));
  for (int port = 1; port <= 65535; ++port)
    config.exposed_ports.insert(std::to_string(port) + "/tcp");
  EXPECT_EQ(parse_config(to_json(config)).exposed_ports.size(), 65535U);
}

TEST(ParseConfig, NamesWhatItCannotUse) {
  EXPECT_EQ(why(R"({"os":"linux","rootfs":{}})"),
            "the image's config cannot be used: architecture is missing");
  EXPECT_EQ(why(R"({"architecture":"amd64","rootfs":{}})"),
            "the image's config cannot be used: os is missing");
  EXPECT_EQ(why(R"({"architecture":"amd64","os":"linux"})"),
            "the image's config cannot be used: rootfs is missing");
  EXPECT_EQ(why(R"({"architecture":7,"os":"linux","rootfs":{}})"),
            "the image's config cannot be used: architecture is no text");
  EXPECT_EQ(why(R"({"architecture":"a","os":"linux","rootfs":[]})"),
            "the image's config cannot be used: rootfs is no object");
  EXPECT_EQ(why(config_with(R"(,"config":{"Env":["A=1",2]})")),
            "the image's config cannot be used: config.Env[1] is no text");
  EXPECT_EQ(why(config_with(R"(,"config":{"env":["A=1"]})")),
            "the image's config cannot be used: config.Env is written env");
  EXPECT_EQ(why(config_with(R"(,"config":{"Volumes":{"/a":1}})")),
            "the image's config cannot be used: config.Volumes./a is no object");
  EXPECT_EQ(why(config_with(R"(,"history":[{"empty_layer":"yes"}])")),
            "the image's config cannot be used: history[0].empty_layer is neither true nor false");
  EXPECT_EQ(why(R"({"architecture":"a","os":"linux","rootfs":{"diff_ids":["sha256:0"]}})"),
            "the image's config cannot be used: rootfs.diff_ids[0] is not a sha256 digest: "
            "sha256:0");
}

}  // namespace
}  // namespace pack
