// The oracle is Docker: a Dockerfile that sets over a base what the own config sets.

#include "image/inherit.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "support/docker_engine.h"
#include "support/require.h"

namespace pack {
namespace {

using Json = nlohmann::json;

ImageConfig base() {
  ImageConfig config;
  config.platform = {"linux", "arm", "v7"};
  config.created = "2020-01-01T00:00:00Z";
  config.author = "them";
  config.env = {"PATH=/usr/bin:/bin", "A=1", "B=2"};
  config.entrypoint = {"/bin/base"};
  config.cmd = {"base"};
  config.user = "www";
  config.exposed_ports = {"80/tcp"};
  config.volumes = {"/data"};
  config.labels = {{"a", "1"}, {"b", "2"}};
  config.working_dir = "/srv";
  config.stop_signal = "SIGQUIT";
  config.other = {{"Shell", "[\"/bin/bash\"]"}};
  config.diff_ids = {sha256("base")};
  config.history = {{"2020-01-01T00:00:00Z", "base", "", "", false}};
  return config;
}

TEST(InheritConfig, NothingOfOnesOwnKeepsTheBases) {
  ImageConfig own;
  own.created = "2024-01-01T00:00:00Z";
  own.history = {{"2024-01-01T00:00:00Z", "pack", "", "", false}};
  const ImageConfig out = inherit_config(base(), own);
  ImageConfig expected = base();
  expected.created = own.created;
  expected.author = "";
  expected.history.push_back(own.history[0]);
  expected.diff_ids.push_back(sha256("own"));
  ImageConfig complete = out;
  complete.diff_ids.push_back(sha256("own"));
  EXPECT_EQ(to_json(complete), to_json(expected));
  EXPECT_EQ(out.diff_ids, base().diff_ids);
}

TEST(InheritConfig, ThePlatformIsTheBasesUnlessSet) {
  ImageConfig own;
  EXPECT_EQ(inherit_config(base(), own).platform, base().platform);
  own.platform = {"linux", "arm", "v6"};
  EXPECT_EQ(inherit_config(base(), own).platform, own.platform);
}

TEST(InheritConfig, AHistoryThatTellsOfTooFewLayersIsCompleted) {
  ImageConfig lower = base(), own;
  lower.diff_ids = {sha256("a"), sha256("b"), sha256("c")};
  lower.history = {{.created_by = "a"}, {.created_by = "ENV", .empty_layer = true}};
  own.history = {{.created_by = "own"}};
  const std::vector<History> history = inherit_config(lower, own).history;
  ASSERT_EQ(history.size(), 5U) << "the base's two, one for each of its other layers, our own";
  EXPECT_EQ(history[0].created_by, "a");
  EXPECT_EQ(history[2].created_by + history[3].created_by, "");
  EXPECT_FALSE(history[2].empty_layer || history[3].empty_layer);
  EXPECT_EQ(history[4].created_by, "own");
}

TEST(InheritConfig, AVariableThatTheBaseHasTwiceIsOverridden) {
  ImageConfig lower = base(), own;
  lower.env = {"A=1", "B=1", "A=2"};
  own.env = {"A=3"};
  EXPECT_EQ(inherit_config(lower, own).env, (std::vector<std::string>{"A=3", "B=1"}));
}

/// The members of an image's config that a Dockerfile may set.
Json facts(const Json& config) {
  Json out = Json::object();
  for (const auto* name : {"User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes",
                           "WorkingDir", "Labels", "StopSignal", "Shell"})
    if (config.contains(name) && !config[name].empty() && config[name] != "")
      out[name] = config[name];
  return out;
}

TEST(InheritConfig, DockerInheritsTheSame) {
  PACK_REQUIRE_TOOL("dockerd");
  PACK_REQUIRE_ROOT();
  ImageConfig lower, own_entrypoint, own_command, both;
  lower = base();
  lower.platform = {};
  lower.diff_ids.clear();
  lower.history.clear();
  own_entrypoint.entrypoint = {"/bin/own"};
  own_entrypoint.env = {"A=3", "C=4"};
  own_entrypoint.labels = {{"b", "3"}, {"c", ""}};
  own_command.cmd = {"own"};
  own_command.exposed_ports = {"53/udp"};
  own_command.volumes = {"/more"};
  both.entrypoint = {"/bin/own"};
  both.cmd = {"own", "two"};
  both.user = "root";
  both.working_dir = "/";
  both.stop_signal = "SIGTERM";

  const std::string top =
      "FROM scratch\nENV PATH=/usr/bin:/bin\nENV A=1 B=2\nENTRYPOINT [\"/bin/base\"]\n"
      "CMD [\"base\"]\nUSER www\nEXPOSE 80/tcp\nVOLUME /data\nLABEL a=1 b=2\nWORKDIR /srv\n"
      "STOPSIGNAL SIGQUIT\nSHELL [\"/bin/bash\"]\n";
  const std::vector<std::pair<ImageConfig, std::string>> cases = {
      {ImageConfig(), ""},
      {own_entrypoint, "ENV A=3 C=4\nLABEL b=3 c=\nENTRYPOINT [\"/bin/own\"]\n"},
      {own_command, "EXPOSE 53/udp\nVOLUME /more\nCMD [\"own\"]\n"},
      {both,
       "USER root\nWORKDIR /\nSTOPSIGNAL SIGTERM\nENTRYPOINT [\"/bin/own\"]\n"
       "CMD [\"own\",\"two\"]\n"},
  };
  const DockerEngine engine;
  const TempDir temp;
  write_file(temp / "base/Dockerfile", top);
  ASSERT_EQ(engine.docker({"build", "-q", "-t", "base", (temp / "base").string()}).status, 0);
  for (const auto& [own, dockerfile] : cases) {
    write_file(temp / "own/Dockerfile", "FROM base\n" + dockerfile);
    const Outcome built = engine.docker({"build", "-q", "-t", "own", (temp / "own").string()});
    ASSERT_EQ(built.status, 0) << built;
    const Outcome seen = engine.docker({"inspect", "-f", "{{json .Config}}", "own"});
    ASSERT_EQ(seen.status, 0) << seen;
    EXPECT_EQ(facts(Json::parse(to_json(inherit_config(lower, own)))["config"]),
              facts(Json::parse(seen.out)))
        << dockerfile;
  }
}

}  // namespace
}  // namespace pack
