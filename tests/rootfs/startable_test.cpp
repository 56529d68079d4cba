// The loader's rules, applied again inside the plan.

#include "rootfs/startable.h"

#include <gtest/gtest.h>

#include "rootfs/planned.h"

namespace pack::test {
namespace {

StartFindings findings(const FileTree& tree, const PlanRequest& request, const Texts& add = {}) {
  Planned planned = plan(tree, request, add);
  return check_startable(planned.rootfs, tree, planned.elves, planned.closure);
}

Texts missing(const StartFindings& findings) {
  Texts names;
  for (const Unresolved& it : findings.missing) names.push_back(it.name);
  return names;
}

TEST(Startable, APlanAsItIs) {
  for (const Essentials essentials : {Essentials::included, Essentials::left_out}) {
    const StartFindings found =
        findings(small_root(), {.programs = {"/bin/p"}, .essentials = essentials});
    EXPECT_EQ(missing(found), Texts{});
    EXPECT_EQ(found.notes, Texts{});
  }
}

// Case 21, and --bare, where the cache is the only thing that helps.
TEST(Startable, LibrariesFromTheLibraryPathAndTheConfAreFoundThroughTheImagesCache) {
  MemoryTree tree = small_root();
  tree.put("/usr/bin/p", program({.needed = {"libk.so", "libu.so.1"}}));
  tree.put("/opt/k/libk.so", library());
  tree.put("/opt/u/libu.so.1", symlink_to("real.so"));
  tree.put("/opt/u/real.so", library({.soname = "libu.so.1"}));
  tree.put("/etc/ld.so.conf", file("/opt/k\n"));
  for (const Essentials essentials : {Essentials::included, Essentials::left_out}) {
    const StartFindings found = findings(
        tree, {.programs = {"/bin/p"}, .library_path = {"/opt/u"}, .essentials = essentials});
    EXPECT_EQ(missing(found), Texts{});
  }
}

TEST(Startable, ACacheOfTheUsersThatDoesNotListALibraryIsFound) {
  MemoryTree tree = small_root();
  tree.put("/usr/bin/p", program({.needed = {"libu.so"}}));
  tree.put("/opt/u/libu.so", library());
  tree.put("/my.cache", file("none"));
  const StartFindings found = findings(tree, {.programs = {"/bin/p"}, .library_path = {"/opt/u"}},
                                       {"/my.cache:/etc/ld.so.cache"});
  EXPECT_EQ(missing(found), (Texts{"libu.so"}));
}

TEST(Startable, AMovedProgramNoLongerFindsWhatLiesBesideIt) {
  MemoryTree tree = small_root();
  tree.put("/build/tool", program({.needed = {"libown.so"}, .runpath = "$ORIGIN"}));
  tree.put("/build/libown.so", library());
  EXPECT_EQ(missing(findings(tree, {.programs = {"/bin/p"}}, {"/build/tool:/usr/bin/tool"})),
            (Texts{"libown.so"}));
  EXPECT_EQ(missing(findings(tree, {.programs = {"/bin/p"}}, {"/build:/usr/tool"})), Texts{});
}

TEST(Startable, EveryPlaceOfAProgramIsChecked) {
  MemoryTree tree = small_root();
  tree.put("/opt/app/tool", program({.needed = {"libown.so"}, .runpath = "$ORIGIN/lib"}));
  tree.put("/opt/app/lib/libown.so", library());
  const StartFindings found =
      findings(tree, {.programs = {"/opt/app/tool"}}, {"/opt/app/tool:/1/tool", "/opt/app:/2"});
  ASSERT_EQ(missing(found), (Texts{"libown.so"}));
  EXPECT_EQ(found.missing[0].needed_by, "/1/tool");
  PlanRequest without{.programs = {"/opt/app/tool"}, .excludes = {PathPattern("/opt/app/lib")}};
  EXPECT_TRUE(has_note(findings(tree, without, {"/opt/app:/2"}).notes, "left out by --exclude"));
}

TEST(Startable, WhatWasLeftOutOnPurposeIsOnlyANote) {
  PlanRequest request{.programs = {"/bin/p"}};
  for (const char* pattern :
       {"libt*", "libt.so.6", "libt.so.6.4", "/usr/lib/x86_64-linux-gnu/libt*"}) {
    request.excludes = {PathPattern(pattern)};
    const StartFindings found = findings(small_root(), request);
    EXPECT_EQ(missing(found), Texts{}) << pattern;
    EXPECT_TRUE(has_note(found.notes, "libt.so.6, which /bin/p needs, is left out")) << pattern;
  }
}

TEST(Startable, AnotherFileInItsPlaceIsSaid) {
  MemoryTree tree = small_root();
  tree.put("/my/libt.so", library({.soname = "libt.so.6"}));
  const StartFindings found = findings(tree, {.programs = {"/bin/p"}},
                                       {"/my/libt.so:/usr/lib/x86_64-linux-gnu/libt.so.6.4"});
  EXPECT_EQ(missing(found), Texts{});
  EXPECT_TRUE(has_note(found.notes, "in the image, libt.so.6 is"));
}

TEST(Startable, AReplacementThatIsNoLibraryIsFound) {
  MemoryTree tree = small_root();
  tree.put("/my/text", file("no library"));
  const StartFindings found =
      findings(tree, {.programs = {"/bin/p"}}, {"/my/text:/usr/lib/x86_64-linux-gnu/libt.so.6.4"});
  EXPECT_EQ(missing(found), (Texts{"libt.so.6"}));
}

class Entrypoint : public ::testing::Test {
 protected:
  std::string refusal(const std::string& word, const std::string& working_dir = "") const {
    return failure(
        [&] { require_entrypoint(planned_.rootfs, tree_, word, "/usr/bin:/opt", working_dir); });
  }
  const MemoryTree tree_ = [] {
    MemoryTree tree = small_root();
    tree.put("/opt/data", file("x", 0644));
    return tree;
  }();
  const Planned planned_ = plan(tree_, {.programs = {"/bin/p"}}, {"/opt/data"});
};

TEST_F(Entrypoint, IsFoundByPathByNameAndFromTheWorkingFolder) {
  EXPECT_EQ(refusal("/bin/p"), "");
  EXPECT_EQ(refusal("p"), "");
  EXPECT_EQ(refusal("./p", "/usr/bin"), "");
  EXPECT_EQ(refusal("bin/p"), "");
}

TEST_F(Entrypoint, ThatIsNotThereOrNotExecutableIsRefused) {
  EXPECT_NE(refusal("/bin/none").find("is not in the image"), std::string::npos);
  EXPECT_NE(refusal("none").find("on its PATH (/usr/bin:/opt)"), std::string::npos);
  EXPECT_NE(refusal("./p", "/opt").find("is not in the image"), std::string::npos);
  EXPECT_NE(refusal("/usr/bin").find("is not in the image"), std::string::npos);
  EXPECT_NE(refusal("/opt/data").find("--chmod /opt/data:755"), std::string::npos);
}

}  // namespace
}  // namespace pack::test
