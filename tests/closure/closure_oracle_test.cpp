// Closures against the loader of this machine, which lists what it maps when
// LD_TRACE_LOADED_OBJECTS is set (the programs are not started).

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "closure/closure.h"
#include "source/disk_tree.h"
#include "support/shell.h"

namespace pack::test {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";

/// "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)", "\tlibx.so => not found"
/// -> real paths in order, and "!libx.so". Started so, the loader takes $ORIGIN from the path that
/// it is given; the kernel would give it the real one.
Texts by_loader(const std::string& program, const std::string& library_path = "") {
  const std::string setting = library_path.empty() ? "" : "LD_LIBRARY_PATH=" + library_path + ' ';
  std::istringstream lines(run("env -u LD_LIBRARY_PATH LC_ALL=C LD_TRACE_LOADED_OBJECTS=1 " +
                               setting + kLoader + ' ' + fs::canonical(program).string())
                               .output);
  Texts found;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('\t') || line.starts_with("\tlinux-vdso")) continue;
    const size_t arrow = line.find(" => ");
    const std::string name = line.substr(1, std::min(arrow, line.find(" (")) - 1);
    if (line.ends_with("not found")) {
      found.push_back('!' + name);
    } else {
      const size_t start = arrow == line.npos ? 1 : arrow + 4;
      found.push_back(fs::canonical(line.substr(start, line.rfind(" (") - start)).string());
    }
  }
  return found;
}

/// The same from find_closure().
Texts by_pack(const std::string& program, const Texts& library_path = {}) {
  static const auto tree = open_disk_tree("/");
  ElfCache elves;
  const Closure closure =
      find_closure(*tree, elves, {.programs = {program}, .library_path = library_path});
  const Process& process = closure.processes.front();
  // The loader lists itself only where it is asked for by name.
  const bool asked = std::any_of(process.edges.begin(), process.edges.end(), [&](const Edge& edge) {
    return edge.to == process.interpreter && edge.rule != SearchRule::interpreter;
  });
  Texts found;
  for (size_t i = 1; i < process.objects.size(); ++i)
    if (asked || i != process.interpreter) found.push_back(process.objects[i].walk->real.str());
  for (const Unresolved& missing : process.unresolved) found.push_back('!' + missing.name);
  return found;
}

/// The loader says "not found" in its place, pack at the end.
Texts missing_last(Texts texts) {
  std::stable_partition(texts.begin(), texts.end(),
                        [](const std::string& text) { return !text.starts_with('!'); });
  return texts;
}

/// Programs and libraries built by gcc in a folder of the test.
class ClosureOfFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("gcc");
    if (!fs::exists(kLoader)) GTEST_SKIP() << "needs a glibc for amd64";
  }

  /// A library with one function NAME that calls those of USES; `flags` name the libraries.
  void library(const std::string& path, const std::string& name, const Texts& uses = {},
               const std::string& flags = "") {
    std::string calls;
    std::string source;
    for (const std::string& use : uses) {
      source += "int " + use + "(void);";
      calls += " + " + use + "()";
    }
    gcc(path, source + "int " + name + "(void) { return 1" + calls + "; }",
        "-shared -fPIC -Wl,--allow-shlib-undefined " + flags);
  }
  void program(const std::string& path, const std::string& name, const std::string& flags) {
    gcc(path, "int " + name + "(void); int main(void) { return " + name + "(); }",
        "-Wl,--allow-shlib-undefined " + flags);
  }
  void gcc(const std::string& path, const std::string& source, const std::string& flags) {
    fs::create_directories((root() / path).parent_path());
    std::ofstream(root() / "source.c") << source;
    const ToolRun made = run("cd " + root().string() + " && gcc -o " + path + " source.c " + flags);
    ASSERT_EQ(made.status, 0) << path << "\n" << made.output;
  }
  void link(const std::string& path, const std::string& target) {
    fs::create_directories((root() / path).parent_path());
    fs::create_symlink(target, root() / path);
  }
  fs::path root() const { return folder_.path(); }
  std::string at(const std::string& path) const { return (root() / path).string(); }

  /// pack and the loader agree, and the program's own libraries are these.
  void expect(const std::string& program, const Texts& own, const std::string& library_path = "") {
    const Texts by_ld_so = missing_last(by_loader(at(program), library_path));
    EXPECT_EQ(by_pack(at(program), library_path.empty() ? Texts{} : Texts{library_path}), by_ld_so);
    Texts shown;
    for (const std::string& text : by_ld_so) {
      if (text.starts_with('!')) shown.push_back(text);
      if (text.starts_with(folder_.str())) shown.push_back(text.substr(folder_.str().size() + 1));
    }
    EXPECT_EQ(shown, own);
  }

  TemporaryFolder folder_;
};

