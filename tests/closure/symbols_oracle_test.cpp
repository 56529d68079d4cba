// Symbol versions and undefined symbols against this machine's loader: LD_TRACE_LOADED_OBJECTS with
// LD_WARN and LD_BIND_NOW makes it check and bind everything, and start nothing (`ldd -r`).

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "closure/symbol_versions.h"
#include "closure/undefined_symbols.h"
#include "source/disk_tree.h"
#include "support/shell.h"

namespace pack::test {
namespace {

namespace fs = std::filesystem;
using Lines = std::set<std::string>;

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";

bool is_fault(const std::string& line) {
  return line.starts_with("undefined symbol: ") || line.find(": version `") != line.npos;
}

/// A library that is not found has no versions for the loader's trace mode: it says then which
/// symbol is undefined, but not always of which version.
std::string without_version(const std::string& line) {
  static const std::regex version(", version [^ ]*");
  return std::regex_replace(line, version, "");
}

struct Faults {
  bool complete = true;  ///< every library was found
  Lines lines;
  bool operator==(const Faults&) const = default;
};

void PrintTo(const Faults& faults, std::ostream* out) {
  *out << (faults.complete ? "complete" : "not complete") << '\n';
  for (const std::string& line : faults.lines) *out << line << '\n';
}

/// "undefined symbol: bar, version FOO_2\t(./prog)", "./prog: /l/libfoo.so: version `FOO_2' not
/// found (required by ./prog)"
Faults by_loader(const std::string& file) {
  std::string text = run("env -u LD_LIBRARY_PATH LC_ALL=C LD_TRACE_LOADED_OBJECTS=1 LD_WARN=yes "
                         "LD_BIND_NOW=yes " +
                         std::string(kLoader) + " '" + file + "' 2>&1")
                         .output;
  // It forgets the line end behind its own line.
  text = std::regex_replace(text, std::regex("\\)(undefined symbol)"), ")\n$1");
  Faults faults{.complete = text.find("=> not found") == text.npos, .lines = {}};
  std::istringstream lines(std::regex_replace(text, std::regex("\t+\\("), " ("));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(file + ": ")) line.erase(0, file.size() + 2);
    if (is_fault(line)) faults.lines.insert(faults.complete ? line : without_version(line));
  }
  return faults;
}

/// Files read so far: they must not change.
struct ReadFiles {
  ElfCache elves;
  SymbolCache symbols;
  SettledVersions settled;
};

Faults by_pack(const std::string& file, ReadFiles& known) {
  static const auto tree = open_disk_tree("/");
  const Closure closure = find_closure(
      *tree, known.elves, {.programs = {file}, .subjects = Subjects::programs_and_libraries});
  const Process& process = closure.processes.front();
  Faults faults{.complete = process.unresolved.empty(), .lines = {}};
  for (const MissingVersion& missing : find_missing_versions(process, known.settled))
    faults.lines.insert(describe(missing));
  for (const UndefinedSymbol& missing : find_undefined_symbols(process, *tree, known.symbols))
    faults.lines.insert(faults.complete ? describe(missing) : without_version(describe(missing)));
  return faults;
}

class SymbolsOracle : public ::testing::Test {
 protected:
  void gcc(const std::string& output, const std::string& source, const std::string& flags) const {
    std::ofstream(at(output) + ".c") << source;
    const ToolRun made =
        run("cd " + folder_.str() + " && gcc -o " + output + " " + output + ".c " + flags);
    EXPECT_EQ(made.status, 0) << made.output;
  }

  /// A library `output` whose soname is its name, with a version script or without.
  void library(const std::string& output, const std::string& source, const std::string& versions,
               const std::string& flags = "") const {
    std::ofstream(at("versions")) << versions;
    gcc(output, source,
        "-shared -fPIC -Wl,-soname," + output +
            (versions.empty() ? "" : " -Wl,--version-script=versions") + " " + flags);
  }

