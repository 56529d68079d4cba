// What a process is made of: order, identity, interpreters, plug-ins, machines; in trees written as
// literals. Where each name is searched is in glibc_search_test.cpp.

#include "closure/closure.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "closure/memory_elf.h"

namespace pack::test {
namespace {

TEST(Closure, IsLoadedBreadthFirst) {
  const MemoryTree tree = with_loader({
      {"/bin/p", program({.needed = {"liba.so", "libb.so"}})},
      {"/lib/liba.so", library({.needed = {"libc.so", "libd.so"}})},
      {"/lib/libb.so", library({.needed = {"libe.so", "libc.so"}})},
      {"/lib/libc.so", library()},
      {"/lib/libd.so", library()},
      {"/lib/libe.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/bin/p"), (Texts{"/lib/liba.so", "/lib/libb.so", "/lib/libc.so",
                                                 "/lib/libd.so", "/lib/libe.so"}));
}

TEST(Closure, TheInterpreterStandsWhereItIsAskedForElseLast) {
  const MemoryTree asked = with_loader({
      {"/bin/p", program({.needed = {"libc.so.6", "libm.so.6"}})},
      {"/lib/libc.so.6", library({.needed = {"ld-linux-x86-64.so.2"}})},
      {"/lib/libm.so.6", library({.needed = {"libz.so"}})},
      {"/lib/libz.so", library()},
  });
  const Process process = process_of(asked, "/bin/p");
  EXPECT_EQ(loaded(process),
            (Texts{"/bin/p", "/lib/libc.so.6", "/lib/libm.so.6", kLoader, "/lib/libz.so"}));
  EXPECT_EQ(process.interpreter, 3U);

  const MemoryTree not_asked =
      with_loader({{"/bin/p", program({.needed = {"liba.so"}})}, {"/lib/liba.so", library()}});
  EXPECT_EQ(loaded(process_of(not_asked, "/bin/p")), (Texts{"/bin/p", "/lib/liba.so", kLoader}));
}

TEST(Closure, CyclesEnd) {
  const MemoryTree tree = with_loader({
      {"/bin/p", program({.needed = {"libp.so"}})},
      {"/lib/libp.so", library({.needed = {"libq.so"}})},
      {"/lib/libq.so", library({.needed = {"libp.so", "libq.so"}})},
  });
  EXPECT_EQ(libraries_of(tree, "/bin/p"), (Texts{"/lib/libp.so", "/lib/libq.so"}));
}

TEST(Closure, OneFileIsMappedOnceWhateverItsNames) {
  MemoryTree tree = with_loader({
      {"/bin/p", program({.needed = {"liba.so", "libb.so", "libhard.so", "libtrue.so.1"}})},
      {"/lib/liba.so", symlink_to("libreal.so")},
      {"/lib/libb.so", symlink_to("../lib/libreal.so")},
      {"/lib/libreal.so", library({.soname = "libtrue.so.1"})},
  });
  tree.hard_link("/lib/libreal.so", "/lib/libhard.so");
  const Process process = process_of(tree, "/bin/p");
  EXPECT_EQ(loaded(process), (Texts{"/bin/p", "/lib/liba.so", kLoader}));
  // Both links must be in the image: the search goes through them.
  Texts routes;
  for (const Edge& edge : process.edges) routes.push_back(edge.route);
  EXPECT_EQ(routes, (Texts{"/lib/liba.so", "/lib/libb.so", "/lib/libhard.so", "", kLoader}));
  EXPECT_EQ(process.edges[3].rule, SearchRule::already_loaded);
}

// Case 2: main(RPATH a) -> liba(RPATH b) -> libb(RUNPATH c) -> libc1 -> libd in a/.
// Case 3: main RPATH a, liba RPATH b, libb (neither) needs libd in b.
// Case 4: exe RUNPATH l, liba (none) needs libb in l.
// Case 9.
// Case 1: the program's real path counts; case 5: of a library the path by which it was found.
// Cases 6 and 7.
// Case 8.
// Case 11: -z nodefaultlib.
// Case 21: only through ld.so.conf, in a root whose ldconfig never ran.
// Case 12.
// Case 13: the soname is no file's name.
// Case 11: -F and -f.
TEST(Closure, FiltersAreNeededAndAuxiliariesOnlyIfThere) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"libfront.so", "libaux.so"}})},
      {"/lib/libfront.so", library({.filters = {"libreal.so", "libgone.so"}})},
      {"/lib/libaux.so", library({.auxiliaries = {"libfast.so", "libgone2.so"}})},
      {"/lib/libreal.so", library()},
      {"/lib/libfast.so", library()},
  });
  Texts found = libraries_of(tree, "/p");
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (Texts{"!libgone.so", "/lib/libaux.so", "/lib/libfast.so", "/lib/libfront.so",
                          "/lib/libreal.so"}));
}

// Case 16.
TEST(Closure, StaticProgramsNeedNothing) {
  const MemoryTree tree{{"/static", elf({.type = ET_EXEC, .dynamic = false})},
                        {"/static-pie", elf({.flags_1 = DF_1_PIE})}};
  EXPECT_EQ(loaded(process_of(tree, "/static")), (Texts{"/static"}));
  EXPECT_EQ(loaded(process_of(tree, "/static-pie")), (Texts{"/static-pie"}));
  EXPECT_FALSE(process_of(tree, "/static").interpreter);
}

TEST(Closure, ALibraryWithAnInterpreterIsAProgramToo) {
  const MemoryTree tree = with_loader(
      {{"/lib/libc.so.6", library({.needed = {"ld-linux-x86-64.so.2"}, .interpreter = kLoader})},
       {"/p", program({.needed = {"libc.so.6"}})}});
  EXPECT_EQ(loaded(process_of(tree, "/lib/libc.so.6")), (Texts{"/lib/libc.so.6", kLoader}));
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/lib/libc.so.6"}));
}