TEST_F(ClosureOfFixture, RpathChain) {  // case 2
  library("a/libd.so", "d");
  library("c/libc1.so", "c1", {"d"}, "-La -ld");
  library("b/libb.so", "b", {"c1"}, "-Lc -lc1 -Wl,--enable-new-dtags,-rpath," + at("c"));
  library("a/liba.so", "a", {"b"}, "-Lb -lb -Wl,--disable-new-dtags,-rpath," + at("b"));
  program("p", "a", "-La -la -Wl,--disable-new-dtags,-rpath," + at("a"));
  expect("p", {"a/liba.so", "b/libb.so", "c/libc1.so", "a/libd.so"});
}

TEST_F(ClosureOfFixture, RpathOfTheLoadingObject) {  // case 3
  library("b/libd.so", "d");
  library("b/libb.so", "b", {"d"}, "-Lb -ld");
  library("a/liba.so", "a", {"b"}, "-Lb -lb -Wl,--disable-new-dtags,-rpath," + at("b"));
  program("p", "a", "-La -la -Wl,--disable-new-dtags,-rpath," + at("a"));
  expect("p", {"a/liba.so", "b/libb.so", "b/libd.so"});
}

TEST_F(ClosureOfFixture, RunpathIsNotInherited) {  // case 4
  library("l/libb.so", "b");
  library("l/liba.so", "a", {"b"}, "-Ll -lb");
  program("p", "a", "-Ll -la -Wl,--enable-new-dtags,-rpath," + at("l"));
  expect("p", {"l/liba.so", "!libb.so"});
  program("q", "a", "-Wl,--no-as-needed -Ll -la -lb -Wl,--enable-new-dtags,-rpath," + at("l"));
  expect("q", {"l/liba.so", "l/libb.so"});
}

TEST_F(ClosureOfFixture, OriginOfALibraryKeepsSymlinks) {  // case 5
  library("a/libf.so", "f");
  library("a/libg.so", "g", {"f"}, "-La -lf -Wl,--enable-new-dtags,-rpath,'$ORIGIN'");
  link("b/libg.so", "../a/libg.so");
  program("p", "g", "-Lb -lg -Wl,-rpath," + at("b"));
  expect("p", {"a/libg.so", "!libf.so"});
}

TEST_F(ClosureOfFixture, OriginInNamesOfTwoFolders) {  // case 7
  for (const std::string folder : {"x", "y"}) {
    library(folder + "/libq.so", "q" + folder, {}, "-Wl,-soname,'$ORIGIN/libq.so'");
    library(folder + "/lib" + folder + ".so", folder, {"q" + folder}, folder + "/libq.so");
  }
  gcc("p", "int x(void); int y(void); int main(void) { return x() + y(); }",
      "-Lx -Ly -lx -ly -Wl,--allow-shlib-undefined,-rpath," + at("x") + ":" + at("y"));
  expect("p", {"x/libx.so", "y/liby.so", "x/libq.so", "y/libq.so"});
}

TEST_F(ClosureOfFixture, AbsoluteNameAndTwoSpellingsOfOneFile) {  // cases 6 and 11
  library("l/libn.so", "n");
  link("m", "l");
  library("l/liba.so", "a", {"n"}, at("m/libn.so"));
  library("l/libb.so", "b", {"n"}, at("l/libn.so"));
  gcc("p", "int a(void); int b(void); int main(void) { return a() + b(); }",
      "-Ll -la -lb -Wl,-rpath," + at("l"));
  expect("p", {"l/liba.so", "l/libb.so", "l/libn.so"});
}

TEST_F(ClosureOfFixture, VariablesAndEmptyElements) {  // case 8
  library("lib/x86_64-linux-gnu/liba.so", "a");
  program("p", "a", "-Llib/x86_64-linux-gnu -la -Wl,-rpath,'$ORIGIN/$LIB'");
  if (fs::exists("/lib/x86_64-linux-gnu")) expect("p", {"lib/x86_64-linux-gnu/liba.so"});
  library("x/libe.so", "e");
  program("q", "e", "-Lx -le -Wl,-rpath,:" + at("x") + "//:" + at("x"));
  expect("q", {"x/libe.so"});
}

TEST_F(ClosureOfFixture, LibraryPathBetweenRpathAndRunpath) {  // case 9
  library("own/liba.so", "a");
  library("user/liba.so", "a");
  program("new", "a", "-Lown -la -Wl,--enable-new-dtags,-rpath," + at("own"));
  program("old", "a", "-Lown -la -Wl,--disable-new-dtags,-rpath," + at("own"));
  expect("new", {"user/liba.so"}, at("user"));
  expect("old", {"own/liba.so"}, at("user"));
}

