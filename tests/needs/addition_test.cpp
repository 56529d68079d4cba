#include "needs/addition.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "source/memory_tree.h"

namespace pack {
namespace {

using Texts = std::vector<std::string>;

/// "SOURCE -> DESTINATION" of each file.
Texts found(const FileTree& tree, const std::string& option) {
  Texts texts;
  for (const Addition& addition : find_additions(tree, {parse_addition(option)}).files)
    texts.push_back(addition.source.str() + " -> " + addition.destination.str());
  return texts;
}

TEST(ParseAddition, SplitsWhereTheDestinationBegins) {
  const auto parts = [](const char* text) {
    const AdditionRequest request = parse_addition(text);
    return std::pair(request.source, request.destination);
  };
  using Parts = std::pair<std::string, std::string>;
  EXPECT_EQ(parts("/a"), Parts("/a", ""));
  EXPECT_EQ(parts("conf:/etc/x"), Parts("conf", "/etc/x"));
  EXPECT_EQ(parts("/a:b"), Parts("/a:b", ""));
  EXPECT_EQ(parts("/a:b:/c"), Parts("/a:b", "/c"));
  EXPECT_EQ(parts("*.so:/lib/"), Parts("*.so", "/lib/"));
  EXPECT_THROW(parse_addition(""), UsageError);
  EXPECT_THROW(parse_addition(":/x"), UsageError);
}

class AdditionsTest : public ::testing::Test {
 protected:
  const MemoryTree tree_{{"/src/a.conf", file("a")},
                         {"/src/b.conf", file("b")},
                         {"/src/.c.conf", file("c")},
                         {"/src/sub/d.conf", file("d")},
                         {"/src/sub/up", symlink_to("../a.conf")},
                         {"/link", symlink_to("src/a.conf")},
                         {"/to-src", symlink_to("src")},
                         {"/od*d", file("odd")},
                         {"/odxd", file("other")},
                         {"/dangling", symlink_to("none")}};
};

TEST_F(AdditionsTest, AFileGoesToItsOwnPlaceOrToAName) {
  EXPECT_EQ(found(tree_, "/src/a.conf"), (Texts{"/src/a.conf -> /src/a.conf"}));
  EXPECT_EQ(found(tree_, "/src/a.conf:/etc/x.conf"), (Texts{"/src/a.conf -> /etc/x.conf"}));
  EXPECT_EQ(found(tree_, "/src/a.conf:/etc/"), (Texts{"/src/a.conf -> /etc/a.conf"}));
}

TEST_F(AdditionsTest, AFolderBringsAllBelowItAndSymlinksStayLinks) {
  EXPECT_EQ(found(tree_, "/src"),
            (Texts{"/src -> /src", "/src/.c.conf -> /src/.c.conf", "/src/a.conf -> /src/a.conf",
                   "/src/b.conf -> /src/b.conf", "/src/sub -> /src/sub",
                   "/src/sub/d.conf -> /src/sub/d.conf", "/src/sub/up -> /src/sub/up"}));
  // The folder itself takes the name, with and without a slash behind it.
  const Texts renamed = {"/src/sub -> /etc/x", "/src/sub/d.conf -> /etc/x/d.conf",
                         "/src/sub/up -> /etc/x/up"};
  EXPECT_EQ(found(tree_, "/src/sub:/etc/x"), renamed);
  EXPECT_EQ(found(tree_, "/src/sub:/etc/x/"), renamed);
}

TEST_F(AdditionsTest, GlobsMatchAsInAShell) {
  EXPECT_EQ(found(tree_, "/src/*.conf:/etc/x"),
            (Texts{"/src/a.conf -> /etc/x/a.conf", "/src/b.conf -> /etc/x/b.conf"}));
  EXPECT_EQ(found(tree_, "/src/.*.conf"), (Texts{"/src/.c.conf -> /src/.c.conf"}));
  EXPECT_EQ(found(tree_, "/s?c/[!b].conf"), (Texts{"/src/a.conf -> /src/a.conf"}));
  EXPECT_EQ(found(tree_, "/*/*/d.conf"),
            (Texts{"/src/sub/d.conf -> /src/sub/d.conf", "/src/sub/d.conf -> /src/sub/d.conf"}));
}

TEST_F(AdditionsTest, ANameThatExistsIsThatNameEvenWithAStar) {
  EXPECT_EQ(found(tree_, "/od*d"), (Texts{"/od*d -> /od*d"}));
}

TEST_F(AdditionsTest, ASymlinkInItsOwnPlaceStaysARouteAndElsewhereBecomesTheFile) {
  const Additions own = find_additions(tree_, {parse_addition("/link")});
  EXPECT_EQ(own.routes, (Texts{"/link"}));
  EXPECT_EQ(found(tree_, "/link"), (Texts{"/src/a.conf -> /src/a.conf"}));
  EXPECT_EQ(found(tree_, "/link:/etc/"), (Texts{"/src/a.conf -> /etc/link"}));
  EXPECT_EQ(found(tree_, "/to-src/a.conf:/x"), (Texts{"/src/a.conf -> /x"}));
}

TEST_F(AdditionsTest, WhatIsNotThereIsAnError) {
  for (const char* option : {"/none", "/none*", "/src/none/*", "/dangling", "/src/a.conf/x"})
    EXPECT_THROW(found(tree_, option), Error) << option;
}

TEST_F(AdditionsTest, TheRootGoesIntoAFolder) {
  const Texts texts = found(tree_, "/:/all");
  EXPECT_EQ(texts.front(), "/ -> /all");
  EXPECT_NE(std::find(texts.begin(), texts.end(), "/src/sub/d.conf -> /all/src/sub/d.conf"),
            texts.end());
}

TEST_F(AdditionsTest, SocketsAndDevicesAreLeftOutAndSaid) {
  MemoryTree tree{{"/run/file", file("")}};
  tree.put("/run/fifo", {.kind = FileKind::fifo});
  tree.put("/run/socket", {.kind = FileKind::socket});
  tree.put("/run/null", {.kind = FileKind::character_device});
  tree.put("/run/disk", {.kind = FileKind::block_device});
  const Additions additions = find_additions(tree, {parse_addition("/run")});
  EXPECT_EQ(additions.files.size(), 2U);
  ASSERT_EQ(additions.notes.size(), 4U);
  EXPECT_TRUE(additions.notes[1].starts_with("/run/fifo "));
}

}  // namespace
}  // namespace pack
