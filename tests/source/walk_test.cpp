// Routes through a tree. What the kernel does with the same tree is in walk_kernel_test.cpp.

#include "source/walk.h"

#include <gtest/gtest.h>

#include "source/memory_tree.h"

namespace pack {
namespace {

std::vector<std::string> trail(const Walk& walk) {
  std::vector<std::string> texts;
  for (const ImagePath& step : walk.trail) texts.push_back(step.str());
  return texts;
}

using Trail = std::vector<std::string>;

TEST(Walk, NotesEveryFolderAndSymlinkOnTheWay) {
  const MemoryTree tree{{"/bin", symlink_to("usr/bin")},
                        {"/usr/bin/awk", symlink_to("/etc/alternatives/awk")},
                        {"/etc/alternatives/awk", symlink_to("../../usr/bin/mawk")},
                        {"/usr/bin/mawk", file("x", 0755)}};
  const Walk end = walk(tree, "/bin/awk");
  ASSERT_TRUE(end.found(FileKind::regular));
  EXPECT_EQ(end.real.str(), "/usr/bin/mawk");
  EXPECT_EQ(end.status.mode, 0755U);
  EXPECT_EQ(trail(end), (Trail{"/bin", "/usr", "/usr/bin", "/usr/bin/awk", "/etc",
                               "/etc/alternatives", "/etc/alternatives/awk", "/usr", "/usr/bin"}));
}

TEST(Walk, DotDotIsTakenAfterTheSymlinkNotBeforeIt) {
  const MemoryTree tree{{"/link", symlink_to("/deep/er")},
                        {"/deep/er/x", file("")},
                        {"/deep/y", file("deep")},
                        {"/y", file("top")}};
  EXPECT_EQ(walk(tree, "/link/../y").real.str(), "/deep/y");
  EXPECT_EQ(walk(tree, "/../../y").real.str(), "/y");
}

TEST(Walk, NeverLeavesTheRoot) {
  const MemoryTree tree{{"/a/out", symlink_to("../../../../etc/passwd")},
                        {"/etc/passwd", file("inside")}};
  EXPECT_EQ(walk(tree, "/a/out").real.str(), "/etc/passwd");
}

TEST(Walk, RootItself) {
  const MemoryTree tree{{"/link", symlink_to("/")}, {"/a", file("")}};
  for (const char* route : {"/", "//", "/.", "/..", "/link", "/link/"}) {
    const Walk end = walk(tree, route);
    EXPECT_TRUE(end.found(FileKind::directory)) << route;
    EXPECT_TRUE(end.real.is_root()) << route;
  }
  EXPECT_EQ(walk(tree, "/link/link/a").real.str(), "/a");
}

TEST(Walk, MissingFileAndBrokenLinkAreToldApart) {
  const MemoryTree tree{{"/d/f", file("")},
                        {"/broken", symlink_to("nowhere")},
                        {"/broken-folder", symlink_to("/nowhere/at/all")},
                        {"/folder", symlink_to("d")}};
  EXPECT_EQ(walk(tree, "/no").end, WalkEnd::missing);
  EXPECT_EQ(walk(tree, "/no/such/file").end, WalkEnd::missing);
  EXPECT_EQ(walk(tree, "/broken").end, WalkEnd::broken_link);
  EXPECT_EQ(walk(tree, "/broken-folder/x").end, WalkEnd::broken_link);
  EXPECT_EQ(walk(tree, "/folder/no").end, WalkEnd::missing);
  EXPECT_EQ(walk(tree, "/d/no").real.str(), "/d/no");
}

TEST(Walk, AFileIsNoFolder) {
  const MemoryTree tree{{"/f", file("")},
                        {"/to-f", symlink_to("f")},
                        {"/to-f-slash", symlink_to("f/")},
                        {"/d/x", file("")}};
  for (const char* route : {"/f/x", "/f/..", "/f/", "/f/.", "/to-f/x", "/to-f/", "/to-f-slash"})
    EXPECT_EQ(walk(tree, route).end, WalkEnd::not_a_directory) << route;
  EXPECT_TRUE(walk(tree, "/d/").found(FileKind::directory));
}

TEST(Walk, FortyLinksAreFollowedAndNoMore) {
  MemoryTree tree{{"/end", file("")}, {"/0", symlink_to("end")}};
  for (int i = 1; i <= 40; ++i)
    tree.put('/' + std::to_string(i), symlink_to(std::to_string(i - 1)));
  EXPECT_TRUE(walk(tree, "/39").found());
  EXPECT_EQ(walk(tree, "/40").end, WalkEnd::link_loop);
}

TEST(Walk, Loops) {
  const MemoryTree tree{{"/self", symlink_to("self")},
                        {"/a", symlink_to("b")},
                        {"/b", symlink_to("/a")},
                        {"/grows", symlink_to("grows/x")}};
  for (const char* route : {"/self", "/a", "/b/x", "/grows"})
    EXPECT_EQ(walk(tree, route).end, WalkEnd::link_loop) << route;
}

TEST(Walk, RoutesThatAreNoneAreAnError) {
  const MemoryTree tree{};
  EXPECT_THROW(walk(tree, ""), Error);
  EXPECT_THROW(walk(tree, "a"), Error);
  EXPECT_THROW(walk(tree, std::string_view("/a\0b", 4)), Error);
}

}  // namespace
}  // namespace pack
