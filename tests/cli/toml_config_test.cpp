// --config FILE: the same options from a TOML file.

#include "cli/toml_config.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "cli/build_options.h"
#include "support/shell.h"

namespace pack::test {
namespace {

using Texts = std::vector<std::string>;

class TomlConfig : public ::testing::Test {
 protected:
  BuildOptions parse(const std::string& toml, Texts words = {}) const {
    const std::string path = folder_.str() + "/pack.toml";
    std::ofstream(path) << toml;
    words.insert(words.end(), {"--config", path});
    std::reverse(words.begin(), words.end());
    CLI::App app;
    BuildOptions options;
    add_build_options(app, options);
    app.parse(words);
    return options;
  }

  TemporaryFolder folder_;
};

TEST_F(TomlConfig, HasEveryKindOfValue) {
  const BuildOptions options = parse(R"(
# a comment
program = ["/bin/bash", "/bin/ls"]
tag = "tools:v1"
env = {LANG = "C", EMPTY = ""}
expose = [8080, "53/udp"]
bare = true
workdir = '/srv'
created = 2024-01-31T12:00:00Z
)");
  EXPECT_EQ(options.programs, (Texts{"/bin/bash", "/bin/ls"}));
  EXPECT_EQ(options.tags, Texts{"tools:v1"});
  Texts environment = options.environment;
  std::sort(environment.begin(), environment.end());
  EXPECT_EQ(environment, (Texts{"EMPTY=", "LANG=C"}));
  EXPECT_EQ(options.ports, (Texts{"8080", "53/udp"}));
  EXPECT_TRUE(options.bare);
  EXPECT_EQ(options.working_dir, "/srv");
  EXPECT_EQ(options.created, "2024-01-31T12:00:00Z");
}

TEST_F(TomlConfig, TheCommandLineWins) {
  const BuildOptions options =
      parse("program = \"a\"\ntag = \"config\"\nuser = \"1\"\n", {"-t", "typed", "-u", "2"});
  EXPECT_EQ(options.tags, Texts{"typed"});
  EXPECT_EQ(options.user, "2");
  EXPECT_EQ(options.programs, Texts{"a"});
}

TEST_F(TomlConfig, ValuesMayHoldWhatTheParserOfOptionsWouldSplit) {
  const BuildOptions options = parse(
      "env = [\"A=b c\", \"B=x,y\", \"C=\\\"q\\\"\", \"D=[1]\"]\n"
      "entrypoint = '[\"/bin/sh\", \"-c\"]'\nadd = [\"a b\"]\n");
  EXPECT_EQ(options.environment, (Texts{"A=b c", "B=x,y", "C=\"q\"", "D=[1]"}));
  EXPECT_EQ(options.entrypoint, "[\"/bin/sh\", \"-c\"]");
  EXPECT_EQ(options.additions, Texts{"a b"});
}

TEST_F(TomlConfig, WhatIsWrongIsRefused) {
  for (const char* toml : {"tag = ", "tag \"x\"", "tag = \"a\"\ntag = \"b\"", "tag = 1.5"})
    EXPECT_THROW(parse(toml), UsageError) << toml;
  for (const char* toml : {"no-such-option = 1", "[section]\ntag = \"x\""})
    EXPECT_ANY_THROW(parse(toml)) << toml;
}

}  // namespace
}  // namespace pack::test
