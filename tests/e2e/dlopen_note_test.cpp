// Case 19: a program or library that opens libraries while it runs, and says so in a dlopen note.
// The oracle is the program itself: it really calls dlopen(), here and in the image.

#include "support/dlopen_note.h"

#include "support/closure_test.h"
#include "support/musl_loader.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

/// Opens what its note names, and prints the sonames that it could open.
std::string opens(const std::string& function, const std::vector<std::string>& sonames) {
  std::string text =
      "#include <dlfcn.h>\n#include <stdio.h>\nint " + function + "(void) {\n  int opened = 0;\n";
  for (const std::string& soname : sonames)
    text += "  if (dlopen(\"" + soname + "\", RTLD_NOW)) { puts(\"" + soname + "\"); ++opened; }\n";
  return text + "  return !opened;\n}\n";
}

std::string note(const std::string& soname, const std::string& priority,
                 const std::string& feature = "compression") {
  return dlopen_note_source(R"([{"soname":[")" + soname + R"("],"feature":")" + feature +
                            R"(","priority":")" + priority + "\"}]");
}

class DlopenNoteTest : public ClosureTest {
 protected:
  /// A program with a RUNPATH folder "plugins" that opens libzip.so there.
  void make_program(const std::string& notes, const std::string& flags = "") const {
    compile(dir_, "prog", notes + opens("main", {"libzip.so"}),
            "-Wl,--enable-new-dtags,-rpath," + at("plugins") + " " + flags);
  }

  /// Runs it in the image; the same as here.
  void same_in(const fs::path& image) const {
    const Outcome here = run({.argv = {at("prog")}});
    const Outcome there = run_in_root(image, {at("prog")});
    EXPECT_TRUE(succeeded(here));
    EXPECT_EQ(there.out, here.out) << there;
  }

  std::string notes_of(const Outcome& outcome) const {
    EXPECT_TRUE(succeeded(outcome));
    return outcome.err;
  }
};

TEST_F(DlopenNoteTest, ARequiredLibraryIsInTheImageAndIsOpened) {
  library("plugins/libpart.so", "part", 1);
  library_using("plugins/libzip.so", "zip", "part", 1, "-Lplugins -lpart -Wl,-rpath,$ORIGIN");
  make_program(note("libzip.so", "required"));
  ASSERT_FALSE(loaded_on_host(at("prog")).contains(at("plugins/libzip.so")));
  const fs::path image = rootfs({at("prog")});
  EXPECT_TRUE(elf_files_in(image).contains(at("plugins/libpart.so")));
  same_in(image);
}

TEST_F(DlopenNoteTest, WithoutTheNoteItIsNotThere) {
  library("plugins/libzip.so", "zip", 1);
  make_program("");
  const fs::path image = rootfs({at("prog")});
  EXPECT_FALSE(succeeded(run_in_root(image, {at("prog")})));
}

TEST_F(DlopenNoteTest, TheReasonNamesTheObjectAndWhatItIsFor) {
  library("plugins/libzip.so", "zip", 1);
  make_program(note("libzip.so", "recommended"));
  const Outcome plan = run_pack({at("prog"), "--dry-run", "-v"});
  EXPECT_TRUE(contains(plan.out, "libzip.so, which " + at("prog") +
                                     " opens for compression (dlopen note, recommended), found "
                                     "through RUNPATH"))
      << plan;
}

TEST_F(DlopenNoteTest, TheTreeIsWhatTheLoaderMapsAtTheStart) {
  library("plugins/libzip.so", "zip", 1);
  make_program(note("libzip.so", "required"));
  const Outcome tree = run_pack({"tree", at("prog")});
  EXPECT_TRUE(succeeded(tree));
  EXPECT_FALSE(contains(tree.out, "libzip.so")) << tree;
}

/// A library opens by its own RUNPATH, which is not the program's.
TEST_F(DlopenNoteTest, ALibrarysNoteCountsByTheLibrarysOwnRules) {
  library("other/libzip.so", "zip", 1);
  compile(dir_, "libuser.so", note("libzip.so", "required") + opens("use", {"libzip.so"}),
          "-shared -fPIC -Wl,--enable-new-dtags,-rpath,$ORIGIN/other");
  compile(dir_, "prog", "int use(void); int main(void) { return use(); }",
          "-L. -luser -Wl,--enable-new-dtags,-rpath," + dir_.string());
  same_in(rootfs({at("prog")}));
}

