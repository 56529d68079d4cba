// What one more layer over a base image holds. What engines make of such layers is asked in
// tests/e2e/base_test.cpp.

#include <gtest/gtest.h>

#include "rootfs/base_tree.h"
#include "rootfs/plan_tree.h"
#include "rootfs/planned.h"
#include "rootfs/startable.h"

namespace pack::test {
namespace {

PlanRequest over(std::shared_ptr<const LayerTree> base) {
  return {.programs = {"/bin/p"}, .base = std::move(base)};
}

/// As small_root(), of another build: no file is the same.
MemoryTree small_base() {
  MemoryTree base{
      {"/bin", symlink_to("usr/bin")},
      {"/lib", symlink_to("usr/lib")},
      {"/lib64", symlink_to("usr/lib64")},
      {"/usr/bin/sh", program({.needed = {"libc.so.6"}})},
      {"/usr/lib64/ld-linux-x86-64.so.2",
       symlink_to("../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")},
      {"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", loader()},
      {"/usr/lib/x86_64-linux-gnu/libc.so.6",
       library({.needed = {"ld-linux-x86-64.so.2", "libbase.so"}, .soname = "libc.so.6"})},
      {"/usr/lib/x86_64-linux-gnu/libbase.so", library()},
      {"/dev", directory()},
      {"/proc", directory()},
      {"/sys", directory()},
      {"/etc/passwd", file("root:x:0:0\napp:x:7:8\n")},
      {"/etc/group", file("root:x:0:\n")},
      {"/tmp", directory(01777)}};
  return base;
}

/// What is missing in the image by its loaders' rules: names.
Texts missing(const Planned& it, const FileTree& tree) {
  ElfCache elves;
  Texts names;
  for (const Unresolved& each : check_startable(it.rootfs, tree, elves, it.closure).missing)
    names.push_back(each.name);
  return names;
}

TEST(BasePlan, AddsOnlyWhatTheBaseHasNot) {
  const MemoryTree tree = small_root();
  const Planned it = plan(tree, over(base_of(small_base())));
  EXPECT_EQ(entries(it.rootfs), (Texts{"d755 /usr", "d755 /usr/bin", "f755 /usr/bin/p",
                                       "d755 /usr/lib", "d755 /usr/lib/x86_64-linux-gnu",
                                       "/usr/lib/x86_64-linux-gnu/libt.so.6 -> libt.so.6.4",
                                       "f644 /usr/lib/x86_64-linux-gnu/libt.so.6.4"}));
  EXPECT_EQ(missing(it, tree), Texts{});
  EXPECT_EQ(it.rootfs.notes, Texts{});
  // The base's libc is not the host's, and brings what it needs itself.
  EXPECT_TRUE(it.rootfs.in_base.contains(ImagePath("/etc/passwd")));
}

TEST(BasePlan, ParentsAreAsTheBaseHasThem) {
  MemoryTree tree = small_root();
  tree.put("/tmp/x/y", file("1"));
  tree.put("/srv/data/z", file("2"));
  MemoryTree base = small_base();
  base.put("/srv", directory(02750));
  const auto layers = base_of(base);
  layers->own("/srv",
              {.uid = 33, .gid = 34, .xattrs = {{"user.a", "b"}, {"security.selinux", "c"}}});
  const Rootfs rootfs = plan(tree, over(layers), {"/tmp/x/y", "/srv/data"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/tmp"), "d1777 /tmp");
  EXPECT_EQ(entry(rootfs, "/tmp/x"), "d755 /tmp/x");
  EXPECT_EQ(entry(rootfs, "/srv"), "d2750 /srv 33:34");
  EXPECT_EQ(entry(rootfs, "/srv/data"), "d755 /srv/data");
  EXPECT_EQ(rootfs.entries.at(ImagePath("/srv")).xattrs,
            (std::map<std::string, std::string>{{"user.a", "b"}}));
}

TEST(BasePlan, FoldersThatBothHaveKeepTheBasesMode) {
  MemoryTree tree = small_root();
  tree.put("/site/x", file("1"));
  tree.put("/site", directory(0700));
  MemoryTree base = small_base();
  base.put("/var/www", directory(0775));
  const auto layers = base_of(base);
  layers->own("/var/www", {.uid = 33, .gid = 33, .xattrs = {}});
  PlanRequest request = over(layers);
  request.directories = {{ImagePath("/tmp"), {}}, {ImagePath("/dev"), 0700}};
  const Rootfs rootfs = plan(tree, request, {"/site:/var/www"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/var/www"), "d775 /var/www 33:33");
  EXPECT_EQ(entry(rootfs, "/tmp"), "");
  EXPECT_EQ(entry(rootfs, "/dev"), "d700 /dev");
}

TEST(BasePlan, TheNamedProgramReplacesTheBasesAndTheSameOneIsLeftOut) {
  MemoryTree tree = small_root();
  MemoryTree base = small_base();
  base.put("/usr/bin/p", program({.needed = {"libother.so"}}));
  const Rootfs replaced = plan(tree, over(base_of(base))).rootfs;
  EXPECT_EQ(entry(replaced, "/usr/bin/p"), "f755 /usr/bin/p");
  EXPECT_TRUE(has_note(replaced.notes, "replaced in the base image: /usr/bin/p"));
  base.put("/usr/bin/p", program({.needed = {"libt.so.6", "libc.so.6"}}));
  const Rootfs same = plan(tree, over(base_of(base))).rootfs;
  EXPECT_EQ(entry(same, "/usr/bin/p"), "");
  EXPECT_TRUE(same.in_base.contains(ImagePath("/usr/bin/p")));
  base.put("/usr/bin/p", program({.needed = {"libt.so.6", "libc.so.6"}}, 0700));
  EXPECT_EQ(entry(plan(tree, over(base_of(base))).rootfs, "/usr/bin/p"), "f755 /usr/bin/p");
}

TEST(BasePlan, SameContentIsLeftOutOfAdditionsByAllThatCounts) {
  MemoryTree tree = small_root();
  MemoryTree base = small_base();
  for (const char* name : {"/d/same", "/d/longer", "/d/mode", "/d/owner", "/d/xattr", "/d/bytes"}) {
    tree.put(name, file("content"));
    base.put(name, file("content"));
  }
  base.put("/d/longer", file("content!"));
  base.put("/d/mode", file("content", 0600));
  base.put("/d/bytes", file("contend"));
  tree.put("/d/link", symlink_to("same"));
  base.put("/d/link", symlink_to("same"));
  const auto layers = base_of(base);
  layers->own("/d/owner", {.uid = 1, .xattrs = {}});
  layers->own("/d/xattr", {.xattrs = {{"security.capability", "x"}}});
  const Rootfs rootfs = plan(tree, over(layers), {"/d"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/d/same"), "");
  EXPECT_EQ(entry(rootfs, "/d/link"), "");
  for (const char* name : {"/d/longer", "/d/mode", "/d/owner", "/d/xattr", "/d/bytes"})
    EXPECT_EQ(entry(rootfs, name), std::string("f644 ") + name);
}

TEST(BasePlan, AFolderWhoseNameIsAnothersBeginningIsKept) {
  MemoryTree tree = small_root();
  MemoryTree base = small_base();
  base.put("/d", directory());
  base.put("/d.x", directory());
  tree.put("/d/a", file(""));
  tree.put("/d.x/b", file(""));
  const Rootfs rootfs = plan(tree, over(base_of(base)), {"/d/a", "/d.x/b"}).rootfs;
  for (const char* path : {"/d", "/d.x"})
    EXPECT_EQ(entry(rootfs, path), std::string("d755 ") + path);
}

// In Docker, an entry below lib/ makes a folder of a base's symlink.
TEST(BasePlan, NothingIsPlannedBehindASymlinkOfTheBase) {
  MemoryTree tree{{"/bin/p", program({.needed = {"libc.so.6", "libt.so"}})},
                  {"/lib64/ld-linux-x86-64.so.2", loader()},
                  {"/lib/x86_64-linux-gnu/libc.so.6", library({.soname = "libc.so.6"})},
                  {"/lib/x86_64-linux-gnu/libt.so", library()}};
  const Planned it = plan(tree, over(base_of(small_base())), {"/bin/p:/lib/q"});
  EXPECT_EQ(entry(it.rootfs, "/lib"), "");
  EXPECT_EQ(entry(it.rootfs, "/usr/bin/p"), "f755 /usr/bin/p");
  EXPECT_EQ(entry(it.rootfs, "/usr/lib/q"), "f755 /usr/lib/q");
  EXPECT_EQ(entry(it.rootfs, "/usr/lib/x86_64-linux-gnu/libt.so"),
            "f644 /usr/lib/x86_64-linux-gnu/libt.so");
  EXPECT_EQ(missing(it, tree), Texts{});
}

// The other way round: /lib is a folder in the base, a symlink on the host.
TEST(BasePlan, RoutesWorkOverFoldersWhereTheHostHasSymlinks) {
  const MemoryTree tree = small_root();
  MemoryTree base{{"/bin/sh", file("#!", 0755)}, {"/lib/apk", directory()}, {"/usr", directory()}};
  const Planned it = plan(tree, over(base_of(base)));
  EXPECT_EQ(missing(it, tree), Texts{});
  EXPECT_EQ(entry(it.rootfs, "/lib"), "d755 /lib");
  EXPECT_EQ(entry(it.rootfs, "/lib64"), "/lib64 -> usr/lib64");
  // The entrypoint as it is spelled.
  EXPECT_EQ(walk(PlanTree(it.rootfs, tree), "/bin/p").real, ImagePath("/usr/bin/p"));
  EXPECT_EQ(walk(PlanTree(it.rootfs, tree), "/lib/x86_64-linux-gnu/libc.so.6").real,
            ImagePath("/usr/lib/x86_64-linux-gnu/libc.so.6"));
}

// As Debian has it: the loader's own path is a symlink that leads through /lib.
TEST(BasePlan, ASymlinkThroughOneThatIsAFolderInTheBaseIsLedAnew) {
  MemoryTree tree = small_root();
  tree.put("/usr/lib64/ld-linux-x86-64.so.2", symlink_to("/lib/x86_64-linux-gnu/ld.so.2"));
  const Planned it = plan(tree, over(base_of({{"/lib/apk", directory()}})));
  EXPECT_EQ(missing(it, tree), Texts{});
  EXPECT_EQ(walk(PlanTree(it.rootfs, tree), kLoader).real,
            ImagePath("/usr/lib/x86_64-linux-gnu/ld.so.2"));
}

TEST(BasePlan, AProgramBehindAlternativesLeavesTheBasesOtherProgramAlone) {
  MemoryTree tree = small_root();
  tree.put("/usr/bin/awk", symlink_to("/etc/alternatives/awk"));
  tree.put("/etc/alternatives/awk", symlink_to("/usr/bin/p"));
  MemoryTree base = small_base();
  base.put("/usr/bin/awk", symlink_to("/etc/alternatives/awk"));
  base.put("/etc/alternatives/awk", symlink_to("/usr/bin/mawk"));
  base.put("/usr/bin/mawk", program());
  PlanRequest request = over(base_of(base));
  request.programs = {"/usr/bin/awk"};
  const Rootfs rootfs = plan(tree, request).rootfs;
  EXPECT_EQ(entry(rootfs, "/usr/bin/mawk"), "");
  EXPECT_EQ(entry(rootfs, "/etc/alternatives/awk"), "");
  EXPECT_EQ(walk(PlanTree(rootfs, tree), "/usr/bin/awk").real, ImagePath("/usr/bin/p"));
}

// Fedora's loader does not search Debian's folders: two C libraries must not meet.
TEST(BasePlan, LibrariesAreSearchedByTheBasesLoader) {
  const MemoryTree tree = small_root();
  using namespace std::string_literals;
  MemoryTree base{{"/lib64", symlink_to("usr/lib64")},
                  {"/usr/lib64/ld-linux-x86-64.so.2", elf({.soname = "ld-linux-x86-64.so.2"})},
                  {"/usr/lib64/libc.so.6", library({.soname = "libc.so.6"})}};
  base.put("/usr/lib64/ld-linux-x86-64.so.2", [] {
    MemoryTree::Node node = elf({.soname = "ld-linux-x86-64.so.2"});
    node.text += "\0/lib64/\0/usr/lib64/\0\0\0lib64\0"s;
    return node;
  }());
  const Planned it = plan(tree, over(base_of(base)));
  EXPECT_EQ(missing(it, tree), Texts{});
  EXPECT_EQ(entry(it.rootfs, "/usr/lib/x86_64-linux-gnu/libc.so.6"), "");
  EXPECT_EQ(entry(it.rootfs, "/usr/lib/x86_64-linux-gnu/libt.so.6.4"),
            "f644 /usr/lib/x86_64-linux-gnu/libt.so.6.4");
  EXPECT_EQ(entry(it.rootfs, "/etc/ld.so.cache"), "f644 /etc/ld.so.cache");
}

TEST(BasePlan, TheBasesCacheStaysUnlessALibraryNeedsOne) {
  MemoryTree tree = small_root();
  MemoryTree base = small_base();
  base.put("/etc/ld.so.cache", file("the base's"));
  EXPECT_EQ(entry(plan(tree, over(base_of(base))).rootfs, "/etc/ld.so.cache"), "");
  tree.put("/opt/own/libown.so", library());
  tree.put("/usr/bin/p", program({.needed = {"libown.so", "libc.so.6"}}));
  base.put("/usr/local/lib/libmine.so", library());
  base.put("/etc/ld.so.conf", file("/usr/local/lib\n"));
  PlanRequest request = over(base_of(base));
  request.library_path = {"/opt/own"};
  const Planned it = plan(tree, request);
  EXPECT_EQ(missing(it, tree), Texts{});
  const std::string& cache = it.rootfs.entries.at(ImagePath("/etc/ld.so.cache")).content;
  for (const char* path :
       {"/opt/own/libown.so", "/usr/local/lib/libmine.so", "/lib/x86_64-linux-gnu/libbase.so"})
    EXPECT_NE(cache.find(path), cache.npos) << path;
}

TEST(BasePlan, MuslsPathFileKeepsTheBasesFolders) {
  const char* interpreter = "/lib/ld-musl-x86_64.so.1";
  MemoryTree tree{{"/usr/bin/p", program({.needed = {"libx.so"}, .interpreter = interpreter})},
                  {interpreter, library()},
                  {"/etc/ld-musl-x86_64.path", file("/opt/musl\n")},
                  {"/opt/musl/libx.so", library()}};
  MemoryTree base{{interpreter, library()}, {"/usr/lib/libz.so", library()}};
  PlanRequest request = over(base_of(base));
  request.programs = {"/usr/bin/p"};
  const Planned it = plan(tree, request);
  EXPECT_EQ(missing(it, tree), Texts{});
  EXPECT_EQ(it.rootfs.entries.at(ImagePath("/etc/ld-musl-x86_64.path")).content,
            "/lib\n/usr/local/lib\n/usr/lib\n/opt/musl\n");
  // Where the base's own folders do, its search stays as it is.
  base.put("/usr/lib/libx.so", library());
  request.base = base_of(base);
  EXPECT_EQ(entry(plan(tree, request).rootfs, "/etc/ld-musl-x86_64.path"), "");
}

TEST(BasePlan, VariantsComeOnlyWithTheirOwnLibrary) {
  MemoryTree tree = small_root();
  const std::string folder = "/usr/lib/x86_64-linux-gnu/";
  tree.put(folder + "glibc-hwcaps/x86-64-v3/libc.so.6", library({.soname = "libc.so.6"}));
  tree.put(folder + "glibc-hwcaps/x86-64-v3/libt.so.6", library({.soname = "libt.so.6"}));
  const Rootfs rootfs = plan(tree, over(base_of(small_base()))).rootfs;
  EXPECT_EQ(entry(rootfs, folder + "glibc-hwcaps/x86-64-v3/libc.so.6"), "");
  EXPECT_NE(entry(rootfs, folder + "glibc-hwcaps/x86-64-v3/libt.so.6"), "");
}

TEST(BasePlan, AScriptRunsOnWhatTheBaseHas) {
  MemoryTree tree = small_root();
  tree.put("/run.py", file("#!/usr/bin/env py\n", 0755));
  tree.put("/usr/bin/py", program({.needed = {"libt.so.6"}}));
  tree.put("/usr/bin/env", program());
  MemoryTree base = small_base();
  base.put("/usr/bin/env", program({.needed = {"libc.so.6"}}));
  base.put("/usr/local/bin/py", program({.needed = {"libc.so.6"}}));
  const auto layers = base_of(base);
  ElfCache elves;
  const Needs needs =
      find_needs(tree, elves, {"/run.py"}, {}, "/usr/local/bin:/usr/bin", layers.get());
  EXPECT_EQ(needs.programs, Texts{});
  EXPECT_EQ(needs.in_base, (Texts{"/usr/bin/env", "/usr/local/bin/py"}));
  PlanRequest request = over(layers);
  request.programs = {"/run.py"};
  const Rootfs rootfs = plan_rootfs(tree, elves, needs, {}, {}, request);
  EXPECT_EQ(entries(rootfs), Texts{"f755 /run.py"});
  EXPECT_EQ(rootfs.programs, needs.in_base);  // they must start
}

TEST(BasePlan, FoldersAndFilesDoNotReplaceEachOther) {
  MemoryTree tree = small_root();
  tree.put("/conf", file("x"));
  tree.put("/tree/x", file("x"));
  const auto why = [&](MemoryTree base, const Texts& add) {
    return failure([&] { plan(tree, over(base_of(std::move(base))), add); });
  };
  EXPECT_NE(why(small_base(), {"/conf:/usr/bin"}).find("/usr/bin is a folder in the base image"),
            std::string::npos);
  // Through a symlink, too: without /bin, nothing of it would be found.
  EXPECT_NE(why(small_base(), {"/conf:/bin"}).find("/bin is a folder in the base image"),
            std::string::npos);
  EXPECT_NE(
      why(small_base(), {"/tree:/etc/passwd"}).find("/etc/passwd is a file in the base image"),
      std::string::npos);
  EXPECT_NE(why(small_base(), {"/conf:/etc/passwd/x"}).find("/etc/passwd"), std::string::npos);
  MemoryTree file_for_usr{{"/usr", file("x")}};
  EXPECT_NE(why(file_for_usr, {}).find("/usr"), std::string::npos);
}

TEST(BasePlan, AnAdditionReplacesTheBasesSymlinkAndNotItsTarget) {
  MemoryTree tree = small_root();
  tree.put("/conf", file("x"));
  MemoryTree base = small_base();
  base.put("/etc/conf", symlink_to("/usr/share/conf"));
  base.put("/usr/share/conf", file("x"));
  const Rootfs rootfs = plan(tree, over(base_of(base)), {"/conf:/etc/conf"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/etc/conf"), "f644 /etc/conf");
  EXPECT_EQ(entry(rootfs, "/usr/share/conf"), "");
}

TEST(BasePlan, ExcludeDoesNotDeleteAndSaysSo) {
  MemoryTree tree = small_root();
  PlanRequest request = over(base_of(small_base()));
  request.excludes = {PathPattern("/etc/passwd"), PathPattern("libc.so.6"),
                      PathPattern("/usr/bin/sh")};
  const Rootfs rootfs = plan(tree, request).rootfs;
  for (const char* text : {"/etc/passwd is in the base image and stays",
                           "libc.so.6: ", "/usr/bin/sh is in the base image and stays"})
    EXPECT_TRUE(has_note(rootfs.notes, text)) << text;
}

TEST(BasePlan, OwnersAreNamedByTheBasesAccounts) {
  MemoryTree tree = small_root();
  PlanRequest request = over(base_of(small_base()));
  request.owners = {{PathPattern("/usr/bin/p"), "app"}};
  EXPECT_EQ(entry(plan(tree, request).rootfs, "/usr/bin/p"), "f755 /usr/bin/p 7:0");
}

// A base's /etc/passwd may be a symlink out of the image: the walk stays inside.
TEST(BasePlan, APasswdThatIsASymlinkIsReadInsideTheImage) {
  MemoryTree tree = small_root();
  tree.put("/host/passwd", file("app:x:1:1\n"));
  MemoryTree base = small_base();
  base.put("/etc/passwd", symlink_to("../../../host/passwd"));
  PlanRequest request = over(base_of(base));
  request.owners = {{PathPattern("/usr/bin/p"), "app"}};
  EXPECT_NE(failure([&] { plan(tree, request); }).find("app is not in the image's /etc/passwd"),
            std::string::npos);
  base.put("/host/passwd", file("app:x:5:5\n"));
  request.base = base_of(base);
  EXPECT_EQ(entry(plan(tree, request).rootfs, "/usr/bin/p"), "f755 /usr/bin/p 5:0");
}

TEST(BasePlan, WithoutBaseNothingChanges) {
  const MemoryTree tree = small_root();
  EXPECT_EQ(entries(plan(tree, over(base_of({}))).rootfs), entries([&] {
              PlanRequest request = over(nullptr);
              Rootfs rootfs = plan(tree, request).rootfs;
              // Over an empty base no cache is needed, as with --bare.
              rootfs.entries.erase(ImagePath("/etc/ld.so.cache"));
              return rootfs;
            }()));
}

}  // namespace
}  // namespace pack::test
