#include "rootfs/plan.h"

#include <gtest/gtest.h>

#include "rootfs/planned.h"

namespace pack::test {
namespace {

const PlanRequest kBare{.programs = {"/bin/p"}, .essentials = Essentials::left_out};

TEST(Plan, KeepsEverySymlinkOnTheWay) {
  EXPECT_EQ(
      entries(plan(small_root(), kBare).rootfs),
      (Texts{"/bin -> usr/bin", "/lib -> usr/lib", "/lib64 -> usr/lib64", "d755 /usr",
             "d755 /usr/bin", "f755 /usr/bin/p", "d755 /usr/lib", "d755 /usr/lib/x86_64-linux-gnu",
             "f755 /usr/lib/x86_64-linux-gnu/ld.so.2", "f644 /usr/lib/x86_64-linux-gnu/libc.so.6",
             "/usr/lib/x86_64-linux-gnu/libt.so.6 -> libt.so.6.4",
             "f644 /usr/lib/x86_64-linux-gnu/libt.so.6.4", "d755 /usr/lib64",
             "/usr/lib64/ld-linux-x86-64.so.2 -> ../lib/x86_64-linux-gnu/ld.so.2"}));
}

// Case 14: alternatives.
TEST(Plan, KeepsAbsoluteChainsOfTheProgram) {
  MemoryTree tree = small_root();
  tree.put("/usr/bin/awk", symlink_to("/etc/alternatives/awk"));
  tree.put("/etc/alternatives/awk", symlink_to("/usr/bin/p"));
  PlanRequest request = kBare;
  request.programs = {"/bin/awk"};
  const Rootfs rootfs = plan(tree, request).rootfs;
  EXPECT_EQ(entry(rootfs, "/usr/bin/awk"), "/usr/bin/awk -> /etc/alternatives/awk");
  EXPECT_EQ(entry(rootfs, "/etc/alternatives/awk"), "/etc/alternatives/awk -> /usr/bin/p");
  EXPECT_EQ(entry(rootfs, "/bin"), "/bin -> usr/bin");
  EXPECT_EQ(rootfs.entries.at(ImagePath("/usr/bin/p")).reason.kind, ReasonKind::program);
}

// Case 25.
TEST(Plan, FoldersAreOpenToEveryUserWhateverTheyAreHere) {
  MemoryTree tree = small_root();
  tree.put("/usr/lib", directory(0700));
  tree.put("/tmp/x", file(""));
  tree.put("/tmp", directory(0700));
  PlanRequest request = kBare;
  const Rootfs rootfs = plan(tree, request, {"/tmp/x"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/usr/lib"), "d755 /usr/lib");
  EXPECT_EQ(entry(rootfs, "/tmp"), "d1777 /tmp");
}

TEST(Plan, EveryPathHasItsParentsAndAReason) {
  const Rootfs rootfs = plan(small_root(), {.programs = {"/bin/p"}}).rootfs;
  for (const auto& [path, planned] : rootfs.entries) {
    if (path.parent().is_root()) continue;
    const auto parent = rootfs.entries.find(path.parent());
    ASSERT_NE(parent, rootfs.entries.end()) << path.str();
    EXPECT_EQ(parent->second.kind, EntryKind::directory) << path.str();
  }
  const auto& reason = rootfs.entries.at(ImagePath("/usr/lib/x86_64-linux-gnu/libt.so.6.4")).reason;
  EXPECT_EQ(reason.kind, ReasonKind::needed);
  EXPECT_EQ(reason.by, "/bin/p");
  EXPECT_EQ(reason.detail, "libt.so.6");
  EXPECT_EQ(reason.rule, SearchRule::default_directory);
}

TEST(Plan, EssentialsUnlessBare) {
  const Rootfs rootfs = plan(small_root(), {.programs = {"/bin/p"}}).rootfs;
  for (const char* text : {"d755 /dev", "d755 /proc", "d755 /sys", "d1777 /tmp", "f644 /etc/passwd",
                           "f644 /etc/group", "f644 /etc/ld.so.cache"})
    EXPECT_EQ(entry(rootfs, std::string(text).substr(std::string(text).find('/'))), text);
  const std::string& passwd = rootfs.entries.at(ImagePath("/etc/passwd")).content;
  EXPECT_TRUE(passwd.starts_with("root:x:0:0:"));
  EXPECT_NE(passwd.find("\nnobody:x:65534:"), passwd.npos);
  const Rootfs bare = plan(small_root(), kBare).rootfs;
  for (const char* path : {"/dev", "/tmp", "/etc"}) EXPECT_EQ(entry(bare, path), "");
}

TEST(Plan, WhatTheUserBringsComesBeforeTheEssentials) {
  MemoryTree tree = small_root();
  tree.put("/etc/passwd", file("own", 0600));
  const Rootfs rootfs = plan(tree, {.programs = {"/bin/p"}}, {"/etc/passwd"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/etc/passwd"), "f600 /etc/passwd");
}

TEST(Plan, WorkdirMkdirAndSymlink) {
  PlanRequest request = kBare;
  request.working_dir = "/srv/app";
  request.directories = {{ImagePath("/var/tmp"), 0700}, {ImagePath("/bin/sub"), 0750}};
  request.symlinks = {{ImagePath("/bin/q"), "p"}, {ImagePath("/opt/x/y"), "/gone"}};
  const Rootfs rootfs = plan(small_root(), request).rootfs;
  EXPECT_EQ(entry(rootfs, "/srv/app"), "d755 /srv/app");
  EXPECT_EQ(entry(rootfs, "/var/tmp"), "d700 /var/tmp");
  // Through the symlink that /bin is in the image.
  EXPECT_EQ(entry(rootfs, "/usr/bin/sub"), "d750 /usr/bin/sub");
  EXPECT_EQ(entry(rootfs, "/usr/bin/q"), "/usr/bin/q -> p");
  EXPECT_EQ(entry(rootfs, "/bin"), "/bin -> usr/bin");
  EXPECT_EQ(entry(rootfs, "/opt/x/y"), "/opt/x/y -> /gone");
}

TEST(Plan, AnAdditionOverALibraryReplacesItAndIsSaid) {
  MemoryTree tree = small_root();
  tree.put("/my/libt.so", library({.soname = "libt.so.6"}));
  const Rootfs rootfs =
      plan(tree, kBare, {"/my/libt.so:/usr/lib/x86_64-linux-gnu/libt.so.6.4"}).rootfs;
  EXPECT_EQ(rootfs.entries.at(ImagePath("/usr/lib/x86_64-linux-gnu/libt.so.6.4")).source,
            ImagePath("/my/libt.so"));
  EXPECT_TRUE(has_note(rootfs.notes, "/usr/lib/x86_64-linux-gnu/libt.so.6.4: /my/libt.so"));
}

TEST(Plan, TheSameFileTwiceIsNoConflict) {
  const Rootfs rootfs = plan(small_root(), kBare, {"/bin/p", "/usr/bin/p"}).rootfs;
  EXPECT_EQ(rootfs.notes, Texts{});
}

TEST(Plan, AFileWhereAFolderMustBeIsAnError) {
  MemoryTree tree = small_root();
  tree.put("/conf", file("x"));
  EXPECT_TRUE(failure([&] {
                plan(tree, kBare, {"/conf:/usr/lib"});
              }).starts_with("/usr/lib must be a folder"));
  EXPECT_NE(failure([&] { plan(tree, kBare, {"/conf:/usr/bin/p/below"}); }), "");
  PlanRequest over_symlink = kBare;
  over_symlink.symlinks = {{ImagePath("/usr"), "elsewhere"}};
  EXPECT_NE(failure([&] { plan(tree, over_symlink); }), "");
}

// Case 24.
TEST(Plan, ARealFolderNeverReplacesASymlink) {
  MemoryTree tree = small_root();
  tree.put("/src/lib/extra.conf", file("x"));
  tree.put("/src/lib/x86_64-linux-gnu/more.conf", file("x"));
  const Rootfs rootfs = plan(tree, kBare, {"/src/lib:/lib"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/lib"), "/lib -> usr/lib");
  EXPECT_EQ(entry(rootfs, "/usr/lib/extra.conf"), "f644 /usr/lib/extra.conf");
  EXPECT_EQ(entry(rootfs, "/usr/lib/x86_64-linux-gnu/more.conf"),
            "f644 /usr/lib/x86_64-linux-gnu/more.conf");
}

TEST(Plan, NamesThatDeleteFilesInLayersAreRefused) {
  MemoryTree tree = small_root();
  tree.put("/d/.wh.x", file(""));
  EXPECT_NE(failure([&] { plan(tree, kBare, {"/d"}); }).find(".wh."), std::string::npos);
}

TEST(Plan, AddedSymlinksBringWhatTheyLeadTo) {
  MemoryTree tree = small_root();
  tree.put("/etc/app/tz", symlink_to("/usr/share/zone/UTC"));
  tree.put("/etc/app/near", symlink_to("../data"));
  tree.put("/etc/app/dangling", symlink_to("nothing"));
  tree.put("/etc/data", file("data"));
  tree.put("/usr/share/zone/UTC", file("utc"));
  const Rootfs rootfs = plan(tree, kBare, {"/etc/app"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/usr/share/zone/UTC"), "f644 /usr/share/zone/UTC");
  EXPECT_EQ(entry(rootfs, "/etc/data"), "f644 /etc/data");
  EXPECT_EQ(entry(rootfs, "/etc/app/dangling"), "/etc/app/dangling -> nothing");
  EXPECT_TRUE(has_note(rootfs.notes, "/etc/app/dangling is a symlink to nothing"));
}

TEST(Plan, ASymlinkAddedInItsPlaceStaysOne) {
  MemoryTree tree = small_root();
  tree.put("/etc/localtime", symlink_to("/usr/share/zone/UTC"));
  tree.put("/usr/share/zone/UTC", file("utc", 0600));
  const Rootfs rootfs = plan(tree, kBare, {"/etc/localtime"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/etc/localtime"), "/etc/localtime -> /usr/share/zone/UTC");
  EXPECT_EQ(entry(rootfs, "/usr/share/zone/UTC"), "f600 /usr/share/zone/UTC");
}

TEST(Plan, ExcludeTakesFilesAndWholeFoldersAway) {
  MemoryTree tree = small_root();
  tree.put("/opt/doc/man/p.1", file(""));
  tree.put("/opt/doc/readme", file(""));
  tree.put("/opt/docs", file(""));
  PlanRequest request = kBare;
  request.excludes = {PathPattern("/opt/doc"), PathPattern("libt*"), PathPattern("*.none")};
  const Rootfs rootfs = plan(tree, request, {"/opt"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/opt/doc"), "");
  EXPECT_EQ(entry(rootfs, "/opt/doc/man/p.1"), "");
  EXPECT_EQ(entry(rootfs, "/opt/docs"), "f644 /opt/docs");
  Texts gone;
  for (const auto& [path, reason] : rootfs.left_out) gone.push_back(path.str());
  EXPECT_EQ(gone,
            (Texts{"/opt/doc/man/p.1", "/opt/doc/readme", "/usr/lib/x86_64-linux-gnu/libt.so.6",
                   "/usr/lib/x86_64-linux-gnu/libt.so.6.4"}));
  EXPECT_TRUE(has_note(rootfs.notes, "*.none matches nothing"));
}

TEST(Plan, ChmodAndChown) {
  MemoryTree tree = small_root();
  tree.put("/srv/etc/passwd", file("root:x:0:0::/:\nweb:x:101:102::/:\n"));
  tree.put("/srv/etc/group", file("www:x:33:\n"));
  PlanRequest request = kBare;
  request.modes = {{PathPattern("/usr/bin/p"), 04711}, {PathPattern("libc*"), 0600}};
  request.owners = {{PathPattern("/usr/bin"), "web:www"}, {PathPattern("/etc/passwd"), "7"}};
  const Rootfs rootfs =
      plan(tree, request, {"/srv/etc/passwd:/etc/passwd", "/srv/etc/group:/etc/group"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/usr/bin/p"), "f4711 /usr/bin/p 101:33");
  EXPECT_EQ(entry(rootfs, "/usr/bin"), "d755 /usr/bin 101:33");
  EXPECT_EQ(entry(rootfs, "/etc/passwd"), "f644 /etc/passwd 7:0");
  EXPECT_EQ(entry(rootfs, "/usr/lib/x86_64-linux-gnu/libc.so.6"),
            "f600 /usr/lib/x86_64-linux-gnu/libc.so.6");
  EXPECT_TRUE(has_note(rootfs.notes, "/usr/bin/p keeps its setuid bit"));
  request.modes = {{PathPattern("/none"), 0600}};
  EXPECT_NE(failure([&] { plan(tree, request); }), "");
}

TEST(Plan, ModesOfFilesAreThoseOfTheSource) {
  MemoryTree tree = small_root();
  tree.put("/usr/bin/p", program({.needed = {"libc.so.6"}}, 02711));
  const Rootfs rootfs = plan(tree, kBare).rootfs;
  EXPECT_EQ(entry(rootfs, "/usr/bin/p"), "f2711 /usr/bin/p");
  EXPECT_TRUE(has_note(rootfs.notes, "/usr/bin/p keeps its setgid bit"));
}

TEST(Plan, AMovedProgramIsNotLeftBehind) {
  MemoryTree tree = small_root();
  tree.put("/build/tool", program({.needed = {"libc.so.6"}}));
  const Rootfs rootfs = plan(tree, kBare, {"/build/tool:/usr/bin/tool"}).rootfs;
  EXPECT_EQ(entry(rootfs, "/usr/bin/tool"), "f755 /usr/bin/tool");
  EXPECT_EQ(entry(rootfs, "/build"), "");
}

}  // namespace
}  // namespace pack::test
