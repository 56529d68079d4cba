// Where glibc's loader looks for a name: each rule in a tree written as a literal.
// closure_oracle_test.cpp holds the same rules against the loader of this machine.

#include <gtest/gtest.h>

#include <algorithm>

#include "closure/closure.h"
#include "closure/ld_so_cache.h"
#include "closure/memory_elf.h"

namespace pack::test {
namespace {

/// The paths of a search that came to nothing, in order.
Texts places(const Unresolved& missing) {
  Texts paths;
  for (const Searched& place : missing.searched) paths.push_back(place.path);
  return paths;
}

TEST(GlibcSearch, RpathIsInheritedPastAnObjectWithRunpath) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so"}, .rpath = "/a"})},
      {"/a/liba.so", library({.needed = {"libb.so"}, .rpath = "/b"})},
      {"/b/libb.so", library({.needed = {"libc1.so"}, .runpath = "/c"})},
      {"/c/libc1.so", library({.needed = {"libd.so"}})},
      {"/a/libd.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/p"),
            (Texts{"/a/liba.so", "/b/libb.so", "/c/libc1.so", "/a/libd.so"}));
}

TEST(GlibcSearch, RpathOfTheLoadingObjectComesBeforeThePrograms) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so"}, .rpath = "/a"})},
      {"/a/liba.so", library({.needed = {"libb.so"}, .rpath = "/b"})},
      {"/b/libb.so", library({.needed = {"libd.so"}})},
      {"/b/libd.so", library()},
      {"/a/libd.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/a/liba.so", "/b/libb.so", "/b/libd.so"}));
}

TEST(GlibcSearch, AnObjectsRpathIsVoidBesideItsRunpath) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so"}, .rpath = "/a", .runpath = "/b"})},
      {"/a/liba.so", library()},
      {"/b/liba.so", library({.needed = {"libx.so"}})},
      {"/a/libx.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/b/liba.so", "!libx.so"}));
}

TEST(GlibcSearch, RunpathIsNeverInherited) {
  MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so"}, .runpath = "/l"})},
      {"/l/liba.so", library({.needed = {"libb.so"}})},
      {"/l/libb.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/l/liba.so", "!libb.so"}));
  tree.put("/p", program({.needed = {"liba.so", "libb.so"}, .runpath = "/l"}));
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/l/liba.so", "/l/libb.so"}));
}

TEST(GlibcSearch, LibraryPathBeatsRunpathAndLosesToRpath) {
  MemoryTree tree = with_loader({{"/p", program({.needed = {"liba.so"}, .runpath = "/own"})},
                                 {"/own/liba.so", library()},
                                 {"/user/liba.so", library()},
                                 {"/lib/liba.so", library()}});
  EXPECT_EQ(libraries_of(tree, "/p", {"/user"}), (Texts{"/user/liba.so"}));
  tree.put("/p", program({.needed = {"liba.so"}, .rpath = "/own"}));
  EXPECT_EQ(libraries_of(tree, "/p", {"/user"}), (Texts{"/own/liba.so"}));
  tree.put("/p", program({.needed = {"liba.so"}}));
  EXPECT_EQ(libraries_of(tree, "/p", {"/none", "/user"}), (Texts{"/user/liba.so"}));
  EXPECT_EQ(process_of(tree, "/p", {"/user"}).edges.front().rule, SearchRule::library_path);
}

TEST(GlibcSearch, AProgramThatGainsRightsIgnoresTheLibraryPath) {
  for (const uint32_t mode : {04755U, 02755U}) {
    const MemoryTree tree = with_loader({{"/p", program({.needed = {"liba.so"}}, mode)},
                                         {"/user/liba.so", library()},
                                         {"/lib/liba.so", library()}});
    EXPECT_EQ(libraries_of(tree, "/p", {"/user"}), (Texts{"/lib/liba.so"})) << std::oct << mode;
  }
}