  /// A program `output` that calls each function, linked to `libraries`.
  void program(const std::string& output, const std::vector<std::string>& functions,
               const std::string& libraries) const {
    std::string calls;
    std::string declared;
    for (const std::string& name : functions) {
      declared += "int " + name + "(void);\n";
      calls += name + "();";
    }
    gcc(output, declared + "int main(void) {" + calls + "}",
        "-Wl,--no-as-needed " + libraries + " -Wl,-rpath,'$ORIGIN' -Wl,--disable-new-dtags");
  }

  /// Asserts that pack says what the loader says. Returns the number of faults.
  size_t compare(const std::string& name) const {
    const Faults loader = by_loader(at(name));
    ReadFiles known;
    EXPECT_EQ(by_pack(at(name), known), loader);
    return loader.lines.size();
  }

  std::string at(const std::string& name) const { return folder_.str() + "/" + name; }
  TemporaryFolder folder_;
};

TEST_F(SymbolsOracle, MissingVersion) {
  library("libv.so", "int f(void){return 1;} int g(void){return 2;}", "V1{f;};V2{g;}V1;");
  program("p", {"f", "g"}, "libv.so");
  EXPECT_EQ(compare("p"), 0U);
  library("libv.so", "int f(void){return 1;} int g(void){return 2;}", "V1{f;g;};");
  EXPECT_GT(compare("p"), 0U);
}

/// It still has a DT_VERSYM, for what it wants of libc: the loader takes its symbols, and warns.
TEST_F(SymbolsOracle, LibraryThatLostItsVersions) {
  const std::string source = "#include <stdlib.h>\nint f(void) { return abs(-1); }";
  library("libv.so", source, "V1{f;};", "-fno-builtin");
  program("p", {"f"}, "libv.so");
  library("libv.so", source, "", "-fno-builtin");
  EXPECT_EQ(compare("p"), 0U);
  EXPECT_EQ(run(at("p")).status, 0);
}

TEST_F(SymbolsOracle, VersionWantedByALibrary) {
  library("libv.so", "int f(void){return 1;}", "V2{f;};");
  library("libw.so", "int f(void);int h(void){return f();}", "", "libv.so");
  program("p", {"h"}, "libw.so libv.so");
  library("libv.so", "int f(void){return 1;}", "V1{f;};");
  EXPECT_GT(compare("p"), 0U);
}

/// No linker here writes the flag for "weak": it is set in the file, behind the version's hash.
TEST_F(SymbolsOracle, WeakVersionsMayBeMissing) {
  library("libv.so", "int f(void){return 1;} int g(void){return 2;}", "V1{f;};V2{g;}V1;");
  program("p", {"f", "g"}, "libv.so");
  library("libv.so", "int f(void){return 1;}", "V1{f;};");
  const auto versions = [&] {
    ReadFiles known;
    const Lines lines = by_pack(at("p"), known).lines;
    return std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find(": version `V2'") != line.npos;
    });
  };
  compare("p");
  EXPECT_EQ(versions(), 1);
  std::ifstream in(at("p"), std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const size_t aux = bytes.find(std::string("\x92\x05\0\0\0\0", 6));  // elf_hash("V2"), vna_flags
  ASSERT_NE(aux, bytes.npos);
  bytes[aux + 4] = 2;  // VER_FLG_WEAK
  std::ofstream(at("p"), std::ios::binary) << bytes;
  compare("p");
  EXPECT_EQ(versions(), 0);
}

TEST_F(SymbolsOracle, UndefinedFunctionAndVariable) {
  library("libu.so", "int f(void){return 1;} int v = 3;", "");
  gcc("p", "int f(void); extern int v; int *q = &v; int main(void) { return f() + *q; }",
      "libu.so -fPIC -pie -Wl,-rpath,'$ORIGIN'");
  EXPECT_EQ(compare("p"), 0U);
  library("libu.so", "int other(void){return 1;}", "");
  EXPECT_EQ(compare("p"), 2U);
}

TEST_F(SymbolsOracle, WeakReferencesMayStayUndefined) {
  gcc("p",
      "int nowhere(void) __attribute__((weak)); int main(void) { return nowhere ? nowhere() : 0; }",
      "-fPIC -pie");
  EXPECT_EQ(compare("p"), 0U);
}

