#include <gtest/gtest.h>

#include "image/config.h"

namespace pack {
namespace {

using Faults = std::vector<std::string>;

const std::string kDiff = "\"sha256:" + std::string(64, 'd') + "\"";

std::string config_with(const std::string& members, const std::string& os = "linux") {
  return R"({"architecture":"amd64","os":")" + os + R"(","rootfs":{"type":"layers","diff_ids":[)" +
         kDiff + "]}" + members + "}";
}

Faults faults_with(const std::string& execution) {
  return config_faults(config_with(",\"config\":" + execution));
}

TEST(ConfigFaults, FindsNoneInAGoodConfig) {
  EXPECT_EQ(config_faults(config_with("")), Faults{});
  EXPECT_EQ(faults_with("null"), Faults{});
  EXPECT_EQ(faults_with(R"({"User":"1000:www-data","Env":["A=","B=c=d"],"WorkingDir":"/",)"
                        R"("ExposedPorts":{"80":{},"53/udp":{}},"Volumes":{"/data":{}},)"
                        R"("StopSignal":"9","Labels":{"a":""},"Cmd":null,"Healthcheck":{}})"),
            Faults{});
}

TEST(ConfigFaults, AreToldAllTogether) {
  EXPECT_EQ(
      config_faults(
          R"({"os":"","created":"yesterday","config":{"Env":["A"],"User":"4294967296",)"
          R"("WorkingDir":"srv","StopSignal":"SIGNONE","ExposedPorts":{"0/tcp":{}},)"
          R"("Volumes":{"data":{}},"Cmd":["a\u0000b"],"Labels":{"a":1}},"rootfs":{"type":"x",)"
          R"("diff_ids":[]},"history":[{"created":"2024-02-30T00:00:00Z"}]})"),
      (Faults{"architecture is missing", "os is empty",
              "created is no moment as RFC 3339 writes it: yesterday",
              "config.Cmd: \"a\\x00b\" holds a NUL byte; write it without",
              "config.Env: A is no NAME=VALUE",
              "config.ExposedPorts: 0/tcp is no PORT or PORT/tcp, /udp or /sctp",
              "config.Labels.a is no text", "rootfs.type is not \"layers\"",
              "history[0].created is no moment as RFC 3339 writes it: 2024-02-30T00:00:00Z",
              "the history names 1 layers, and there are 0: Docker does not load such an "
              "image"}));
}

TEST(ConfigFaults, OfALinuxImage) {
  EXPECT_EQ(faults_with(R"({"User":"4294967296"})"),
            Faults{"config.User: 4294967296 is no USER or USER:GROUP that engines start"});
  EXPECT_EQ(faults_with(R"({"WorkingDir":"srv"})"),
            Faults{"config.WorkingDir: srv is no absolute path, and engines refuse it"});
  EXPECT_EQ(faults_with(R"({"StopSignal":"SIGNONE"})"),
            Faults{"config.StopSignal: SIGNONE is no signal of Linux"});
  EXPECT_EQ(faults_with(R"({"Volumes":{"data":{}}})"),
            Faults{"config.Volumes: data is no absolute path of a folder"});
  EXPECT_EQ(config_faults(
                config_with(R"(,"config":{"User":"A\\b c","WorkingDir":"C:\\app"})", "windows")),
            Faults{});
}

TEST(ConfigFaults, CountLayers) {
  std::string layers;
  for (int i = 0; i < 126; ++i) layers += (i ? "," : "") + kDiff;
  EXPECT_EQ(
      config_faults(R"({"architecture":"a","os":"linux","rootfs":{"type":"layers","diff_ids":[)" +
                    layers + "]}}"),
      Faults{"there are 126 layers, and engines take at most 125"});
  EXPECT_EQ(config_faults(config_with(R"(,"history":[{},{"empty_layer":true}])")), Faults{});
  EXPECT_EQ(config_faults(config_with(R"(,"history":[{},{}])")).size(), 1U);
}

TEST(ConfigFaults, TakeAnyText) {
  EXPECT_EQ(config_faults(""), Faults{"it is not JSON at byte 1"});
  EXPECT_EQ(config_faults("[]"), Faults{"it is no object"});
  EXPECT_EQ(config_faults("{}"),
            (Faults{"architecture is missing", "os is missing", "rootfs is missing"}));
  EXPECT_EQ(config_faults(R"({"os":"a","os":"b"})"),
            Faults{"the member os stands twice in one object"});
}

}  // namespace
}  // namespace pack
