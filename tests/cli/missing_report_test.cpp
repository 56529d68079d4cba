#include "cli/missing_report.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pack::test {
namespace {

using Kind = MissingHint::Kind;

/// As glibc's loader searches for `name` with one RUNPATH folder.
Unresolved missing(const std::string& name, const std::string& by = "/p",
                   const std::string& verdict = "no such file") {
  return {.name = name,
          .needed_by = by,
          .broken = {},
          .searched = {{"/own/" + name, SearchRule::runpath, verdict, {}},
                       {"/etc/ld.so.cache", SearchRule::ld_so_cache, "not listed", {}},
                       {"/lib/" + name, SearchRule::default_directory, "no such file", {}},
                       {"/usr/lib/" + name, SearchRule::default_directory, "no such file", {}}}};
}

TEST(DescribeMissing, RulesStandInTheLoadersOrderWithTheirFolders) {
  EXPECT_EQ(
      describe_missing({missing("liba.so")}),
      "  liba.so not found\n"
      "    needed by /p\n"
      "    searched, in this order:\n"
      "      RUNPATH of /p: /own: no such file\n"
      "      ld.so.cache: not listed\n"
      "      default directories: /lib, /usr/lib: no such file\n"
      "    install the package that has it, name its folder with --library-path DIR, or go on "
      "without it with --allow-missing\n");
}

TEST(DescribeMissing, AnRpathNamesItsOwnerAndEachPlaceItsReason) {
  const std::string text = describe_missing(
      {{.name = "liba.so",
        .needed_by = "/libb.so",
        .broken = {},
        .searched = {{"/x y/liba.so", SearchRule::rpath, "no such file", "/libb.so"},
                     {"/z/liba.so", SearchRule::rpath, "another machine's: 32-bit x86", "/libb.so"},
                     {"/p/liba.so", SearchRule::rpath, "broken symlink", "/bin/p"}}}});
  EXPECT_NE(text.find("      RPATH of /libb.so: \"/x y\": no such file; /z: another machine's: "
                      "32-bit x86\n"
                      "      RPATH of /bin/p: /p: broken symlink\n"),
            text.npos)
      << text;
}

TEST(DescribeMissing, EveryoneWhoNeedsItIsNamedOnceWithItsOwnSearch) {
  EXPECT_TRUE(describe_missing({missing("liba.so"), missing("liba.so", "/q q", "broken symlink"),
                                missing("liba.so")})
                  .starts_with("  liba.so not found\n"
                               "    needed by /p\n"
                               "    searched, in this order:\n"
                               "      RUNPATH of /p: /own: no such file\n"
                               "      ld.so.cache: not listed\n"
                               "      default directories: /lib, /usr/lib: no such file\n"
                               "    needed by \"/q q\"\n"
                               "    searched, in this order:\n"
                               "      RUNPATH of \"/q q\": /own: broken symlink\n"));
}

TEST(DescribeMissing, ManyThatWereSearchedAlikeShareOneBlock) {
  std::vector<Unresolved> many;
  for (int i = 0; i < 40; ++i) many.push_back(missing("lib" + std::to_string(i) + ".so"));
  many.push_back(missing("libz.so", "/q"));
  const std::string text = describe_missing(many);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 40 + 1 + 2 * 6);
  for (const Unresolved& it : many)
    EXPECT_NE(text.find("  " + it.name + " not found\n"), text.npos) << text;
}

TEST(DescribeMissing, WhatIsNotTheSameStaysApart) {
  Unresolved broken = missing("libb.so");
  broken.broken = "/own/libb.so: too short";
  const std::string text = describe_missing({missing("liba.so"), broken});
  EXPECT_NE(text.find("  libb.so cannot be loaded: /own/libb.so: too short\n"), text.npos) << text;
  EXPECT_NE(text.find("repair or remove that file"), text.npos) << text;
}

TEST(DescribeMissing, AHintTakesThePlaceOfTheAdvice) {
  const std::string text = describe_missing(
      {missing("liba.so"), missing("libb.so")},
      {{.kind = Kind::likely, .name = "liba.so", .package = "liba1", .manager = "dpkg"}});
  EXPECT_NE(text.find("    liba.so is likely in package liba1, which is not installed: apt-get "
                      "install liba1\n"
                      "    the other: install the package that has it,"),
            text.npos)
      << text;
}

TEST(DescribeMissing, EveryHintNamesItsFacts) {
  const MissingHint facts{.name = "liba.so",
                          .needed_by = "/p",
                          .path = "/far/liba.so",
                          .package = "fruit",
                          .object = "/bin/o",
                          .manager = "rpm"};
  for (const auto& [kind, says] : std::map<Kind, std::vector<std::string>>{
           {Kind::runpath_not_inherited, {"RUNPATH of /bin/o", "--library-path /far"}},
           {Kind::rpath_void, {"RPATH of /bin/o", "that file has a RUNPATH"}},
           {Kind::rpath_overridden, {"RPATH of /bin/o", "/p has a RUNPATH"}},
           {Kind::no_default_folders, {"/far/liba.so", "nodefaultlib"}},
           {Kind::cache_stale, {"/etc/ld.so.cache does not list it", "run ldconfig"}},
           {Kind::link_missing, {"soname of /far/liba.so", "ldconfig -n /far"}},
           {Kind::deleted, {"/far/liba.so (package fruit)", "gone", "dnf reinstall fruit"}},
           {Kind::elsewhere, {"/far/liba.so (package fruit)", "--library-path /far"}},
           {Kind::offered, {"is in package fruit", "dnf install fruit"}},
           {Kind::likely, {"is likely in package fruit"}}}) {
    MissingHint hint = facts;
    hint.kind = kind;
    const std::string text = describe_missing({missing("liba.so")}, {hint});
    for (const std::string& words : says) EXPECT_NE(text.find(words), text.npos) << text;
    EXPECT_EQ(text.find("--allow-missing"), text.npos) << text;
  }
}

TEST(DescribeMissing, AnInterpreterAsksForAnotherRoot) {
  const std::string text = describe_missing(
      {{.name = "/lib/ld-linux-aarch64.so.1",
        .needed_by = "/p",
        .broken = {},
        .searched = {
            {"/lib/ld-linux-aarch64.so.1", SearchRule::interpreter, "no such file", {}}}}});
  EXPECT_NE(text.find("PT_INTERP: /lib/ld-linux-aarch64.so.1: no such file\n"), text.npos) << text;
  EXPECT_NE(text.find("--root DIR"), text.npos) << text;
}

TEST(DescribeMissing, NothingMissingIsNothingToSay) { EXPECT_EQ(describe_missing({}), ""); }

}  // namespace
}  // namespace pack::test