TEST(GlibcSearch, OriginOfAProgramIsRealAndOfALibraryAsFound) {
  const MemoryTree tree = with_loader({
      {"/usr/bin/java", symlink_to("/etc/alternatives/java")},
      {"/etc/alternatives/java", symlink_to("/opt/jdk/bin/java")},
      {"/opt/jdk/bin/java", program({.needed = {"libjli.so"}, .runpath = "$ORIGIN/../lib"})},
      {"/opt/jdk/lib/libjli.so", library()},
      {"/p", program({.needed = {"libg.so"}, .runpath = "/b"})},
      {"/b/libg.so", symlink_to("../a/libg.so")},
      {"/a/libg.so", library({.needed = {"libf.so"}, .runpath = "${ORIGIN}"})},
      {"/a/libf.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/usr/bin/java"), (Texts{"/opt/jdk/bin/../lib/libjli.so"}));
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/b/libg.so", "!libf.so"}));
}

TEST(GlibcSearch, ANameWithASlashIsAPath) {
  MemoryTree tree = with_loader({
      {"/app/p", program({.needed = {"/opt/libabs.so", "$ORIGIN/lib/libo.so", "sub/libr.so"}})},
      {"/opt/libabs.so", library()},
      {"/app/lib/libo.so", library({.soname = "$ORIGIN/lib/libo.so"})},
      {"/sub/libr.so", library()},
      {"/app/sub/libr.so", library()},
  });
  const Process process = process_of(tree, "/app/p");
  EXPECT_EQ(loaded(process),
            (Texts{"/app/p", "/opt/libabs.so", "/app/lib/libo.so", kLoader, "!sub/libr.so"}));
  EXPECT_EQ(process.edges[0].rule, SearchRule::path);
  ASSERT_EQ(process.unresolved[0].searched.size(), 1U);
  EXPECT_EQ(process.unresolved[0].searched[0].verdict,
            "relative to the working directory, which an image does not fix");
}

TEST(GlibcSearch, OriginInANameIsThatOfTheAskingObject) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"/x/liba.so", "/y/libb.so"}})},
      {"/x/liba.so", library({.needed = {"$ORIGIN/libq.so"}})},
      {"/y/libb.so", library({.needed = {"$ORIGIN/libq.so"}})},
      {"/x/libq.so", library()},
      {"/y/libq.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/p"),
            (Texts{"/x/liba.so", "/y/libb.so", "/x/libq.so", "/y/libq.so"}));
}

TEST(GlibcSearch, LibAndPlatformAreThoseOfTheLoader) {
  const MemoryTree tree = with_loader({
      {"/app/p", program({.needed = {"liba.so", "libb.so"},
                          .runpath = "$ORIGIN/$LIB:/opt/$PLATFORM:/x/$LIBRARY"})},
      {"/app/lib/x86_64-linux-gnu/liba.so", library()},
      {"/opt/haswell/libb.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/app/p"),
            (Texts{"/app/lib/x86_64-linux-gnu/liba.so", "/opt/haswell/libb.so"}));
}

TEST(GlibcSearch, AnEmptyElementIsTheWorkingDirectoryWhichNoImageHas) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so", "libb.so"}, .runpath = ":/x//:/x"})},
      {"/liba.so", library()},
      {"/x/libb.so", library()},
  });
  const Process process = process_of(tree, "/p");
  EXPECT_EQ(loaded(process), (Texts{"/p", "/x/libb.so", kLoader, "!liba.so"}));
  EXPECT_EQ(places(process.unresolved[0]),
            (Texts{"liba.so", "/x/liba.so", "/lib/x86_64-linux-gnu/liba.so",
                   "/usr/lib/x86_64-linux-gnu/liba.so", "/lib/liba.so", "/usr/lib/liba.so"}));
}

TEST(GlibcSearch, NodeflibKeepsTheDefaultFoldersOut) {
  MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so", "libk.so"}, .flags_1 = DF_1_NODEFLIB})},
      {"/lib/liba.so", library()},
      {"/opt/k/libk.so", library()},
      {"/etc/ld.so.conf", file("/opt/k\n/lib\n")},
  });
  const Texts expected = {"/opt/k/libk.so", "!liba.so"};
  EXPECT_EQ(libraries_of(tree, "/p"), expected);
  const uint32_t flags = 0x303;
  tree.put("/etc/ld.so.cache",
           file(encode_ld_so_cache({{.flags = flags, .name = "liba.so", .path = "/lib/liba.so"},
                                    {.flags = flags, .name = "libk.so", .path = "/opt/k/libk.so"}},
                                   ByteOrder::little)));
  EXPECT_EQ(libraries_of(tree, "/p"), expected);
}

TEST(GlibcSearch, TheFlagOfTheAskingObjectCountsNotTheProgramsOne) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"/x/liba.so"}, .flags_1 = DF_1_NODEFLIB})},
      {"/x/liba.so", library({.needed = {"libb.so"}})},
      {"/lib/libb.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/x/liba.so", "/lib/libb.so"}));
}

