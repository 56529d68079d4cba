#include "closure/path_list.h"

#include <gtest/gtest.h>

namespace pack {
namespace {

using Texts = std::vector<std::string>;
using Expanded = std::vector<ExpandedText>;

const DynamicTokens kTokens{.origin = "/app", .lib = "lib64", .platforms = {"x86_64", "haswell"}};

TEST(ExpandTokens, BothSpellingsAnywhereInTheText) {
  EXPECT_EQ(expand_tokens("$ORIGIN/../${LIB}/x", kTokens), (Expanded{{"/app/../lib64/x", ""}}));
  EXPECT_EQ(expand_tokens("/a$LIB", kTokens), (Expanded{{"/alib64", ""}}));
  EXPECT_EQ(expand_tokens("$ORIGIN$LIB", kTokens), (Expanded{{"/applib64", ""}}));
}

TEST(ExpandTokens, OneResultForEachPlatform) {
  EXPECT_EQ(expand_tokens("/o/$PLATFORM", kTokens),
            (Expanded{{"/o/haswell", "haswell"}, {"/o/x86_64", ""}}));
  EXPECT_EQ(expand_tokens("/o/$LIB", kTokens), (Expanded{{"/o/lib64", ""}}));
}

// is_dst() in glibc's elf/dl-load.c: a name ends where identifiers end.
TEST(ExpandTokens, UnknownVariablesStay) {
  for (const char* text : {"$LIBRARY", "$ORIGIN_X", "$LIB0", "${LIB", "${LIB/x}", "$", "${}",
                           "$origin", "$$", "a$", "/plain"})
    EXPECT_EQ(expand_tokens(text, kTokens), (Expanded{{text, ""}}));
}

TEST(SplitPathList, EmptyElementsStayAndAnEmptyListHasNone) {
  EXPECT_EQ(split_path_list("", ":"), Texts{});
  EXPECT_EQ(split_path_list(":", ":"), (Texts{"", ""}));
  EXPECT_EQ(split_path_list("/a::/b:", ":"), (Texts{"/a", "", "/b", ""}));
  EXPECT_EQ(split_path_list("/a;/b:/c", ":;"), (Texts{"/a", "/b", "/c"}));
  EXPECT_EQ(split_path_list("/a;/b", ":"), (Texts{"/a;/b"}));
}

TEST(ExpandPathList, EachFolderOnceAndWithoutSlashesBehind) {
  EXPECT_EQ(expand_path_list("/x//:/x:$ORIGIN/:/:/app", ":", kTokens),
            (Expanded{{"/x", ""}, {"/app", ""}, {"/", ""}}));
}

}  // namespace
}  // namespace pack
