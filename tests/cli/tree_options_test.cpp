// From the words behind `pack tree` to what they mean.

#include "cli/tree_options.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/error.h"
#include "cli/colour.h"
#include "pack.h"

namespace pack {
namespace {

using Texts = std::vector<std::string>;

TreeRequest resolve(Texts words) {
  CLI::App app;
  TreeOptions options;
  add_tree_options(app, options);
  std::reverse(words.begin(), words.end());
  app.parse(words);
  return resolve_tree_request(options, {.working_dir = "/home/me",
                                        .path = "/usr/bin:/bin",
                                        .ld_library_path = "/env",
                                        .source_date_epoch = {}});
}

/// The sentence with which it is refused; "" when it is not.
std::string refusal(const Texts& words) {
  try {
    resolve(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(TreeOptions, ProgramsAndPathsAreThoseOfABuild) {
  const TreeRequest request =
      resolve({"./app", "bash", "../x", "--library-path", "/a:b", "--library-path", "/c"});
  EXPECT_EQ(request.programs, (Texts{"/home/me/app", "bash", "/home/x"}));
  EXPECT_EQ(request.library_path, (Texts{"/a", "/home/me/b", "/c", "/env"}));
  EXPECT_EQ(request.program_path, "/usr/bin:/bin");
  EXPECT_EQ(request.explain, Explain::unresolved_only);
  EXPECT_EQ(request.symbols, SymbolCheck::versions);
}

TEST(TreeOptions, InAnotherRootNothingOfTheHostCounts) {
  const TreeRequest request = resolve({"./app", "--root", "/r", "--library-path", "b"});
  EXPECT_EQ(request.root, "/r");
  EXPECT_EQ(request.programs, Texts{"/app"});
  EXPECT_EQ(request.library_path, Texts{"/b"});
  EXPECT_EQ(request.program_path, kDefaultPath);
}

TEST(TreeOptions, HwcapsLevels) {
  EXPECT_TRUE(resolve({"p"}).hwcaps.all);
  EXPECT_TRUE(resolve({"p", "--json"}).hwcaps.all);
  EXPECT_TRUE(resolve({"p", "--hwcaps", "all", "--list"}).hwcaps.all);
  for (const Texts& words : {Texts{"p", "--list"}, Texts{"p", "--hwcaps", "none"}}) {
    EXPECT_FALSE(resolve(words).hwcaps.all);
    EXPECT_TRUE(resolve(words).hwcaps.levels.empty());
  }
  EXPECT_EQ(resolve({"p", "--list", "--hwcaps", "x86-64-v2,x86-64-v3"}).hwcaps.levels,
            (Texts{"x86-64-v2", "x86-64-v3"}));
  for (const char* wrong : {"x86-64-v2,", ",", "a/b", "none,x86-64-v2", "x86-64-v2,all"})
    EXPECT_NE(refusal({"p", "--hwcaps", wrong}).find("--hwcaps"), std::string::npos) << wrong;
}

TEST(TreeOptions, DetailIsReadOnlyWhereItIsShown) {
  EXPECT_EQ(resolve({"p", "-v"}).explain, Explain::every_search);
  EXPECT_EQ(resolve({"p", "-v", "--json"}).explain, Explain::every_search);
  EXPECT_EQ(resolve({"p", "--check-symbols"}).symbols, SymbolCheck::versions_and_symbols);
}

TEST(TreeOptions, OneViewAtATime) {
  for (const Texts& words :
       {Texts{"--list", "--json"}, Texts{"--list", "--why", "x"}, Texts{"-q", "--json"},
        Texts{"-q", "--why", "x"}, Texts{"-q", "-v"}, Texts{"--list", "-v"}}) {
    Texts all = words;
    all.push_back("p");
    EXPECT_NE(refusal(all).find("use one of them"), std::string::npos)
        << ::testing::PrintToString(words);
  }
  EXPECT_EQ(refusal({"p", "--json", "--why", "x"}), "");
  EXPECT_EQ(refusal({"p", "-v", "--why", "x"}), "");
}

TEST(TreeOptions, SomethingMustBeNamed) {
  EXPECT_NE(refusal({}).find("pack tree PROGRAM"), std::string::npos);
  EXPECT_NE(refusal({""}).find("empty"), std::string::npos);
  EXPECT_NE(refusal({"p", "--root", ""}).find("--root"), std::string::npos);
}

TEST(ColourChoice, KnowsThreeWords) {
  EXPECT_EQ(parse_colour_choice("auto"), ColourChoice::automatic);
  EXPECT_EQ(parse_colour_choice("always"), ColourChoice::always);
  EXPECT_EQ(parse_colour_choice("never"), ColourChoice::never);
  EXPECT_THROW(parse_colour_choice("yes"), UsageError);
  EXPECT_THROW(parse_colour_choice(""), UsageError);
}

}  // namespace
}  // namespace pack
