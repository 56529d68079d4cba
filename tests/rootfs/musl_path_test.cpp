// The path file of an image with musl programs: its loader must find again what the closure found.

#include "rootfs/musl_path.h"

#include <gtest/gtest.h>

#include "rootfs/planned.h"
#include "rootfs/startable.h"

namespace pack::test {
namespace {

constexpr const char* kMusl = "/lib/ld-musl-x86_64.so.1";
constexpr const char* kPathFile = "/etc/ld-musl-x86_64.path";

MemoryTree::Node musl_program(MemoryElf it = {}) {
  it.interpreter = kMusl;
  it.needed.push_back("libc.musl-x86_64.so.1");
  return program(it);
}

MemoryTree musl_root() {
  return {{"/bin/p", musl_program({.needed = {"libz.so.1", "libown.so"}})},
          {kMusl, library({.soname = "libc.musl-x86_64.so.1"})},
          {"/lib/libc.musl-x86_64.so.1", symlink_to("ld-musl-x86_64.so.1")},
          {"/lib/libz.so.1", symlink_to("libz.so.1.3")},
          {"/lib/libz.so.1.3", library({.soname = "libz.so.1"})},
          {"/lib/libown.so", library()}};
}

std::string content_of(const FileTree& tree, const Planned& planned, const std::string& path) {
  const auto entry = planned.rootfs.entries.find(ImagePath(path));
  if (entry == planned.rootfs.entries.end()) return "none";
  if (!entry->second.source) return entry->second.content;
  return read_whole(*tree.open(*entry->second.source), 1 << 20);
}

Texts missing(const FileTree& tree, Planned& planned) {
  Texts names;
  for (const Unresolved& it :
       check_startable(planned.rootfs, tree, planned.elves, planned.closure).missing)
    names.push_back(it.name);
  return names;
}

TEST(ImageMuslPath, AnImageWithOnlyDefaultFoldersNeedsNone) {
  const MemoryTree tree = musl_root();
  for (const Essentials essentials : {Essentials::included, Essentials::left_out}) {
    Planned planned = plan(tree, {.programs = {"/bin/p"}, .essentials = essentials});
    EXPECT_EQ(content_of(tree, planned, kPathFile), "none");
    EXPECT_EQ(content_of(tree, planned, "/etc/ld.so.cache"), "none");
    EXPECT_EQ(missing(tree, planned), Texts{});
    EXPECT_EQ(entry(planned.rootfs, "/lib/libz.so.1"), "/lib/libz.so.1 -> libz.so.1.3");
  }
}

TEST(ImageMuslPath, FoldersOfTheLibraryPathComeBeforeTheDefaultOnes) {
  MemoryTree tree = musl_root();
  tree.put("/env/b/libown.so", library());
  Planned planned = plan(tree, {.programs = {"/bin/p"}, .library_path = {"/env/a", "/env/b/"}});
  EXPECT_EQ(content_of(tree, planned, kPathFile), "/env/b/\n/lib\n/usr/local/lib\n/usr/lib\n");
  EXPECT_EQ(entry(planned.rootfs, kPathFile), std::string("f644 ") + kPathFile);
  EXPECT_EQ(missing(tree, planned), Texts{});
}

TEST(ImageMuslPath, TheRootsOwnFileComesAlong) {
  MemoryTree tree = musl_root();
  tree.put("/opt/k/libk.so", library());
  tree.put("/bin/p", musl_program({.needed = {"libk.so", "libown.so"}}));
  const std::string text = "/nothing:/opt/k\n\n/lib";
  tree.put(kPathFile, symlink_to("musl.path"));
  tree.put("/etc/musl.path", file(text));
  Planned as_it_is = plan(tree, {.programs = {"/bin/p"}});
  EXPECT_EQ(content_of(tree, as_it_is, "/etc/musl.path"), text);
  EXPECT_EQ(entry(as_it_is.rootfs, kPathFile), std::string(kPathFile) + " -> musl.path");
  EXPECT_EQ(missing(tree, as_it_is), Texts{});

  tree.put("/env/libown.so", library());
  Planned with_more = plan(tree, {.programs = {"/bin/p"}, .library_path = {"/env"}});
  EXPECT_EQ(content_of(tree, with_more, kPathFile), "/env\n/nothing\n/opt/k\n/lib\n");
  EXPECT_EQ(missing(tree, with_more), Texts{});
}

TEST(ImageMuslPath, StandsWhereTheLoaderLooksForIt) {
  MemoryTree tree = musl_root();
  const std::string loader = "/opt/m/lib/ld-musl-x86_64.so.1";
  tree.put(loader, library());
  tree.put("/bin/q", program({.needed = {"libe.so"}, .interpreter = loader}));
  tree.put("/bin/p", musl_program({.needed = {"libz.so.1", "libe.so"}}));
  tree.put("/env/libe.so", library());
  Planned planned = plan(tree, {.programs = {"/bin/p", "/bin/q"}, .library_path = {"/env"}});
  for (const char* path : {kPathFile, "/opt/m/etc/ld-musl-x86_64.path"})
    EXPECT_EQ(content_of(tree, planned, path), "/env\n/lib\n/usr/local/lib\n/usr/lib\n") << path;
  EXPECT_EQ(missing(tree, planned), Texts{});
}

TEST(ImageMuslPath, TheUsersOwnWins) {
  MemoryTree tree = musl_root();
  tree.put("/env/libe.so", library());
  tree.put("/bin/p", musl_program({.needed = {"libe.so"}}));
  tree.put("/mine", file("/lib"));
  Planned added = plan(tree, {.programs = {"/bin/p"}, .library_path = {"/env"}},
                       {std::string("/mine:") + kPathFile});
  EXPECT_EQ(content_of(tree, added, kPathFile), "/lib");
  EXPECT_EQ(missing(tree, added), (Texts{"libe.so"}));

  Planned excluded = plan(
      tree,
      {.programs = {"/bin/p"}, .excludes = {PathPattern(kPathFile)}, .library_path = {"/env"}});
  EXPECT_EQ(content_of(tree, excluded, kPathFile), "none");
  EXPECT_FALSE(has_note(excluded.rootfs.notes, "matches nothing"));
  EXPECT_EQ(missing(tree, excluded), (Texts{"libe.so"}));
}

// LD_LIBRARY_PATH comes before RUNPATH, the path file behind it.
TEST(ImageMuslPath, ALibraryThatTheImageFindsElsewhereIsSaid) {
  MemoryTree tree = musl_root();
  tree.put("/run/libe.so", library());
  tree.put("/env/libe.so", library());
  tree.put("/bin/p", musl_program({.needed = {"libe.so"}, .runpath = "/run"}));
  Planned planned =
      plan(tree, {.programs = {"/bin/p"}, .library_path = {"/env"}}, {"/run/libe.so"});
  const StartFindings found = check_startable(planned.rootfs, tree, planned.elves, planned.closure);
  EXPECT_TRUE(found.missing.empty());
  EXPECT_TRUE(has_note(found.notes, "in the image, libe.so is /run/libe.so"));
}

TEST(ImageMuslPath, OnlyGlibcsProgramsGetACache) {
  MemoryTree tree = musl_root();
  tree.put("/bin/g", program({.needed = {"libg.so"}}));
  tree.put(kLoader, loader());
  tree.put("/lib/libg.so", library());
  tree.put("/env/libe.so", library());
  tree.put("/bin/p", musl_program({.needed = {"libe.so"}}));
  Planned planned = plan(tree, {.programs = {"/bin/p", "/bin/g"}, .library_path = {"/env"}});
  EXPECT_NE(content_of(tree, planned, "/etc/ld.so.cache"), "none");
  EXPECT_NE(content_of(tree, planned, kPathFile), "none");
  EXPECT_EQ(missing(tree, planned), Texts{});
}

}  // namespace
}  // namespace pack::test