/// With musl, it opens by the rules of the program.
TEST_F(DlopenNoteTest, AMuslLibrarysNoteCountsByTheProgramsRules) {
  PACK_REQUIRE_MUSL();
  library("of_program/libone.so", "one", 1, kMuslFlags);
  library("of_library/libtwo.so", "two", 1, kMuslFlags);
  compile(dir_, "libuser.so",
          note("libone.so", "recommended") + note("libtwo.so", "recommended") +
              opens("use", {"libone.so", "libtwo.so"}),
          "-shared -fPIC -Wl,--enable-new-dtags,-rpath,$ORIGIN/of_library" + kMuslFlags);
  compile(dir_, "prog", "int use(void); int main(void) { return use(); }",
          "-L. -luser -Wl,--enable-new-dtags,-rpath," + dir_.string() + ":" + at("of_program") +
              kMuslFlags);
  const Outcome here = run({.argv = {at("prog")}});
  const bool by_program = contains(here.out, "libone.so");
  const bool by_library = contains(here.out, "libtwo.so");
  ASSERT_TRUE(by_program || by_library) << here;
  const Outcome packed = run_pack({at("prog"), "-o", "rootfs:image"});
  const std::set<std::string> files = elf_files_in(dir_ / "image");
  EXPECT_EQ(files.contains(at("of_program/libone.so")), by_program) << packed;
  EXPECT_EQ(files.contains(at("of_library/libtwo.so")), by_library) << packed;
  EXPECT_EQ(contains(notes_of(packed), "libtwo.so, which " + at("libuser.so") +
                                           " opens for compression (dlopen note, recommended), "
                                           "is not found"),
            !by_library)
      << packed;
  same_in(dir_ / "image");
}

TEST_F(DlopenNoteTest, ARequiredLibraryThatIsMissingIsAnError) {
  make_program(note("libzip.so", "required"));
  EXPECT_FALSE(succeeded(run({.argv = {at("prog")}})));
  EXPECT_TRUE(refused(run_pack({at("prog"), "-o", "rootfs:image"}), 1,
                      {"libzip.so not found",
                       "needed by " + at("prog") + " for compression (dlopen note, required)",
                       "RUNPATH of " + at("prog") + ": " + at("plugins") + ": no such folder"}));
  EXPECT_EQ(names_in(dir_), (std::vector<std::string>{"prog"}));
}

TEST_F(DlopenNoteTest, ARequiredLibraryMayBeMissingWhereTheUserSaysSo) {
  make_program(note("libzip.so", "required"));
  EXPECT_TRUE(contains(notes_of(run_pack({at("prog"), "-o", "rootfs:1", "--allow-missing"})),
                       "missing: libzip.so"));
  EXPECT_TRUE(contains(notes_of(run_pack({at("prog"), "-o", "rootfs:2", "--exclude", "libzip.so"})),
                       "libzip.so"));
}

/// What the RUNPATH leads to here is not in the image.
TEST_F(DlopenNoteTest, ARequiredLibraryThatIsExcludedIsSaid) {
  library("plugins/libzip.so", "zip", 1);
  make_program(note("libzip.so", "required"));
  const Outcome packed = run_pack({at("prog"), "-o", "rootfs:image", "--exclude", "libzip.so"});
  EXPECT_TRUE(contains(notes_of(packed),
                       "libzip.so, which " + at("prog") + " needs, is left out by --exclude"))
      << packed;
  EXPECT_FALSE(succeeded(run_in_root(dir_ / "image", {at("prog")})));
}

TEST_F(DlopenNoteTest, ARecommendedLibraryThatIsMissingIsANote) {
  make_program(note("libzip.so", "recommended"));
  const Outcome packed = run_pack({at("prog"), "-o", "rootfs:image"});
  EXPECT_TRUE(contains(notes_of(packed), "libzip.so, which " + at("prog") +
                                             " opens for compression (dlopen note, recommended), "
                                             "is not found"))
      << packed;
  EXPECT_TRUE(fs::exists((dir_ / "image").string() + at("prog")));
}

/// The note names the option that brings it, and with that option it is there and opens.
TEST_F(DlopenNoteTest, ASuggestedLibraryIsANoteThatNamesTheOption) {
  library("plugins/libzip.so", "zip", 1);
  make_program(note("libzip.so", "suggested"));
  const std::string option = "--add " + at("plugins/libzip.so");
  const Outcome without = run_pack({at("prog"), "-o", "rootfs:without"});
  EXPECT_TRUE(contains(notes_of(without),
                       "libzip.so, which " + at("prog") +
                           " opens for compression (dlopen note, suggested), is not in the image: "
                           "bring it along with " +
                           option))
      << without;
  EXPECT_FALSE(succeeded(run_in_root(dir_ / "without", {at("prog")})));

  const Outcome with =
      run_pack({at("prog"), "-o", "rootfs:with", "--add", at("plugins/libzip.so")});
  EXPECT_FALSE(contains(notes_of(with), "dlopen note")) << with;
  same_in(dir_ / "with");
}

TEST_F(DlopenNoteTest, ANoteThatCannotBeUnderstoodIsSaidAndNoError) {
  make_program(dlopen_note_source("no JSON"));
  EXPECT_TRUE(contains(notes_of(run_pack({at("prog"), "-o", "rootfs:image"})),
                       "a dlopen note of " + at("prog") + " cannot be understood"));
}

}  // namespace
}  // namespace pack