TEST(GlibcSearch, TheCacheComesBeforeTheDefaultFolders) {
  MemoryTree tree = with_loader({{"/p", program({.needed = {"liba.so"}})},
                                 {"/lib/liba.so", library()},
                                 {"/opt/k/liba.so", library()}});
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/lib/liba.so"}));
  tree.put("/etc/ld.so.cache",
           file(encode_ld_so_cache({{.flags = 0x303, .name = "liba.so", .path = "/opt/k/liba.so"}},
                                   ByteOrder::little)));
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/opt/k/liba.so"}));
  EXPECT_EQ(process_of(tree, "/p").edges.front().rule, SearchRule::ld_so_cache);
  // An entry that leads nowhere is passed over, and so is a cache that is none.
  tree.put("/etc/ld.so.cache",
           file(encode_ld_so_cache({{.flags = 0x303, .name = "liba.so", .path = "/gone/liba.so"}},
                                   ByteOrder::little)));
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/lib/liba.so"}));
  tree.put("/etc/ld.so.cache", file("no cache"));
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/lib/liba.so"}));
}

TEST(GlibcSearch, CacheEntriesOfOtherMachinesAreNotSeen) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so"}})},
      {"/opt/32/liba.so", library({.machine = EM_386, .is_64 = false})},
      {"/opt/64/liba.so", library()},
      {"/etc/ld.so.cache",
       file(encode_ld_so_cache({{.flags = 0x3, .name = "liba.so", .path = "/opt/32/liba.so"},
                                {.flags = 0x303, .name = "liba.so", .path = "/opt/64/liba.so"}},
                               ByteOrder::little))},
  });
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/opt/64/liba.so"}));
}

TEST(GlibcSearch, WithoutACacheTheConfCountsUnlessTheLoaderItselfIsAsked) {
  const MemoryTree tree = with_loader({{"/p", program({.needed = {"liba.so"}})},
                                       {"/etc/ld.so.conf", file("include ld.so.conf.d/*.conf\n")},
                                       {"/etc/ld.so.conf.d/k.conf", file("/opt/k\n")},
                                       {"/opt/k/liba.so", library()}});
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/opt/k/liba.so"}));
  EXPECT_EQ(process_of(tree, "/p").edges.front().rule, SearchRule::ld_so_conf);
  ElfCache elves;
  const Closure strict =
      find_closure(tree, elves, {.programs = {"/p"}, .without_cache = WithoutCache::go_without});
  EXPECT_EQ(loaded(strict.processes[0]), (Texts{"/p", kLoader, "!liba.so"}));
}

TEST(GlibcSearch, FilesOfOtherMachinesArePassedOver) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so"}, .runpath = "/1:/2:/3:/4"})},
      {"/1/liba.so", library({.machine = EM_386, .is_64 = false})},
      {"/2/liba.so", library({.machine = EM_AARCH64})},
      {"/3/liba.so", library({.machine = EM_X86_64, .is_64 = false})},  // x32
      {"/4/liba.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/4/liba.so"}));
}

/// open_verify(): "ELF file data encoding not little-endian" is an error, not another machine.
TEST(GlibcSearch, TheOtherByteOrderWithinOneClassIsAnError) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so"}, .runpath = "/1:/2"})},
      {"/1/liba.so", library({.big_endian = true})},
      {"/2/liba.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"!liba.so"}));
}

/// Until glibc 2.36; ldconfig lists such folders with capability bits.
TEST(GlibcSearch, LegacyFoldersInTheCache) {
  const auto entry = [](const std::string& path, uint64_t hwcap) {
    LdSoCacheEntry it;
    it.flags = 0x303;
    it.name = "liba.so";
    it.path = path;
    it.hwcap = hwcap;
    return it;
  };
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so"}})},
      {"/k/liba.so", library()},
      {"/k/x86_64/liba.so", library()},
      {"/k/haswell/liba.so", library()},
      {"/etc/ld.so.cache",
       file(encode_ld_so_cache({entry("/k/haswell/liba.so", uint64_t{1} << 50),
                                entry("/k/x86_64/liba.so", 2), entry("/k/liba.so", 0)},
                               ByteOrder::little))},
  });
  EXPECT_EQ(loaded(process_of(tree, "/p")),
            (Texts{"/p", "/k/x86_64/liba.so", "/k/haswell/liba.so", kLoader}));
}

/// glibc looks at the reason only after the plain folder, which comes last.
TEST(GlibcSearch, ALinkLoopInASubfolderDoesNotEndTheList) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so"}, .runpath = "/k"})},
      {"/k/tls/liba.so", symlink_to("liba.so")},
      {"/k/liba.so", library()},
  });
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/k/liba.so"}));
}

