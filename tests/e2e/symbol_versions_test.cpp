// Files that are all there and do not fit together: a library without the symbol version, or the
// symbol, that a program was linked against. This machine's loader is the oracle.

#include "support/closure_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

class SymbolVersions : public ClosureTest {
 protected:
  /// l/libfoo.so, whose functions have these versions: `VERSION { NAME... }`, as ld reads it.
  void versioned_library(const std::string& source, const std::string& versions) const {
    write_file(dir_ / "versions", versions);
    compile(dir_, "l/libfoo.so", source,
            "-shared -fPIC -Wl,-soname,libfoo.so -Wl,--version-script=versions");
  }

  /// A program linked against FOO_1 and FOO_2 of libfoo.so.
  void SetUp() override {
    fs::create_directory(dir_ / "l");
    versioned_library("int foo(void) { return 1; } int bar(void) { return 2; }",
                      "FOO_1 { global: foo; }; FOO_2 { global: bar; } FOO_1;");
    compile(dir_, "prog", "int foo(void), bar(void); int main(void) { return foo() + bar() - 3; }",
            "-Ll -lfoo -Wl,-rpath," + at("l"));
  }

  std::string route() const { return at("l/libfoo.so"); }

  Outcome loaded_here() const { return run({.argv = {at("prog")}}); }

  /// What `ldd -r` asks the loader for.
  Outcome bound_here() const {
    return run({.argv = {"/lib64/ld-linux-x86-64.so.2", at("prog")},
                .environment = {
                    {"LD_TRACE_LOADED_OBJECTS", "1"}, {"LD_WARN", "yes"}, {"LD_BIND_NOW", "yes"}}});
  }
};

TEST_F(SymbolVersions, WhatFitsTogetherIsPacked) {
  EXPECT_TRUE(succeeded(loaded_here()));
  EXPECT_TRUE(succeeded(run_pack({at("prog"), "-t", "fits:1", "--check-symbols"})));
}

TEST_F(SymbolVersions, AMissingVersionIsAnErrorInTheLoadersWords) {
  versioned_library("int foo(void) { return 1; } int bar(void) { return 2; }",
                    "FOO_1 { global: foo; bar; };");
  const std::string sentence =
      route() + ": version `FOO_2' not found (required by " + at("prog") + ")";
  const Outcome here = loaded_here();
  EXPECT_NE(here.status, 0);
  EXPECT_TRUE(contains(here.err, sentence)) << here;
  EXPECT_TRUE(refused(run_pack({at("prog"), "-t", "old:1"}), 1, {sentence, "--allow-missing"}));
  EXPECT_FALSE(fs::exists(dir_ / "old.tar"));
}

TEST_F(SymbolVersions, AllMissingVersionsAreInOneReport) {
  versioned_library("int foo(void) { return 1; } int bar(void) { return 2; }",
                    "OTHER { global: foo; bar; };");
  compile(dir_, "second", "int bar(void); int main(void) { return bar(); }",
          "-Wl,--unresolved-symbols=ignore-all -Wl,--no-as-needed -Ll -lfoo -Wl,-rpath," + at("l"));
  EXPECT_TRUE(refused(run_pack({at("prog"), at("second"), "-t", "old:1"}), 1,
                      {"`FOO_1' not found", "`FOO_2' not found", at("prog")}));
}

TEST_F(SymbolVersions, AllowMissingPacksAndSaysIt) {
  versioned_library("int foo(void) { return 1; } int bar(void) { return 2; }",
                    "FOO_1 { global: foo; bar; };");
  const Outcome outcome = run_pack({at("prog"), "-t", "old:1", "--allow-missing"});
  EXPECT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.err, "version `FOO_2' not found")) << outcome;
  EXPECT_TRUE(fs::exists(dir_ / "old.tar"));
}

/// The loader only warns of it.
TEST_F(SymbolVersions, ALibraryWithoutVersionsIsPackedAndStartsAsHere) {
  compile(dir_, "l/libfoo.so",
          "#include <stdlib.h>\nint foo(void) { return abs(-1); } int bar(void) { return 2; }",
          "-fno-builtin -shared -fPIC -Wl,-soname,libfoo.so");
  const Outcome here = loaded_here();
  EXPECT_TRUE(succeeded(here));
  EXPECT_TRUE(contains(here.err, "no version information available")) << here;
  EXPECT_TRUE(succeeded(run_pack({at("prog"), "-o", "rootfs:image", "--check-symbols"})));
  EXPECT_TRUE(succeeded(run_in_root(dir_ / "image", {at("prog")})));
}

TEST_F(SymbolVersions, AnUndefinedSymbolIsFoundWhenAskedFor) {
  versioned_library("int foo(void) { return 1; } int other(void) { return 2; }",
                    "FOO_1 { global: foo; }; FOO_2 { global: other; } FOO_1;");
  const std::string sentence = "undefined symbol: bar, version FOO_2";
  const Outcome here = bound_here();
  EXPECT_TRUE(contains(here.out + here.err, sentence)) << here;
  EXPECT_TRUE(succeeded(run_pack({at("prog"), "-t", "lazy:1"})));
  EXPECT_TRUE(refused(run_pack({at("prog"), "-t", "bound:1", "--check-symbols"}), 1,
                      {sentence, at("prog"), "--allow-missing"}));
  EXPECT_FALSE(fs::exists(dir_ / "bound.tar"));
  const Outcome tolerated =
      run_pack({at("prog"), "-t", "bound:1", "--check-symbols", "--allow-missing"});
  EXPECT_TRUE(succeeded(tolerated));
  EXPECT_TRUE(contains(tolerated.err, sentence)) << tolerated;
}

TEST_F(SymbolVersions, SymbolsAreNotJudgedWhereALibraryIsLeftOut) {
  const Outcome outcome =
      run_pack({at("prog"), "-t", "less:1", "--check-symbols", "--exclude", "libfoo.so"});
  EXPECT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.err, "are not checked")) << outcome;
}

}  // namespace
}  // namespace pack
