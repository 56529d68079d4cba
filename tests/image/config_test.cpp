#include "image/config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "image/config_fields.h"
#include "image/refused.h"
#include "support/shell.h"

namespace pack {
namespace {

using test::refused;

ImageConfig smallest() {
  ImageConfig config;
  config.created = "1970-01-01T00:00:00Z";
  config.platform = {"linux", "amd64", ""};
  return config;
}

// What is written here is promised for good: a config's digest is the image's id.
TEST(Config, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(to_json(smallest()),
            R"({"created":"1970-01-01T00:00:00Z","architecture":"amd64","os":"linux","config":{},)"
            R"("rootfs":{"type":"layers","diff_ids":[]}})");
}

TEST(Config, HasOneOrderOfMembers) {
  ImageConfig config = smallest();
  config.author = "me";
  config.platform = {"linux", "arm", "v7"};
  config.user = "1000:1000";
  config.exposed_ports = {"80/tcp", "53/udp"};
  config.env = {"PATH=/bin", "A=1"};
  config.entrypoint = {"/bin/bash"};
  config.cmd = {"-c", "echo \"hi\"\n"};
  config.volumes = {"/data"};
  config.working_dir = "/srv";
  config.labels = {{"b", "2"}, {"a", "<1>"}};
  config.stop_signal = "SIGTERM";
  config.diff_ids = {sha256("layer")};
  config.history = {{"1970-01-01T00:00:00Z", "pack", "me", "one", false},
                    {"1970-01-01T00:00:00Z", "pack", "", "", true}};
  EXPECT_EQ(
      to_json(config),
      R"({"created":"1970-01-01T00:00:00Z","author":"me","architecture":"arm","os":"linux",)"
      R"("variant":"v7","config":{"User":"1000:1000","ExposedPorts":{"53/udp":{},"80/tcp":{}},)"
      R"("Env":["PATH=/bin","A=1"],"Entrypoint":["/bin/bash"],"Cmd":["-c","echo \"hi\"\n"],)"
      R"("Volumes":{"/data":{}},"WorkingDir":"/srv","Labels":{"a":"<1>","b":"2"},)"
      R"("StopSignal":"SIGTERM"},"rootfs":{"type":"layers","diff_ids":[)"
      R"("sha256:dac1d7cfa95021764849fd102524e141488c5e3a90f861dbb5a12d9ac8584f85"]},)"
      R"("history":[{"created":"1970-01-01T00:00:00Z","created_by":"pack","author":"me",)"
      R"("comment":"one"},{"created":"1970-01-01T00:00:00Z","created_by":"pack",)"
      R"("empty_layer":true}]})");
}

TEST(Config, RefusesTextThatJsonCannotHold) {
  const auto why = [](auto change) {
    ImageConfig config = smallest();
    change(config);
    return refused([&] { return to_json(config); });
  };
  EXPECT_EQ(why([](ImageConfig& c) { c.cmd = {"caf\xe9"}; }),
            "Cmd: \"caf\\xe9\" is not UTF-8, and image metadata can hold nothing else; write it in "
            "UTF-8");
  EXPECT_NE(why([](ImageConfig& c) { c.labels["\xff"] = ""; }), "");
  EXPECT_NE(why([](ImageConfig& c) { c.labels["a"] = "\xed\xa0\x80"; }), "");  // half of a pair
  EXPECT_NE(why([](ImageConfig& c) { c.volumes = {"/\xc0\xaf"}; }), "");       // '/' in two bytes
  EXPECT_NE(why([](ImageConfig& c) { c.author = std::string("a\0b", 3); }), "");
  EXPECT_EQ(why([](ImageConfig& c) { c.author = "Zo\xc3\xab \xf0\x9f\x93\xa6"; }), "");
}

TEST(Config, RefusesWhatNoEngineTakes) {
  ImageConfig config = smallest();
  config.diff_ids.resize(125);
  EXPECT_NO_THROW(to_json(config));
  config.diff_ids.resize(126);
  EXPECT_THROW(to_json(config), Error);

  config = smallest();
  config.history.resize(1);
  EXPECT_THROW(to_json(config), Error);
  config.history[0].empty_layer = true;
  EXPECT_NO_THROW(to_json(config));

  config.labels["a"] = std::string(4 * 1024 * 1024, 'x');
  EXPECT_NE(refused([&] { return to_json(config); }).find("at most 4 MiB"), std::string::npos);
}

TEST(Config, AllPortsAtOnceAreQuick) {
  ImageConfig config = smallest();
  for (std::string& port : parse_exposed_port("1-65535")) config.exposed_ports.insert(port);
  EXPECT_EQ(nlohmann::json::parse(to_json(config))["config"]["ExposedPorts"].size(), 65535U);
}

TEST(Rfc3339, IsWhatDateSays) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
  for (const std::int64_t seconds :
       {1LL, 951782400LL, 1700000000LL, 4102444799LL, 253402300799LL}) {
    const std::string command = "date -u -d @" + std::to_string(seconds) + " +%Y-%m-%dT%H:%M:%SZ";
    EXPECT_EQ(rfc3339(seconds) + "\n", test::run(command).output);
  }
}

TEST(Rfc3339, RefusesYearsThatItCannotWrite) {
  EXPECT_NE(refused([] { return rfc3339(253402300800); }), "");
  EXPECT_NE(refused([] { return rfc3339(-99999999999999); }), "");
  EXPECT_NE(refused([] { return rfc3339(INT64_MAX); }), "");
}

}  // namespace
}  // namespace pack