TEST_F(SymbolsOracle, HiddenLocalAndThreadLocalSymbols) {
  library("libt.so", "__thread int t = 1; __attribute__((visibility(\"hidden\"))) int h;", "");
  gcc("p", "extern __thread int t; int main(void) { return t; }", "libt.so -Wl,-rpath,'$ORIGIN'");
  EXPECT_EQ(compare("p"), 0U);
  library("libt.so", "static __thread int t = 1; int u(void) { return t; }", "");
  EXPECT_EQ(compare("p"), 1U);
}

/// f@V1 is hidden, f@@V2 is the default.
TEST_F(SymbolsOracle, OldAndDefaultVersionsOfOneName) {
  const std::string both =
      "int f_1(void){return 1;} int f_2(void){return 2;}"
      "__asm__(\".symver f_1,f@V1\"); __asm__(\".symver f_2,f@@V2\");";
  library("libv.so", "int f(void){return 1;}", "V1{f;};");
  program("old", {"f"}, "libv.so");
  library("libv.so", both, "V1{global:f;local:*;};V2{f;}V1;");
  program("new", {"f"}, "libv.so");
  EXPECT_EQ(compare("old"), 0U);
  EXPECT_EQ(compare("new"), 0U);
  library("libv.so",
          "int f_1(void){return 1;} __asm__(\".symver f_1,f@V1\"); int g(void){return 2;}",
          "V1{global:f;local:*;};V2{g;}V1;");
  EXPECT_EQ(compare("old"), 0U);
  EXPECT_EQ(compare("new"), 1U);
}

/// The reference was linked against a library without versions.
TEST_F(SymbolsOracle, ReferenceWithoutVersionTakesTheFirstOrTheDefault) {
  library("libv.so", "int f(void){return 1;}", "");
  program("p", {"f"}, "libv.so");
  const std::string defined = "int f_1(void){return 1;} __asm__(\".symver f_1,f@";
  for (const auto& [symver, versions] :
       std::vector<std::pair<std::string, std::string>>{{"@V3\");", "V1{};V2{}V1;V3{f;}V2;"},
                                                        {"V1\");", "V1{f;};V2{}V1;V3{}V2;"},
                                                        {"V3\");", "V1{};V2{}V1;V3{f;}V2;"}}) {
    SCOPED_TRACE(versions);
    library("libv.so", defined + symver, versions);
    compare("p");
  }
}

/// Whole programs, and plug-ins, which have plenty of undefined symbols.
TEST_F(SymbolsOracle, ProgramsAndPluginsOfThisMachine) {
  const auto sample = [](const std::string& find, size_t count) {
    std::istringstream paths(run("find " + find + " -type f -size -3M 2>/dev/null | sort").output);
    std::vector<std::string> all;
    for (std::string path; std::getline(paths, path);) {
      std::string head(20, '\0');
      std::ifstream(path, std::ios::binary).read(head.data(), 20);
      if (head.starts_with("\x7f"
                           "ELF\2\1") &&
          head[16] == 3 && head[18] == 62)
        all.push_back(path);
    }
    std::vector<std::string> chosen;
    for (size_t i = 0; i < all.size(); i += std::max<size_t>(1, all.size() / count))
      chosen.push_back(all[i]);
    return chosen;
  };
  std::vector<std::string> files = sample("/usr/bin /usr/sbin", 150);
  EXPECT_GE(files.size(), 100U);
  for (std::string& path : sample("/usr/lib -name '*.so*'", 150)) files.push_back(std::move(path));
  size_t faults = 0;
  ReadFiles known;
  for (const std::string& path : files) {
    // Another libc's or a program that no glibc loader takes says so in words of its own.
    if (run("readelf -lW '" + path + "' | grep -q 'ld-musl'").status == 0) continue;
    const Faults loader = by_loader(path);
    EXPECT_EQ(by_pack(path, known), loader) << path;
    faults += loader.lines.size();
  }
  EXPECT_GT(faults, 0U) << "nothing on this machine would show a difference";
}

}  // namespace
}  // namespace pack::test
