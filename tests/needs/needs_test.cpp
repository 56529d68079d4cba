#include "needs/needs.h"

#include <gtest/gtest.h>

#include "closure/memory_elf.h"

namespace pack::test {
namespace {

constexpr const char* kPath = "/usr/bin:relative::/bin";

Needs needs_of(const FileTree& tree, const Texts& programs, const Texts& additions = {}) {
  std::vector<AdditionRequest> requests;
  for (const std::string& text : additions) requests.push_back(parse_addition(text));
  ElfCache elves;
  return find_needs(tree, elves, programs, find_additions(tree, requests), kPath);
}

std::string refusal(const FileTree& tree, const std::string& program) {
  try {
    needs_of(tree, {program});
  } catch (const Error& error) {
    return error.what();
  }
  return "taken";
}

MemoryTree::Node script(const std::string& line, uint32_t mode = 0755) {
  return file(line + "\n", mode);
}

/// "SCRIPT -> PROGRAM"
Texts uses(const Needs& needs) {
  Texts texts;
  for (const ScriptUse& use : needs.scripts) texts.push_back(use.script + " -> " + use.program);
  return texts;
}

TEST(Needs, AProgramIsItself) {
  const MemoryTree tree{{"/p", program()}, {"/q", program()}};
  EXPECT_EQ(needs_of(tree, {"/p", "/q", "/p"}).programs, (Texts{"/p", "/q"}));
}

TEST(Needs, AScriptBringsItsInterpreter) {
  const MemoryTree tree{
      {"/s", script("#!/bin/sh -e")}, {"/bin/sh", symlink_to("dash")}, {"/bin/dash", program()}};
  const Needs needs = needs_of(tree, {"/s"});
  EXPECT_EQ(needs.programs, (Texts{"/bin/sh"}));
  ASSERT_EQ(needs.scripts.size(), 1U);
  EXPECT_EQ(needs.scripts[0].line, "#!/bin/sh -e");
}

TEST(Needs, EnvBringsTheProgramThatItLooksUp) {
  const MemoryTree tree{{"/s", script("#!/usr/bin/env -S LANG=C py -I")},
                        {"/usr/bin/env", program()},
                        {"/usr/bin/py", file("not executable", 0644)},
                        {"/bin/py", program()}};
  const Needs needs = needs_of(tree, {"/s"});
  EXPECT_EQ(needs.programs, (Texts{"/usr/bin/env", "/bin/py"}));
  EXPECT_EQ(uses(needs), (Texts{"/s -> /usr/bin/env", "/s -> /bin/py"}));
}

TEST(Needs, AnInterpreterMayBeAScriptFiveDeep) {
  MemoryTree tree{{"/0", program()}};
  for (int i = 1; i <= 6; ++i)
    tree.put('/' + std::to_string(i), script("#!/" + std::to_string(i - 1)));
  EXPECT_EQ(needs_of(tree, {"/5"}).programs, (Texts{"/0"}));
  EXPECT_EQ(uses(needs_of(tree, {"/2"})), (Texts{"/2 -> /1", "/1 -> /0"}));
  EXPECT_NE(refusal(tree, "/6").find("the kernel would not start it"), std::string::npos);
}

TEST(Needs, ScriptsThatAreEachOthersInterpretersAreRefused) {
  const MemoryTree tree{{"/a", script("#!/b")},
                        {"/b", script("#!/a")},
                        {"/usr/bin/env", program()},
                        {"/bin/x", script("#!/usr/bin/env y")},
                        {"/bin/y", script("#!/usr/bin/env x")}};
  for (const char* route : {"/a", "/bin/x"})
    EXPECT_NE(refusal(tree, route).find("the kernel would not start it"), std::string::npos);
}

TEST(Needs, WhatAScriptMissesIsReported) {
  const MemoryTree tree{{"/s", script("#!/bin/gone")},
                        {"/t", script("#!/usr/bin/env gone")},
                        {"/usr/bin/env", program()}};
  const Needs needs = needs_of(tree, {"/s", "/t"});
  ASSERT_EQ(needs.missing.size(), 2U);
  EXPECT_EQ(needs.missing[0].name, "/bin/gone");
  EXPECT_EQ(needs.missing[0].needed_by, "/s (#!/bin/gone)");
  EXPECT_EQ(needs.missing[1].name, "gone");
  EXPECT_EQ(needs.missing[1].searched.front().path, "/usr/bin/gone");
}

TEST(Needs, WhatCannotBeStartedIsRefused) {
  const MemoryTree tree{{"/empty", file("", 0755)},
                        {"/text", file("echo hello\n", 0755)},
                        {"/folder/x", file("")},
                        {"/rel", script("#!bin/sh")},
                        {"/env-rel", script("#!/usr/bin/env -S ./sh x")},
                        {"/usr/bin/env", program()},
                        {"/broken", symlink_to("gone")}};
  EXPECT_TRUE(refusal(tree, "/empty").starts_with("/empty is empty"));
  EXPECT_TRUE(refusal(tree, "/text").starts_with("/text is neither an ELF program nor a script"));
  EXPECT_TRUE(refusal(tree, "/folder").starts_with("/folder is a folder"));
  EXPECT_TRUE(refusal(tree, "/rel").starts_with("/rel: its interpreter bin/sh is a relative path"));
  EXPECT_TRUE(
      refusal(tree, "/env-rel").starts_with("/env-rel: its interpreter ./sh is a relative"));
  EXPECT_EQ(refusal(tree, "/broken"), "/broken: broken symlink");
  EXPECT_EQ(refusal(tree, "/gone"), "/gone: no such file");
}

TEST(Needs, AdditionsAreSortedByWhatTheyAre) {
  const MemoryTree tree{{"/add/prog", program()},
                        {"/add/static", elf({.type = ET_EXEC, .dynamic = false})},
                        {"/add/plug.so", library()},
                        {"/add/x.o", elf({.type = ET_REL})},
                        {"/add/broken.so", file("\177ELF broken")},
                        {"/add/run.sh", script("#!/bin/sh")},
                        {"/add/doc.sh", script("#!/bin/other", 0644)},
                        {"/add/data", file("data")},
                        {"/bin/sh", program()}};
  const Needs needs = needs_of(tree, {"/bin/sh"}, {"/add"});
  EXPECT_EQ(needs.programs, (Texts{"/bin/sh", "/add/prog", "/add/static"}));
  EXPECT_EQ(needs.libraries, (Texts{"/add/plug.so"}));
  EXPECT_EQ(uses(needs), (Texts{"/add/run.sh -> /bin/sh"}));
  EXPECT_TRUE(needs.missing.empty());
}

TEST(FindProgram, LooksOnThePathAsAShellDoes) {
  const MemoryTree tree{{"/usr/bin/a", file("", 0644)},
                        {"/bin/a", program()},
                        {"/usr/bin/b/x", file("")},
                        {"/relative/a", program()}};
  EXPECT_EQ(find_program(tree, "a", kPath), "/bin/a");
  EXPECT_EQ(find_program(tree, "/x/y", kPath), "/x/y");
  EXPECT_EQ(find_program(tree, "x/y", kPath), "/x/y");
  EXPECT_THROW(find_program(tree, "b", kPath), Error);
  EXPECT_THROW(find_program(tree, "none", kPath), Error);
}

}  // namespace
}  // namespace pack::test