// Case 17.
TEST(Closure, AnInterpreterThatIsNoneIsReportedWithItsName) {
  const MemoryTree tree{{"/gone", program({.interpreter = "/lib/ld-gone.so"})},
                        {"/script", program({.interpreter = "/evil.sh"})},
                        {"/relative", program({.interpreter = "ld.so"})},
                        {"/foreign", program({.interpreter = "/ld-arm.so"})},
                        {"/evil.sh", file("#!/bin/sh\nrm -rf /\n", 0755)},
                        {"/ld-arm.so", loader({.machine = EM_AARCH64})},
                        {"/ld.so", loader()}};
  for (const char* route : {"/gone", "/script", "/relative", "/foreign"}) {
    const Process process = process_of(tree, route);
    ASSERT_EQ(process.unresolved.size(), 1U) << route;
    EXPECT_EQ(process.unresolved[0].needed_by, route);
    EXPECT_EQ(process.unresolved[0].searched[0].rule, SearchRule::interpreter);
    EXPECT_FALSE(process.unresolved[0].searched[0].verdict.empty());
    EXPECT_FALSE(process.interpreter);
  }
  EXPECT_EQ(process_of(tree, "/gone").unresolved[0].searched[0].verdict, "no such file");
}

TEST(Closure, WhatIsNoProgramIsRefused) {
  const MemoryTree tree = with_loader({{"/lib/liba.so", library()},
                                       {"/x.o", elf({.type = ET_REL})},
                                       {"/text", file("text")},
                                       {"/broken", symlink_to("gone")}});
  const auto refusal = [&](const char* route) -> std::string {
    try {
      process_of(tree, route);
    } catch (const Error& error) {
      return error.what();
    }
    return "taken";
  };
  EXPECT_TRUE(refusal("/lib/liba.so").starts_with("/lib/liba.so is a shared library"));
  EXPECT_TRUE(refusal("/x.o").starts_with("/x.o is an ELF file, but neither"));
  EXPECT_TRUE(refusal("/text").starts_with("/text cannot be loaded: "));
  EXPECT_EQ(refusal("/broken"), "/broken: broken symlink");
  EXPECT_EQ(refusal("/gone"), "/gone: no such file");
  EXPECT_EQ(refusal("/lib"), "/lib is not a regular file");
}

TEST(Closure, PlugInsAreOpenedInTheFirstProgramsProcess) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so"}, .rpath = "/own"})},
      {"/own/liba.so", library()},
      {"/own/libb.so", library()},
      {"/plug/in.so", library({.needed = {"libb.so", "liba.so"}})},
  });
  const Process process = process_of(tree, "/p", {}, {"/plug/in.so"});
  // libb comes through the program's RPATH, which alone the plug-in does not have.
  EXPECT_EQ(loaded(process), (Texts{"/p", "/own/liba.so", "/plug/in.so", "/own/libb.so", kLoader}));
  std::vector<size_t> opened;
  for (const Edge& edge : process.edges)
    if (edge.rule == SearchRule::program) opened.push_back(edge.to);
  EXPECT_EQ(opened, (std::vector<size_t>{2}));
}

TEST(Closure, PlugInsOfAnotherMachineStandAlone) {
  const MemoryTree tree =
      with_loader({{"/p", program()},
                   {"/arm.so", library({.needed = {"libx.so"}, .machine = EM_AARCH64})},
                   {"/lib/libx.so", library({.machine = EM_AARCH64})}});
  ElfCache elves;
  const Closure closure = find_closure(tree, elves, {.programs = {"/p"}, .libraries = {"/arm.so"}});
  ASSERT_EQ(closure.processes.size(), 2U);
  EXPECT_EQ(loaded(closure.processes[1]), (Texts{"/arm.so", "/lib/libx.so"}));
}

struct Machine {
  const char* name;
  uint16_t number;
  bool is_64;
  bool big_endian;
};

class ClosureOn : public ::testing::TestWithParam<Machine> {};

TEST_P(ClosureOn, AnyMachineFollowsTheSameRules) {
  const Machine& machine = GetParam();
  const auto with = [&](MemoryElf it) {
    it.machine = machine.number;
    it.is_64 = machine.is_64;
    it.big_endian = machine.big_endian;
    return it;
  };
  const MemoryTree tree{
      {"/app/p",
       elf(with({.needed = {"liba.so"}, .rpath = "$ORIGIN/l", .interpreter = "/ld.so.1"}))},
      {"/ld.so.1", loader(with({.soname = "ld.so.1"}))},
      {"/app/l/liba.so", elf(with({.needed = {"libb.so", "ld.so.1"}, .soname = "liba.so"}))},
      {"/l/libb.so", library({.machine = EM_SPARC})},
      {"/usr/lib/libb.so", elf(with({}))}};
  EXPECT_EQ(loaded(process_of(tree, "/app/p")),
            (Texts{"/app/p", "/app/l/liba.so", "/usr/lib/libb.so", "/ld.so.1"}));
}

INSTANTIATE_TEST_SUITE_P(Machines, ClosureOn,
                         ::testing::Values(Machine{"amd64", EM_X86_64, true, false},
                                           Machine{"i386", EM_386, false, false},
                                           Machine{"arm", EM_ARM, false, false},
                                           Machine{"arm64", EM_AARCH64, true, false},
                                           Machine{"riscv64", EM_RISCV, true, false},
                                           Machine{"s390x", EM_S390, true, true},
                                           Machine{"ppc64", EM_PPC64, true, true},
                                           Machine{"mips", EM_MIPS, false, true}),
                         [](const auto& machine) { return machine.param.name; });

}  // namespace
}  // namespace pack::test
