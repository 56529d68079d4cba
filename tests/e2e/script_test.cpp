// Scripts: the first line is a program that goes along, as the kernel would start it.

#include "support/bare_root.h"
#include "support/pack_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

class ScriptTest : public PackTest {
 protected:
  /// Packs the script and starts it in the image; the result is what it prints.
  std::string printed_in_image(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {(dir_ / name).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const fs::path image = rootfs(arguments);
    const Outcome there = run_in_root(image, {(dir_ / name).string(), "argument"});
    EXPECT_TRUE(succeeded(there));
    const Outcome here = run({.argv = {(dir_ / name).string(), "argument"}});
    EXPECT_EQ(there.out, here.out) << "as it does here";
    return there.out;
  }
};

TEST_F(ScriptTest, AShellScriptBringsItsShell) {
  write_file(dir_ / "hello.sh", "#!/bin/sh\necho \"hello $1\"\n", 0755);
  EXPECT_EQ(printed_in_image("hello.sh"), "hello argument\n");
}

TEST_F(ScriptTest, BlanksAndAnArgumentOnTheFirstLine) {
  write_file(dir_ / "strict.sh", "#! \t/bin/sh -eu \t\necho before; false; echo after\n", 0755);
  const fs::path image = rootfs({(dir_ / "strict.sh").string()});
  const Outcome there = run_in_root(image, {(dir_ / "strict.sh").string()});
  EXPECT_EQ(there.out, "before\n");
  EXPECT_EQ(there.status, 1);
}

TEST_F(ScriptTest, EnvBringsItselfAndTheProgramThatItFinds) {
  write_file(dir_ / "env.sh", "#!/usr/bin/env bash\necho \"${BASH_VERSION:+bash} $1\"\n", 0755);
  EXPECT_EQ(printed_in_image("env.sh"), "bash argument\n");
}

TEST_F(ScriptTest, EnvSplitsItsArgument) {
  write_file(dir_ / "split.sh",
             "#!/usr/bin/env -S bash --norc -u\necho \"${BASH_VERSION:+bash} $1\"\n", 0755);
  EXPECT_EQ(printed_in_image("split.sh"), "bash argument\n");
}

TEST_F(ScriptTest, EnvSplitsItsArgumentWithVariables) {
  write_file(dir_ / "set.sh", "#!/usr/bin/env -S K=V bash\necho \"$K $1\"\n", 0755);
  EXPECT_EQ(printed_in_image("set.sh"), "V argument\n");
}

TEST_F(ScriptTest, AnInterpreterThatIsAScript) {
  const std::string inner = (dir_ / "inner").string();
  write_file(inner, "#!/bin/sh\necho \"inner $1 $2\"\n", 0755);
  write_file(dir_ / "outer", "#!" + inner + "\nnot read by a shell\n", 0755);
  EXPECT_EQ(printed_in_image("outer"), "inner " + (dir_ / "outer").string() + " argument\n");
}

TEST_F(ScriptTest, ALastLineWithoutNewline) {
  write_file(dir_ / "short", "#!/bin/cat", 0755);
  const fs::path image = rootfs({(dir_ / "short").string()});
  EXPECT_EQ(run_in_root(image, {(dir_ / "short").string()}).out, "#!/bin/cat");
}

TEST_F(ScriptTest, WhatTheScriptCallsIsNamedByTheUser) {
  write_file(dir_ / "one.sh", "#!/bin/sh\nuname\n", 0755);
  EXPECT_EQ(printed_in_image("one.sh", {"/bin/uname"}), "Linux\n");
}

TEST_F(ScriptTest, AMissingInterpreterIsNamed) {
  write_file(dir_ / "lost.sh", "#!/opt/none/interpreter -x\n", 0755);
  EXPECT_TRUE(refused(run_pack({(dir_ / "lost.sh").string(), "-t", "lost"}), 1,
                      {"/opt/none/interpreter", "lost.sh"}));
  EXPECT_FALSE(fs::exists(dir_ / "lost.tar"));
}

TEST_F(ScriptTest, AProgramThatEnvDoesNotFindIsNamed) {
  write_file(dir_ / "lost.sh", "#!/usr/bin/env no-such-program-anywhere\n", 0755);
  EXPECT_TRUE(refused(run_pack({(dir_ / "lost.sh").string(), "-t", "lost"}), 1,
                      {"no-such-program-anywhere", "lost.sh"}));
}

TEST_F(ScriptTest, ScriptsThatRunEachOtherAreRefused) {
  write_file(dir_ / "a", "#!" + (dir_ / "b").string() + "\n", 0755);
  write_file(dir_ / "b", "#!" + (dir_ / "a").string() + "\n", 0755);
  Command command = pack_command({(dir_ / "a").string(), "-t", "circle"});
  command.timeout_seconds = 10;
  EXPECT_TRUE(refused(run(command), 1, {(dir_ / "b").string()}));
}

TEST_F(ScriptTest, AScriptWithoutTheExecutableBitIsRefused) {
  write_file(dir_ / "plain.sh", "#!/bin/sh\necho\n", 0644);
  const Outcome outcome = run_pack({(dir_ / "plain.sh").string(), "-t", "plain"});
  EXPECT_TRUE(refused(outcome, 1, {"plain.sh"})) << "no engine could start it";
}

}  // namespace
}  // namespace pack
