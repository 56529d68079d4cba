// Processes of musl's loader in trees written as literals: whose library is whose, other machines,
// what is told of a search. The rules of the search are held against musl's own loader in
// musl_oracle_test.cpp.

#include "closure/musl_process.h"

#include <gtest/gtest.h>

#include "closure/memory_elf.h"

namespace pack::test {
namespace {

constexpr const char* kMusl = "/lib/ld-musl-x86_64.so.1";

MemoryTree::Node musl_program(MemoryElf it = {}) {
  it.interpreter = kMusl;
  it.needed.push_back("libc.musl-x86_64.so.1");
  return program(it);
}

/// Alpine's: the interpreter is the file, and libc.musl-* a symlink to it.
MemoryTree alpine(std::initializer_list<std::pair<std::string, MemoryTree::Node>> nodes) {
  MemoryTree tree(nodes);
  tree.put(kMusl, library({.soname = "libc.musl-x86_64.so.1"}));
  tree.put("/lib/libc.musl-x86_64.so.1", symlink_to("ld-musl-x86_64.so.1"));
  return tree;
}

Closure closure_of(const FileTree& tree, const ClosureRequest& request) {
  ElfCache elves;
  return find_closure(tree, elves, request);
}

TEST(MuslProcess, OfAnAlpineLikeRoot) {
  const MemoryTree tree = alpine({
      {"/bin/p", musl_program({.needed = {"libz.so.1", "libssl.so.3"}})},
      {"/lib/libz.so.1", symlink_to("libz.so.1.3")},
      {"/lib/libz.so.1.3", library({.needed = {"libc.musl-x86_64.so.1"}, .soname = "libz.so.1"})},
      {"/usr/lib/libssl.so.3", library({.needed = {"libcrypto.so.3", "libz.so.1"}})},
      {"/usr/local/lib/libcrypto.so.3", library()},
      {"/usr/lib/libcrypto.so.3", library()},
  });
  const Process process = process_of(tree, "/bin/p");
  EXPECT_EQ(loaded(process), (Texts{"/bin/p", "/lib/libz.so.1", "/usr/lib/libssl.so.3", kMusl,
                                    "/usr/local/lib/libcrypto.so.3"}));
  EXPECT_EQ(process.interpreter, 3U);
  EXPECT_EQ(process.default_directories, (Texts{"/lib", "/usr/local/lib", "/usr/lib"}));
}

TEST(MuslProcess, CachesHwcapsAndFiltersOfGlibcMeanNothing) {
  const MemoryTree tree = alpine({
      {"/bin/p", musl_program({.needed = {"libz.so", "libk.so"}})},
      {"/lib/libz.so", library({.filters = {"libf.so"}, .auxiliaries = {"libaux.so"}})},
      {"/lib/glibc-hwcaps/x86-64-v3/libz.so", library()},
      {"/lib/libaux.so", library()},
      {"/lib/x86_64-linux-gnu/libk.so", library()},
      {"/opt/k/libk.so", library()},
      {"/etc/ld.so.conf", file("/opt/k\n")},
  });
  EXPECT_EQ(loaded(process_of(tree, "/bin/p")),
            (Texts{"/bin/p", "/lib/libz.so", kMusl, "!libk.so"}));
}

TEST(MuslProcess, EdgesTellTheRule) {
  const MemoryTree tree = alpine({
      {"/bin/p",
       musl_program({.needed = {"liba.so", "libb.so", "libc1.so", "/o/libd.so", "libe.so"},
                     .runpath = "/run"})},
      {"/env/liba.so", library({.rpath = "/old"})},
      {"/run/libb.so", library()},
      {"/k/libc1.so", library()},
      {"/o/libd.so", library({.needed = {"libb.so"}})},
      {"/run/libe.so", symlink_to("libb.so")},
      {"/etc/ld-musl-x86_64.path", file("/k")},
  });
  const Process process = process_of(tree, "/bin/p", {"/env"});
  Texts rules;
  for (const Edge& edge : process.edges)
    rules.push_back(edge.name + ' ' + std::string(describe(edge.rule)) + ' ' + edge.route);
  EXPECT_EQ(rules,
            (Texts{"liba.so LD_LIBRARY_PATH /env/liba.so", "libb.so RUNPATH /run/libb.so",
                   "libc1.so ld-musl path /k/libc1.so", "/o/libd.so its path /o/libd.so",
                   "libe.so RUNPATH /run/libe.so", std::string(kMusl) + " PT_INTERP " + kMusl,
                   "libc.musl-x86_64.so.1 already loaded ", "libb.so already loaded "}));
}

TEST(MuslProcess, AMissingLibraryNamesEveryPlace) {
  const MemoryTree tree = alpine({
      {"/bin/p", musl_program({.needed = {"liba.so"}, .rpath = "/r"})},
      {"/r/liba.so", library({.needed = {"libgone.so"}, .runpath = "$ORIGIN/sub:rel"})},
      {"/lib/libgone.so", symlink_to("nowhere")},
      {"/usr/lib/libgone.so", library({.machine = EM_AARCH64})},
  });
  const Process process = process_of(tree, "/bin/p", {"/env"});
  ASSERT_EQ(process.unresolved.size(), 1U);
  const Unresolved& missing = process.unresolved.front();
  EXPECT_EQ(missing.needed_by, "/r/liba.so");
  EXPECT_TRUE(missing.broken.starts_with("/usr/lib/libgone.so: another machine's"))
      << missing.broken;
  Texts places;
  for (const Searched& place : missing.searched)
    places.push_back(std::string(describe(place.rule)) + ' ' + place.path + ' ' + place.owner);
  EXPECT_EQ(
      places,
      (Texts{"LD_LIBRARY_PATH /env/libgone.so ", "RUNPATH /r/sub/libgone.so /r/liba.so",
             "RUNPATH rel/libgone.so /r/liba.so", "RPATH /r/libgone.so /bin/p",
             "default directory /lib/libgone.so ", "default directory /usr/local/lib/libgone.so ",
             "default directory /usr/lib/libgone.so "}));
}

TEST(MuslProcess, WhatAFoundLibraryWasSearchedForIsKeptOnRequest) {
  const MemoryTree tree =
      alpine({{"/bin/p", musl_program({.needed = {"liba.so"}})}, {"/usr/lib/liba.so", library()}});
  ClosureRequest request{.programs = {"/bin/p"}};
  EXPECT_TRUE(closure_of(tree, request).processes[0].edges[0].searched.empty());
  request.explain = Explain::every_search;
  const Closure explained = closure_of(tree, request);
  const auto& searched = explained.processes[0].edges[0].searched;
  ASSERT_EQ(searched.size(), 2U);
  EXPECT_EQ(searched[0].path, "/lib/liba.so");
  EXPECT_EQ(searched[1].path, "/usr/local/lib/liba.so");
}

TEST(MuslProcess, AMissingInterpreterIsSaidOnce) {
  const MemoryTree tree{{"/bin/p", musl_program({.needed = {"liba.so", "libm.so"}})},
                        {"/lib/liba.so", library({.needed = {"libc.so"}})}};
  EXPECT_EQ(loaded(process_of(tree, "/bin/p")),
            (Texts{"/bin/p", "/lib/liba.so", std::string("!") + kMusl}));
}

TEST(MuslProcess, NamesThatTheLoaderRefuses) {
  const std::string long_name(256, 'n');
  const MemoryTree tree =
      alpine({{"/bin/p", musl_program({.needed = {"", long_name, "sub/liba.so"}})},
              {"/bin/sub/liba.so", library()}});
  const Process process = process_of(tree, "/bin/p");
  ASSERT_EQ(process.unresolved.size(), 3U);
  EXPECT_NE(process.unresolved[0].broken.find("empty"), std::string::npos);
  EXPECT_NE(process.unresolved[1].broken.find("255"), std::string::npos);
  EXPECT_NE(process.unresolved[2].searched.at(0).verdict.find("working directory"),
            std::string::npos);
}

TEST(MuslProcess, AProgramThatGainsRightsTrustsNobody) {
  const auto found = [](uint32_t mode) {
    MemoryElf it{.needed = {"liba.so", "libb.so"}, .runpath = "$ORIGIN"};
    it.interpreter = kMusl;
    const MemoryTree tree = alpine({{"/bin/p", program(it, mode)},
                                    {"/bin/liba.so", library()},
                                    {"/env/libb.so", library({.needed = {"liba.so"}})}});
    return loaded(process_of(tree, "/bin/p", {"/env"}));
  };
  EXPECT_EQ(found(0755), (Texts{"/bin/p", "/bin/liba.so", "/env/libb.so", kMusl}));
  for (const uint32_t mode : {04755U, 02755U})
    EXPECT_EQ(found(mode), (Texts{"/bin/p", kMusl, "!liba.so", "!libb.so"}));
}

TEST(MuslProcess, OfOtherMachines) {
  const struct {
    const char* arch;
    MemoryElf elf;
  } machines[] = {{"aarch64", {.machine = EM_AARCH64}},
                  {"armhf", {.machine = EM_ARM, .is_64 = false}},
                  {"s390x", {.machine = EM_S390, .big_endian = true}},
                  {"powerpc", {.machine = EM_PPC, .is_64 = false, .big_endian = true}}};
  for (const auto& [arch, like] : machines) {
    const std::string interpreter = std::string("/lib/ld-musl-") + arch + ".so.1";
    const auto of_machine = [&, elf_like = like](MemoryElf it) {
      it.machine = elf_like.machine;
      it.is_64 = elf_like.is_64;
      it.big_endian = elf_like.big_endian;
      return it;
    };
    const MemoryTree tree{
        {"/p", program(of_machine({.needed = {"liba.so", "libc.so"}, .interpreter = interpreter}))},
        {interpreter, library(of_machine({}))},
        {"/k/liba.so", library(of_machine({}))},
        {"/lib/liba.so", library({.machine = EM_X86_64})},
        {std::string("/etc/ld-musl-") + arch + ".path", file("/k\n/lib\n")}};
    EXPECT_EQ(loaded(process_of(tree, "/p")), (Texts{"/p", "/k/liba.so", interpreter})) << arch;
  }
}

// Case 18, and both C libraries in one root.
TEST(MuslProcess, PlugInsGoToTheProgramOfTheirCLibrary) {
  MemoryTree tree = alpine({
      {"/bin/g", program({.needed = {"libc.so.6"}})},
      {"/bin/m", musl_program()},
      {"/lib/libc.so.6", library({.needed = {"ld-linux-x86-64.so.2"}})},
      {"/plug/g.so", library({.needed = {"libc.so.6", "libown.so"}})},
      {"/plug/m.so", library({.needed = {"libc.musl-x86_64.so.1", "libown.so"}})},
      {"/plug/any.so", library()},
      {"/plug/libown.so", library()},
  });
  tree.put(kLoader, loader());
  const Closure closure =
      closure_of(tree, {.programs = {"/bin/g", "/bin/m"},
                        .libraries = {"/plug/m.so", "/plug/g.so", "/plug/any.so"}});
  ASSERT_EQ(closure.processes.size(), 2U);
  EXPECT_EQ(loaded(closure.processes[0]), (Texts{"/bin/g", "/lib/libc.so.6", kLoader, "/plug/g.so",
                                                 "/plug/any.so", "!libown.so"}));
  EXPECT_EQ(loaded(closure.processes[1]), (Texts{"/bin/m", kMusl, "/plug/m.so", "!libown.so"}));

  // A glibc library in an image of musl programs only: musl's functions serve it.
  const Closure musl_only = closure_of(tree, {.programs = {"/bin/m"}, .libraries = {"/plug/g.so"}});
  ASSERT_EQ(musl_only.processes.size(), 1U);
  // The other way round it stands alone.
  const Closure glibc_only =
      closure_of(tree, {.programs = {"/bin/g"}, .libraries = {"/plug/m.so"}});
  ASSERT_EQ(glibc_only.processes.size(), 2U);
  EXPECT_EQ(loaded(glibc_only.processes[1]), (Texts{"/plug/m.so", kMusl, "!libown.so"}));
}

TEST(MuslProcess, ALibraryAloneFindsTheLoaderOfItsMachine) {
  MemoryTree tree{{"/usr/lib/libv.so", library({.needed = {"libc.so"}, .machine = EM_AARCH64})},
                  {"/lib/ld-musl-aarch64.so.1", library({.machine = EM_AARCH64})},
                  {"/lib/ld-musl-broken.so.1", file("text")},
                  {kMusl, library()}};
  const ClosureRequest request{.programs = {"/usr/lib/libv.so"},
                               .subjects = Subjects::programs_and_libraries};
  EXPECT_EQ(loaded(closure_of(tree, request).processes.at(0)),
            (Texts{"/usr/lib/libv.so", "/lib/ld-musl-aarch64.so.1"}));
  tree.put("/usr/lib/libv.so", library({.needed = {"libc.so"}, .machine = EM_RISCV}));
  EXPECT_EQ(loaded(closure_of(tree, request).processes.at(0)),
            (Texts{"/usr/lib/libv.so", "!/lib/ld-musl-*.so.1"}));
  EXPECT_THROW(closure_of(tree, {.programs = {"/usr/lib/libv.so"}}), Error);
}

TEST(MuslProcess, CirclesAndLongListsEnd) {
  MemoryElf wide;
  std::string rpath;
  for (int i = 0; i < 4096; ++i) rpath += "/none" + std::to_string(i) + ':';
  for (int i = 0; i < 10000; ++i) wide.needed.push_back("libp.so");
  wide.rpath = rpath;
  MemoryTree tree = alpine({{"/bin/p", musl_program(wide)},
                            {"/lib/libp.so", library({.needed = {"libp.so", "libq.so"}})},
                            {"/lib/libq.so", library({.needed = {"libp.so"}})}});
  EXPECT_EQ(loaded(process_of(tree, "/bin/p")),
            (Texts{"/bin/p", "/lib/libp.so", kMusl, "/lib/libq.so"}));
}

}  // namespace
}  // namespace pack::test
