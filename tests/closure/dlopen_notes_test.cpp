// What objects open later, by their own dlopen notes, in trees written as literals.

#include <gtest/gtest.h>

#include "closure/memory_elf.h"

namespace pack::test {
namespace {

using Priority = ElfDlopenNote::Priority;

std::string note(const std::string& sonames, const std::string& priority,
                 const std::string& feature = "") {
  return R"([{"soname":[)" + sonames + R"(],"priority":")" + priority + R"(","feature":")" +
         feature + "\"}]";
}

Process noted(const FileTree& tree, const std::string& program, const Texts& libraries = {}) {
  ElfCache elves(ElfWants{.imports = {}, .dlopen_notes = true});
  return find_closure(
             tree, elves,
             {.programs = {program}, .libraries = libraries, .opened_later = OpenedLater::taken})
      .processes.front();
}

/// As loaded(), without the program in front and the interpreter.
Texts opened(const Process& process) {
  Texts texts = loaded(process);
  texts.erase(texts.begin());
  std::erase(texts, kLoader);
  return texts;
}

/// "NAME NAME: PURPOSE, found at ROUTE"
Texts unopened(const Process& process) {
  Texts texts;
  for (const Unopened& it : process.unopened) {
    std::string text;
    for (const std::string& name : it.names) text += name + ' ';
    texts.push_back(text + describe(it.opening) + (it.found.empty() ? "" : " at " + it.found));
  }
  return texts;
}

TEST(DlopenNote, RequiredAndRecommendedLibrariesComeWithWhatTheyNeed) {
  const MemoryTree tree = with_loader({
      {"/bin/p", program({.dlopen_notes = {note(R"("liba.so")", "required"),
                                           note(R"("libb.so")", "recommended")}})},
      {"/lib/liba.so", library({.needed = {"libd.so"}})},
      {"/lib/libb.so", library()},
      {"/lib/libd.so", library()},
  });
  EXPECT_EQ(opened(noted(tree, "/bin/p")), (Texts{"/lib/liba.so", "/lib/libd.so", "/lib/libb.so"}));
  EXPECT_EQ(libraries_of(tree, "/bin/p"), Texts{});
}

TEST(DlopenNote, TheFirstSonameThatIsFoundIsTaken) {
  const MemoryTree tree = with_loader({
      {"/bin/p",
       program({.dlopen_notes = {note(R"("libx.so.3","libx.so.2","libx.so.1")", "required")}})},
      {"/lib/libx.so.2", library()},
      {"/lib/libx.so.1", library()},
  });
  const Process process = noted(tree, "/bin/p");
  EXPECT_EQ(opened(process), (Texts{"/lib/libx.so.2"}));
  EXPECT_EQ(unopened(process), Texts{});
}

TEST(DlopenNote, IsOpenedByTheRulesOfTheObjectThatHasIt) {
  const MemoryTree tree = with_loader({
      {"/bin/p", program({.needed = {"liba.so"}, .runpath = "/opt/a"})},
      {"/opt/a/liba.so",
       library({.runpath = "$ORIGIN/plugins", .dlopen_notes = {note(R"("libx.so")", "required")}})},
      {"/opt/a/libx.so", library()},
      {"/opt/a/plugins/libx.so", library()},
  });
  const Process process = noted(tree, "/bin/p");
  EXPECT_EQ(opened(process), (Texts{"/opt/a/liba.so", "/opt/a/plugins/libx.so"}));
  const Edge& edge = process.edges.at(1);
  EXPECT_EQ(edge.rule, SearchRule::runpath);
  ASSERT_TRUE(edge.later);
  EXPECT_EQ(describe(*edge.later), "which /opt/a/liba.so opens (dlopen note, required)");
}

TEST(DlopenNote, OfWhatANoteBroughtCountsToo) {
  const MemoryTree tree = with_loader({
      {"/bin/p", program({.dlopen_notes = {note(R"("liba.so")", "recommended")}})},
      {"/lib/liba.so",
       library({.needed = {"libb.so"}, .dlopen_notes = {note(R"("libp.so")", "recommended")}})},
      {"/lib/libb.so", library({.dlopen_notes = {note(R"("libc.so")", "required")}})},
      {"/lib/libc.so", library({.dlopen_notes = {note(R"("liba.so")", "required")}})},
      {"/lib/libp.so", library()},
  });
  EXPECT_EQ(opened(noted(tree, "/bin/p")),
            (Texts{"/lib/liba.so", "/lib/libb.so", "/lib/libp.so", "/lib/libc.so"}));
}

TEST(DlopenNote, ARequiredLibraryThatIsNotFoundIsMissing) {
  const MemoryTree tree = with_loader({
      {"/bin/p", program({.dlopen_notes = {note(R"("libx.so.2","libx.so.1")", "required", "x")}})},
  });
  const Process process = noted(tree, "/bin/p");
  ASSERT_EQ(process.unresolved.size(), 1U);
  const Unresolved& missing = process.unresolved[0];
  EXPECT_EQ(missing.name, "libx.so.2");
  EXPECT_EQ(missing.needed_by, "/bin/p");
  EXPECT_EQ(missing.opened_for, "for x (dlopen note, required), or libx.so.1 in its place");
  EXPECT_FALSE(missing.searched.empty());
}

TEST(DlopenNote, ARecommendedLibraryThatIsNotFoundIsSaid) {
  const MemoryTree tree = with_loader({
      {"/bin/p", program({.dlopen_notes = {note(R"("libx.so","liby.so")", "recommended", "x")}})},
  });
  const Process process = noted(tree, "/bin/p");
  EXPECT_EQ(opened(process), Texts{});
  EXPECT_EQ(unopened(process),
            (Texts{"libx.so liby.so which /bin/p opens for x (dlopen note, recommended)"}));
}

TEST(DlopenNote, ASuggestedLibraryIsOnlySaid) {
  const MemoryTree tree = with_loader({
      {"/bin/p", program({.dlopen_notes = {note(R"("libx.so","liby.so")", "suggested"),
                                           note(R"("libz.so")", "suggested")}})},
      {"/lib/liby.so", library()},
  });
  const Process process = noted(tree, "/bin/p");
  EXPECT_EQ(opened(process), Texts{});
  EXPECT_EQ(unopened(process),
            (Texts{"libx.so liby.so which /bin/p opens (dlopen note, suggested) at /lib/liby.so",
                   "libz.so which /bin/p opens (dlopen note, suggested)"}));
}

/// An added library is not yet open when the program looks for it by name.
TEST(DlopenNote, IsNotSatisfiedByAnAdditionElsewhere) {
  const MemoryTree tree = with_loader({
      {"/bin/p", program({.dlopen_notes = {note(R"("libx.so")", "required")}})},
      {"/opt/libx.so", library({.soname = "libx.so"})},
  });
  EXPECT_EQ(opened(noted(tree, "/bin/p", {"/opt/libx.so"})), (Texts{"/opt/libx.so", "!libx.so"}));
}

TEST(DlopenNote, OfAnAdditionCountsToo) {
  const MemoryTree tree = with_loader({
      {"/bin/p", program()},
      {"/opt/libx.so", library({.dlopen_notes = {note(R"("liby.so")", "required")}})},
      {"/lib/liby.so", library()},
  });
  EXPECT_EQ(opened(noted(tree, "/bin/p", {"/opt/libx.so"})),
            (Texts{"/opt/libx.so", "/lib/liby.so"}));
}

TEST(DlopenNote, OfAStaticProgramIsOnlySaid) {
  MemoryElf it{.flags_1 = DF_1_PIE, .dlopen_notes = {note(R"("libx.so")", "required")}};
  const MemoryTree tree = with_loader({{"/bin/p", elf(it)}, {"/lib/libx.so", library()}});
  const Process process = noted(tree, "/bin/p");
  EXPECT_EQ(loaded(process), (Texts{"/bin/p"}));
  EXPECT_EQ(process.unopened.size(), 1U);
}

/// Static programs of glibc's have the loader inside, with its folders.
TEST(DlopenNote, AStaticProgramOpensAdditionsByItsOwnFolders) {
  MemoryTree::Node of_glibc = elf({.flags_1 = DF_1_PIE});
  of_glibc.text += loader().text;
  const MemoryTree tree = {
      {"/bin/p", of_glibc},
      {"/opt/gconv/libx.so", library({.needed = {"libc.so.6"}})},
      {"/lib/x86_64-linux-gnu/libc.so.6", library({.needed = {"ld-linux-x86-64.so.2"}})},
      {"/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", library()},
  };
  EXPECT_EQ(loaded(noted(tree, "/bin/p", {"/opt/gconv/libx.so"})),
            (Texts{"/bin/p", "/opt/gconv/libx.so", "/lib/x86_64-linux-gnu/libc.so.6",
                   "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"}));
}

TEST(DlopenNote, AHugeStaticProgramIsNotReadForItsFolders) {
  MemoryTree::Node huge = elf({.flags_1 = DF_1_PIE});
  huge.text.resize(17 << 20);
  const MemoryTree tree = with_loader({{"/bin/p", huge}, {"/opt/libx.so", library()}});
  EXPECT_EQ(loaded(noted(tree, "/bin/p", {"/opt/libx.so"})), (Texts{"/bin/p"}));
}

/// musl's dlopen() searches as the program would, whoever calls it (held against its own loader in
/// e2e/dlopen_note_test.cpp).
TEST(DlopenNote, MuslSearchesForTheProgram) {
  MemoryElf it{
      .needed = {"liba.so"}, .runpath = "/opt/a", .interpreter = "/lib/ld-musl-x86_64.so.1"};
  MemoryTree tree = {
      {"/bin/p", program(it)},
      {"/lib/ld-musl-x86_64.so.1", library()},
      {"/opt/a/liba.so", library({.runpath = "$ORIGIN/plugins",
                                  .dlopen_notes = {note(R"("libx.so")", "required"),
                                                   note(R"("liby.so")", "required")}})},
      {"/opt/a/plugins/liby.so", library()},
      {"/opt/a/libx.so", library({.needed = {"libd.so"}})},
      {"/lib/libd.so", library()},
  };
  const Process process = noted(tree, "/bin/p");
  EXPECT_EQ(loaded(process), (Texts{"/bin/p", "/opt/a/liba.so", "/opt/a/libx.so", "/lib/libd.so",
                                    "/lib/ld-musl-x86_64.so.1", "!liby.so"}));
  EXPECT_EQ(process.unresolved[0].needed_by, "/opt/a/liba.so");
}

}  // namespace
}  // namespace pack::test