TEST_F(ClosureOfFixture, NoDefaultLibraries) {  // case 11
  gcc("p", "int main(void) { return 0; }", "-Wl,-z,nodefaultlib");
  expect("p", {"!libc.so.6"});
}

TEST_F(ClosureOfFixture, CircularLibraries) {  // case 11
  library("l/libq.so", "q");
  library("l/libp.so", "pp", {"q"}, "-Ll -lq");
  library("l/libq.so", "q", {"pp"}, "-Ll -lp");
  program("p", "pp", "-Ll -lp -Wl,--disable-new-dtags,-rpath," + at("l"));
  expect("p", {"l/libp.so", "l/libq.so"});
}

TEST_F(ClosureOfFixture, VariantsOfGlibcHwcaps) {  // case 10
  library("l/libh.so", "h");
  library("l/glibc-hwcaps/x86-64-v2/libh.so", "h");
  program("p", "h", "-Ll -lh -Wl,-rpath," + at("l"));
  const Texts here = by_loader(at("p"));
  const Texts by_own = by_pack(at("p"));
  const std::string baseline = fs::canonical(root() / "l/libh.so").string();
  for (const std::string& file : here)
    EXPECT_NE(std::find(by_own.begin(), by_own.end(), file), by_own.end()) << file;
  EXPECT_NE(std::find(by_own.begin(), by_own.end(), baseline), by_own.end());
  EXPECT_EQ(by_own.size(), here.size() + 1);
}

/// The folders that glibc searches until 2.36 and that every CPU of this machine has.
TEST_F(ClosureOfFixture, LegacyFoldersThatCountOnEveryProcessor) {
  if (run(std::string(kLoader) + " --help").output.find("Legacy HWCAP") == std::string::npos)
    GTEST_SKIP() << "this loader has no legacy folders";
  library("l/tls/libt.so", "t");
  library("l/x86_64/libt.so", "t");
  library("l/libt.so", "t");
  library("l/x86_64/libx.so", "x");
  library("l/libx.so", "x");
  library("l/tls/x86_64/liby.so", "y");
  library("l/tls/liby.so", "y");
  gcc("p", "int t(void); int x(void); int y(void); int main(void) { return t() + x() + y(); }",
      "-Ll -lt -lx -Ll/tls -ly -Wl,-rpath," + at("l"));
  expect("p", {"l/tls/libt.so", "l/x86_64/libx.so", "l/tls/x86_64/liby.so"});
}

TEST_F(ClosureOfFixture, LegacyFoldersOfBetterProcessorsHoldVariants) {
  library("l/haswell/libh.so", "h");
  library("l/tls/haswell/avx512_1/libh.so", "h");
  library("l/libh.so", "h");
  program("p", "h", "-Ll -lh -Wl,-rpath," + at("l"));
  const Texts here = by_loader(at("p"));
  const Texts ours = by_pack(at("p"));
  const auto has = [&](const std::string& path) {
    return std::find(ours.begin(), ours.end(), fs::canonical(path).string()) != ours.end();
  };
  for (const std::string& file : here) EXPECT_TRUE(has(file)) << file;
  for (const char* file : {"l/haswell/libh.so", "l/tls/haswell/avx512_1/libh.so", "l/libh.so"})
    EXPECT_TRUE(has(at(file))) << file;
}

/// What an object filters, or has as auxiliary, stands right before it in the loader's list.
TEST_F(ClosureOfFixture, FiltersComeBeforeTheObjectsThatNameThem) {  // case 11
  for (const std::string name : {"real", "aux", "n2", "b"}) library("l/lib" + name + ".so", name);
  library("l/libn1.so", "n1", {"b"}, "-Ll -lb");
  library("l/libfil.so", "fil", {"n1"}, "-Ll -Wl,--no-as-needed -ln1 -ln2 -Wl,-F,libb.so");
  library("l/libax.so", "ax", {"n2"}, "-Ll -ln2 -Wl,-f,libaux.so -Wl,-f,libreal.so");
  gcc("p", "int fil(void); int ax(void); int main(void) { return fil() + ax(); }",
      "-Ll -lfil -lax -Wl,--allow-shlib-undefined,--disable-new-dtags,-rpath," + at("l"));
  expect("p", {"l/libb.so", "l/libfil.so", "l/libaux.so", "l/libreal.so", "l/libax.so",
               "l/libn1.so", "l/libn2.so"});
}

TEST_F(ClosureOfFixture, FilesAndMissingFoldersOnThePath) {
  library("good/liba.so", "a");
  std::ofstream(root() / "file") << "no folder";
  program("p", "a", "-Lgood -la -Wl,-rpath," + at("file") + ":" + at("none") + ":" + at("good"));
  expect("p", {"good/liba.so"});
}

}  // namespace
}  // namespace pack::test
