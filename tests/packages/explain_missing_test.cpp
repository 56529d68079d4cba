// Why a library is not found although it is there: each rule in a tree written as a literal. That
// the real loader agrees is tested end to end, in e2e/missing_library_test.cpp.

#include "packages/explain_missing.h"

#include <gtest/gtest.h>

#include "closure/ld_so_cache.h"
#include "closure/memory_elf.h"

namespace pack::test {
namespace {

using Kind = MissingHint::Kind;

std::vector<MissingHint> hints_for(const MemoryTree& tree, const std::string& start = "/bin/p") {
  ElfCache elves;
  const Closure closure = find_closure(tree, elves, {.programs = {start}});
  return find_missing_hints(tree, elves, closure, closure.processes.front().unresolved);
}

/// The one hint that there is.
MissingHint hint_for(const MemoryTree& tree) {
  const auto hints = hints_for(tree);
  EXPECT_EQ(hints.size(), 1U);
  return hints.empty() ? MissingHint{} : hints.front();
}

/// /bin/p with RUNPATH /own needs /own/liba.so, and that needs libb.so.
MemoryTree tree_with_runpath() {
  return with_loader({{"/bin/p", program({.needed = {"liba.so"}, .runpath = "/own"})},
                      {"/own/liba.so", library({.needed = {"libb.so"}})}});
}

TEST(ExplainMissing, ARunpathIsNotInherited) {
  MemoryTree tree = tree_with_runpath();
  EXPECT_TRUE(hints_for(tree).empty());
  tree.put("/own/libb.so", library());
  EXPECT_EQ(hint_for(tree), (MissingHint{.kind = Kind::runpath_not_inherited,
                                         .name = "libb.so",
                                         .needed_by = "/own/liba.so",
                                         .path = "/own/libb.so",
                                         .object = "/bin/p"}));
}

TEST(ExplainMissing, OnlyWhatTheLoaderWouldTakeIsTold) {
  MemoryTree tree = tree_with_runpath();
  for (const MemoryTree::Node& node :
       {library({.machine = EM_AARCH64}), file("text"), directory(), symlink_to("nowhere"),
        program(), library({.dynamic = false})}) {
    tree.put("/own/libb.so", node);
    EXPECT_TRUE(hints_for(tree).empty());
  }
}

TEST(ExplainMissing, OriginIsThatOfTheObjectWithTheRunpath) {
  const MemoryTree tree = with_loader(
      {{"/bin/p", symlink_to("../opt/bin/p")},
       {"/opt/bin/p", program({.needed = {"liba.so"}, .runpath = "$ORIGIN/../$LIB:/own"})},
       {"/own/liba.so", library({.needed = {"libb.so"}})},
       {"/opt/lib/x86_64-linux-gnu/libb.so", library()}});
  EXPECT_EQ(hint_for(tree).path, "/opt/bin/../lib/x86_64-linux-gnu/libb.so");
}

TEST(ExplainMissing, AnRpathIsVoidByARunpath) {
  const MemoryTree same =
      with_loader({{"/bin/p", program({.needed = {"liba.so"}, .rpath = "/r", .runpath = "/own"})},
                   {"/r/liba.so", library()}});
  EXPECT_EQ(hint_for(same).kind, Kind::rpath_void);
  EXPECT_EQ(hint_for(same).object, "/bin/p");
  const MemoryTree of_another =
      with_loader({{"/bin/p", program({.needed = {"liba.so"}, .rpath = "/r"})},
                   {"/r/liba.so", library({.needed = {"libb.so"}, .runpath = "/none"})},
                   {"/r/libb.so", library()}});
  EXPECT_EQ(hint_for(of_another).kind, Kind::rpath_overridden);
  EXPECT_EQ(hint_for(of_another).object, "/bin/p");
}

TEST(ExplainMissing, NoDefaultFoldersMeansNone) {
  const MemoryTree tree =
      with_loader({{"/bin/p", program({.needed = {"liba.so"}, .flags_1 = DF_1_NODEFLIB})},
                   {"/usr/lib/liba.so", library()}});
  EXPECT_EQ(hint_for(tree).kind, Kind::no_default_folders);
  EXPECT_EQ(hint_for(tree).path, "/usr/lib/liba.so");
}

TEST(ExplainMissing, ACacheMayBeOlderThanTheFolder) {
  MemoryTree tree = with_loader({{"/bin/p", program({.needed = {"liba.so"}})},
                                 {"/etc/ld.so.conf", file("/opt/k\n")},
                                 {"/opt/k/liba.so", library()}});
  EXPECT_TRUE(hints_for(tree).empty()) << "found: without a cache its folders count";
  tree.put("/etc/ld.so.cache", file(encode_ld_so_cache({}, ByteOrder::little)));
  EXPECT_EQ(hint_for(tree).kind, Kind::cache_stale);
  EXPECT_EQ(hint_for(tree).path, "/opt/k/liba.so");
}

TEST(ExplainMissing, ASonameIsNoFileName) {
  MemoryTree tree = with_loader({{"/bin/p", program({.needed = {"liba.so.1"}})},
                                 {"/lib/liba.so.1.0.0", library({.soname = "liba.so.1"})}});
  EXPECT_EQ(hint_for(tree).kind, Kind::link_missing);
  EXPECT_EQ(hint_for(tree).path, "/lib/liba.so.1.0.0");
  tree.put("/lib/liba.so.1.0.0", library({.soname = "other.so.1"}));
  EXPECT_TRUE(hints_for(tree).empty());
}

TEST(ExplainMissing, AFileOfAPackageIsGone) {
  const MemoryTree tree = with_loader(
      {{"/bin/p", program({.needed = {"liba.so.1"}})},
       {"/lib/x86_64-linux-gnu/other", file("")},
       {"/usr/lib", symlink_to("../lib")},
       {"/var/lib/dpkg/info/liba1:amd64.list", file("/usr/lib/x86_64-linux-gnu/liba.so.1\n")},
       {"/var/lib/dpkg/info/other.list", file("/opt/other/liba.so.1\n")}});
  EXPECT_EQ(hint_for(tree), (MissingHint{.kind = Kind::deleted,
                                         .name = "liba.so.1",
                                         .needed_by = "/bin/p",
                                         .path = "/usr/lib/x86_64-linux-gnu/liba.so.1",
                                         .package = "liba1:amd64",
                                         .manager = "dpkg"}));
}

TEST(ExplainMissing, AFileOfAPackageIsInAFolderOfItsOwn) {
  MemoryTree tree = with_loader({{"/bin/p", program({.needed = {"liba.so.1"}})},
                                 {"/usr/lib/samba/liba.so.1", library()},
                                 {"/lib/apk/db/installed", file("P:samba\nF:usr/lib/samba\n"
                                                                "R:liba.so.1\n")}});
  EXPECT_EQ(hint_for(tree).kind, Kind::elsewhere);
  EXPECT_EQ(hint_for(tree).package, "samba");
  EXPECT_EQ(hint_for(tree).manager, "apk");
  tree.put("/usr/lib/samba/liba.so.1", library({.machine = EM_ARM, .is_64 = false}));
  EXPECT_TRUE(hints_for(tree).empty()) << "of no use to this program";
}

TEST(ExplainMissing, AnInterpreterOfAnotherMachineIsInAPackage) {
  const MemoryTree tree{
      {"/bin/p", program({.interpreter = "/lib/ld-linux-aarch64.so.1", .machine = EM_AARCH64})},
      {"/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1", library({.machine = EM_AARCH64})},
      {"/var/lib/dpkg/info/libc6-arm64-cross.list",
       file("/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1\n")}};
  EXPECT_EQ(hint_for(tree).kind, Kind::elsewhere);
  EXPECT_EQ(hint_for(tree).package, "libc6-arm64-cross");
}

TEST(ExplainMissing, IndexesAreAskedOnlyForWhatNothingElseExplains) {
  MemoryTree tree = with_loader({{"/bin/p", program({.needed = {"liba.so"}, .runpath = "/own"})},
                                 {"/own/liba.so", library({.needed = {"libb.so.2"}})},
                                 {"/var/lib/apt/lists/x_binary-amd64_Packages",
                                  file("Package: libb2\nArchitecture: amd64\n")}});
  EXPECT_EQ(hint_for(tree).kind, Kind::likely);
  EXPECT_EQ(hint_for(tree).package, "libb2");
  tree.put("/own/libb.so.2", library());
  EXPECT_EQ(hint_for(tree).kind, Kind::runpath_not_inherited);
}

TEST(ExplainMissing, PackageDataThatAreNoneTellNothing) {
  MemoryTree tree = tree_with_runpath();
  tree.put("/var/lib/rpm/rpmdb.sqlite", file("not a database"));
  tree.put("/var/lib/apt/lists/x_binary-amd64_Packages.gz", file("\x1f\x8b broken"));
  tree.put("/etc/ld.so.cache", file("not a cache"));
  EXPECT_TRUE(hints_for(tree).empty());
}

}  // namespace
}  // namespace pack::test