TEST(GlibcSearch, ABrokenFileEndsTheSearch) {
  const std::string whole = library().text;
  const std::vector<std::pair<const char*, MemoryTree::Node>> broken = {
      {"text", file("INPUT(/lib/libc.so.6)")},
      {"empty", file("")},
      {"truncated", file(whole.substr(0, 70))},
      {"folder", directory()},
      {"program", program()},
      {"no dynamic section", library({.dynamic = false})},
      {"object file", elf({.type = ET_REL})},
  };
  for (const auto& [what, node] : broken) {
    const MemoryTree tree = with_loader({{"/p", program({.needed = {"liba.so"}, .runpath = "/1"})},
                                         {"/1/liba.so", node},
                                         {"/lib/liba.so", library()}});
    const Process process = process_of(tree, "/p");
    ASSERT_EQ(loaded(process), (Texts{"/p", kLoader, "!liba.so"})) << what;
    EXPECT_TRUE(process.unresolved[0].broken.starts_with("/1/liba.so: ")) << what;
    EXPECT_EQ(places(process.unresolved[0]), (Texts{"/1/liba.so"})) << what;
  }
}

TEST(GlibcSearch, BrokenLinksArePassedOver) {
  const MemoryTree tree = with_loader({{"/p", program({.needed = {"liba.so"}, .runpath = "/1"})},
                                       {"/1/liba.so", symlink_to("liba.so.1")},
                                       {"/lib/liba.so", library()}});
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/lib/liba.so"}));
}

TEST(GlibcSearch, ASonameFindsNothingWithoutALinkOfThatName) {
  MemoryTree tree = with_loader({{"/p", program({.needed = {"libs1.so.1"}})},
                                 {"/lib/libs1.so.1.0.0", library({.soname = "libs1.so.1"})}});
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"!libs1.so.1"}));
  tree.put("/lib/libs1.so.1", symlink_to("libs1.so.1.0.0"));
  EXPECT_EQ(libraries_of(tree, "/p"), (Texts{"/lib/libs1.so.1"}));
}

TEST(GlibcSearch, MissingLibrariesNameEveryPlaceAndWhoNeedsThem) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"liba.so", "libb.so"}, .runpath = "/own"})},
      {"/own/libb.so", library({.needed = {"liba.so"}})},
      {"/etc/ld.so.cache", file(encode_ld_so_cache({}, ByteOrder::little))},
  });
  const Process process = process_of(tree, "/p", {"/user"});
  ASSERT_EQ(process.unresolved.size(), 2U);
  EXPECT_EQ(process.unresolved[0].needed_by, "/p");
  EXPECT_EQ(process.unresolved[1].needed_by, "/own/libb.so");
  EXPECT_EQ(
      places(process.unresolved[0]),
      (Texts{"/user/liba.so", "/own/liba.so", "/etc/ld.so.cache", "/lib/x86_64-linux-gnu/liba.so",
             "/usr/lib/x86_64-linux-gnu/liba.so", "/lib/liba.so", "/usr/lib/liba.so"}));
  EXPECT_EQ(process.unresolved[0].searched[0].verdict, "no such folder");
}

// Case 10: an image may be started on another CPU, so the baseline and every variant go along.
TEST(GlibcSearch, VariantsForBetterCpusComeBehindTheBaseline) {
  const MemoryTree tree = with_loader({
      {"/p", program({.needed = {"libh.so", "libz.so"}, .runpath = "/l"})},
      {"/l/libh.so", library({.soname = "libh.so"})},
      {"/l/glibc-hwcaps/x86-64-v2/libh.so", library({.soname = "libh.so"})},
      {"/l/glibc-hwcaps/x86-64-v3/libh.so", library({.needed = {"libv3.so"}})},
      {"/l/glibc-hwcaps/x86-64-v4/libh.so", library({.machine = EM_AARCH64})},
      {"/lib/libv3.so", library()},
      {"/lib/libz.so", library()},
  });
  Texts found = libraries_of(tree, "/p");
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front(), "/l/libh.so");
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (Texts{"/l/glibc-hwcaps/x86-64-v2/libh.so", "/l/glibc-hwcaps/x86-64-v3/libh.so",
                          "/l/libh.so", "/lib/libv3.so", "/lib/libz.so"}));
  for (const LoadedObject& object : process_of(tree, "/p").objects)
    EXPECT_EQ(!object.hwcaps_level.empty(), object.route.find("glibc-hwcaps") != std::string::npos);
}

}  // namespace
}  // namespace pack::test
