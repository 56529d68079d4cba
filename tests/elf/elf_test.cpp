// What pack reads of good ELF files, for which `readelf` is the oracle.

#include "elf/elf.h"

#include <elf.h>

#include <map>
#include <set>

#include "elf/elf_symbols.h"
#include "elf/fixture.h"

namespace pack::test {
namespace {

constexpr const char* kProgram = "int main(void) { return 0; }";
constexpr const char* kLibrary = "int answer(void) { return 42; }";

/// What follows `label` in each line that has it, up to `end`.
std::vector<std::string> after(const std::string& text, const std::string& label, char end) {
  std::vector<std::string> found;
  for (size_t at = text.find(label); at != text.npos; at = text.find(label, at)) {
    at += label.size();
    found.push_back(text.substr(at, text.find(end, at) - at));
  }
  return found;
}

std::optional<std::string> last(const std::vector<std::string>& values) {
  return values.empty() ? std::nullopt : std::optional(values.back());
}

ElfType type_by_name(const std::string& line) {
  for (const auto& [name, type] : std::map<std::string, ElfType>{{"REL ", ElfType::relocatable},
                                                                 {"EXEC ", ElfType::executable},
                                                                 {"DYN ", ElfType::shared},
                                                                 {"CORE ", ElfType::core}})
    if (line.find(name) != line.npos) return type;
  return ElfType::other;
}

/// Needed, filter and auxiliary libraries, in the order of the dynamic section.
std::vector<ElfDependency> dependencies_by_readelf(const std::string& text) {
  using Kind = ElfDependency::Kind;
  std::vector<ElfDependency> dependencies;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    for (const auto& [label, kind] :
         std::map<std::string, Kind>{{"Shared library: [", Kind::needed},
                                     {"Filter library: [", Kind::filter},
                                     {"Auxiliary library: [", Kind::auxiliary}})
      for (const std::string& name : after(line, label, ']')) dependencies.push_back({name, kind});
  return dependencies;
}

/// One of readelf's "File: libc.so.6  Cnt: 2", "Name: GLIBC_2.34  Flags: WEAK  Version: 3",
/// "Rev: 1  Flags: none  Index: 2  Cnt: 1  Name: FOO_1". "Parent" lines have no colon behind the
/// word: those are names that no loader compares.
std::optional<std::string> field(const std::string& line, const std::string& label) {
  const std::vector<std::string> values = after(line, label + ": ", ' ');
  if (values.empty()) return std::nullopt;
  return values.front().substr(0, values.front().find('\n'));
}

/// Fills in versions_needed and versions_defined from `readelf -V`.
void add_versions_by_readelf(const std::string& text, ElfFacts& facts) {
  std::istringstream lines(text);
  std::string library;
  for (std::string line; std::getline(lines, line);) {
    line += ' ';
    if (const auto file = field(line, "File")) library = *file;
    const auto name = field(line, "Name");
    if (!name) continue;
    if (line.find("Index: ") != line.npos)
      facts.versions_defined.push_back(*name);
    else if (line.find("Flags: ") != line.npos)
      facts.versions_needed.push_back({library, *name, line.find("WEAK") != line.npos});
  }
}

/// All but the numbers that readelf prints as words: e_machine and DT_FLAGS_1.
ElfFacts by_readelf(const std::string& bytes) {
  const TemporaryFolder folder;
  write_file(folder.path() / "file", bytes);
  const std::string text = run("LC_ALL=C readelf -W -h -l -d -V " + folder.str() + "/file").output;
  ElfFacts facts;
  facts.machine.elf_class = text.find("ELF64") != text.npos ? ElfClass::elf64 : ElfClass::elf32;
  facts.machine.byte_order =
      text.find("big endian") != text.npos ? ByteOrder::big : ByteOrder::little;
  facts.type = type_by_name(after(text, "  Type: ", '\n').at(0));
  facts.flags = static_cast<uint32_t>(
      std::stoul(after(text, "  Flags:                             ", '\n').at(0), nullptr, 16));
  facts.interpreter = last(after(text, "Requesting program interpreter: ", ']'));
  facts.dynamic = text.find("Dynamic section at offset") != text.npos;
  facts.dependencies = dependencies_by_readelf(text);
  facts.soname = last(after(text, "Library soname: [", ']'));
  facts.rpath = last(after(text, "Library rpath: [", ']'));
  facts.runpath = last(after(text, "Library runpath: [", ']'));
  add_versions_by_readelf(text, facts);
  return facts;
}

/// Compares with readelf; `machine` and `flags_1` are what readelf does not print as numbers.
void expect_as_readelf(const std::string& bytes, uint16_t machine, uint64_t flags_1 = 0) {
  ElfFacts expected = by_readelf(bytes);
  expected.machine.number = machine;
  expected.flags_1 = flags_1;
  const ElfFacts facts = facts_of(bytes);
  EXPECT_EQ(facts.machine, expected.machine);
  EXPECT_EQ(facts.type, expected.type);
  EXPECT_EQ(facts.flags, expected.flags);
  EXPECT_EQ(facts.interpreter, expected.interpreter);
  EXPECT_EQ(facts.dynamic, expected.dynamic);
  EXPECT_EQ(facts.dependencies, expected.dependencies);
  EXPECT_EQ(facts.soname, expected.soname);
  EXPECT_EQ(facts.rpath, expected.rpath);
  EXPECT_EQ(facts.runpath, expected.runpath);
  EXPECT_EQ(facts.versions_needed, expected.versions_needed);
  EXPECT_EQ(facts.versions_defined, expected.versions_defined);
  EXPECT_EQ(facts.flags_1, expected.flags_1);
  EXPECT_EQ(read_elf_machine(StringFile(bytes)), expected.machine);
}

class Elf : public ::testing::Test {
 protected:
  std::string gcc(const std::string& source, const std::string& flags) const {
    return compile(folder_, source, "gcc " + flags);
  }
  TemporaryFolder folder_;
};

TEST_F(Elf, PositionIndependentProgram) {
  const std::string bytes = gcc(kProgram, "-pie -Wl,-rpath,'$ORIGIN/../lib:/opt/k' -Wl,-z,now");
  expect_as_readelf(bytes, EM_X86_64, DF_1_PIE | DF_1_NOW);
  const ElfFacts facts = facts_of(bytes);
  EXPECT_EQ(facts.runpath, "$ORIGIN/../lib:/opt/k");
  EXPECT_EQ(needed_of(facts), std::vector<std::string>{"libc.so.6"});
  EXPECT_FALSE(facts.versions_needed.empty());
  EXPECT_TRUE(facts.program());
  EXPECT_TRUE(facts.position_independent_executable());
}

TEST_F(Elf, ProgramAtAFixedAddress) {
  const std::string bytes = gcc(kProgram, "-no-pie");
  expect_as_readelf(bytes, EM_X86_64);
  EXPECT_EQ(facts_of(bytes).type, ElfType::executable);
}

TEST_F(Elf, LibraryWithEveryKindOfString) {
  const std::string bytes =
      gcc(kLibrary,
          "-shared -fPIC -Wl,-soname,libx.so.1 -Wl,--disable-new-dtags,-rpath,/a:/b "
          "-Wl,-F,libreal.so -Wl,-f,libaux.so -Wl,-z,nodefaultlib");
  expect_as_readelf(bytes, EM_X86_64, DF_1_NODEFLIB);
  const ElfFacts facts = facts_of(bytes);
  EXPECT_EQ(facts.rpath, "/a:/b");
  EXPECT_EQ(facts.dependencies.size(), 2U);
  EXPECT_TRUE(facts.no_default_libraries());
  EXPECT_FALSE(facts.program());
}

TEST_F(Elf, StaticProgramHasNoDynamicSection) {
  const std::string bytes = gcc(kProgram, "-static");
  expect_as_readelf(bytes, EM_X86_64);
  EXPECT_FALSE(facts_of(bytes).dynamic);
  EXPECT_TRUE(facts_of(bytes).program());
}

TEST_F(Elf, StaticPieIsDynamicWithoutInterpreter) {
  const std::string bytes = gcc(kProgram, "-static-pie -Wl,-z,now");
  expect_as_readelf(bytes, EM_X86_64, DF_1_PIE | DF_1_NOW);
  const ElfFacts facts = facts_of(bytes);
  EXPECT_TRUE(facts.dynamic);
  EXPECT_FALSE(facts.interpreter);
  EXPECT_TRUE(facts.program());
}

TEST_F(Elf, RelocatableFileIsDescribedByItsHeader) {
  const std::string bytes = gcc(kLibrary, "-c");
  expect_as_readelf(bytes, EM_X86_64);
  EXPECT_EQ(facts_of(bytes).type, ElfType::relocatable);
  EXPECT_FALSE(facts_of(bytes).program());
}

TEST_F(Elf, ThirtyTwoBitsAndX32) {
  expect_as_readelf(gcc(kLibrary, "-m32 -shared -nostdlib -Wl,-soname,lib32.so"), EM_386);
  expect_as_readelf(gcc(kLibrary, "-mx32 -shared -nostdlib -Wl,-soname,libx32.so"), EM_X86_64);
}

TEST_F(Elf, ForeignMachinesOfBothByteOrders) {
  PACK_REQUIRE_TOOL("clang");
  PACK_REQUIRE_TOOL("ld.lld");
  struct Machine {
    const char* target;
    uint16_t number;
  };
  for (const Machine& machine :
       {Machine{"powerpc64-linux-gnu", EM_PPC64}, Machine{"mips-linux-gnu", EM_MIPS},
        Machine{"aarch64-linux-gnu", EM_AARCH64}, Machine{"riscv64-linux-gnu", EM_RISCV},
        Machine{"arm-linux-gnueabihf", EM_ARM}}) {
    SCOPED_TRACE(machine.target);
    expect_as_readelf(compile(folder_, kLibrary,
                              std::string("clang --target=") + machine.target +
                                  " -fuse-ld=lld -shared -nostdlib -fPIC -Wl,-soname,libf.so.1 "
                                  "-Wl,-rpath,/opt/f -Wl,-z,nodefaultlib"),
                      machine.number, DF_1_NODEFLIB);
  }
}

TEST_F(Elf, SectionHeadersAreNotNeeded) {
  std::string bytes = gcc(kProgram, "");
  const ElfFacts with_sections = facts_of(bytes);
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  bytes.resize(header.e_shoff);
  header.e_shoff = 0;
  header.e_shnum = header.e_shstrndx = 0;
  std::memcpy(bytes.data(), &header, sizeof header);
  EXPECT_EQ(facts_of(bytes), with_sections);
}

TEST_F(Elf, TrailingNulsAfterTheInterpreterAreTakenAsTheKernelDoes) {
  const std::string path = "/lib64/ld-linux-x86-64.so.2";
  std::string bytes = gcc(kProgram, "");
  bytes.replace(bytes.find(path + '\0'), path.size(), "/l" + std::string(path.size() - 2, '\0'));
  EXPECT_EQ(facts_of(bytes).interpreter, "/l");
}

TEST_F(Elf, VersionsInBothByteOrdersAndClasses) {
  write_file(folder_.path() / "versions", "V_1 { f; }; V_2 { g; } V_1;");
  for (const char* compiler :
       {"gcc", "gcc -m32", "clang --target=powerpc64-linux-gnu -fuse-ld=lld -fPIC",
        "clang --target=mips-linux-gnu -fuse-ld=lld -fPIC"}) {
    SCOPED_TRACE(compiler);
    if (std::string(compiler).starts_with("clang")) PACK_REQUIRE_TOOL("ld.lld");
    const std::string flags = " -shared -fPIC -nostdlib -Wl,-soname,libv.so ";
    const std::string library =
        compile(folder_, "int f(void) { return 1; } int g(void) { return 2; }",
                compiler + flags + "-Wl,--version-script=versions");
    EXPECT_EQ(facts_of(library).versions_defined,
              (std::vector<std::string>{"libv.so", "V_1", "V_2"}));
    EXPECT_EQ(facts_of(library).versions_defined, by_readelf(library).versions_defined);
    write_file(folder_.path() / "libv.so", library);
    const std::string user =
        compile(folder_, "int f(void); int g(void); int h(void) { return f() + g(); }",
                compiler + std::string(" -shared -fPIC -nostdlib -Wl,--no-as-needed libv.so"));
    EXPECT_EQ(facts_of(user).versions_needed.size(), 2U);
    EXPECT_EQ(facts_of(user).versions_needed, by_readelf(user).versions_needed);
  }
}

/// No linker here writes that flag: it is set in the file, behind the hash of the version's name.
TEST_F(Elf, WeakVersionNeed) {
  write_file(folder_.path() / "versions", "V_1 { f; };");
  const std::string flags = "-shared -fPIC -nostdlib ";
  write_file(folder_.path() / "libv.so",
             gcc("int f(void) { return 1; }",
                 flags + "-Wl,-soname,libv.so -Wl,--version-script=versions"));
  std::string user =
      gcc("int f(void); int h(void) { return f(); }", flags + "-Wl,--no-as-needed libv.so");
  EXPECT_EQ(facts_of(user).versions_needed,
            (std::vector<ElfVersionNeed>{{"libv.so", "V_1", false}}));
  const std::string hash("\x21\x5c\0\0\0\0", 6);  // elf_hash("V_1"), vna_flags
  user[user.find(hash) + 4] = VER_FLG_WEAK;
  EXPECT_EQ(facts_of(user).versions_needed, by_readelf(user).versions_needed);
  EXPECT_EQ(facts_of(user).versions_needed,
            (std::vector<ElfVersionNeed>{{"libv.so", "V_1", true}}));
}

/// readelf's line of a symbol: "Num: Value Size Type Bind Vis Ndx Name@Version (n)".
struct ReadelfSymbol {
  std::string type, binding, visibility, section, name, version;
  bool hidden = false;  ///< one "@"
};

std::vector<ReadelfSymbol> symbols_by_readelf(const std::string& path) {
  std::istringstream lines(run("LC_ALL=C readelf -W --dyn-syms " + path).output);
  std::vector<ReadelfSymbol> symbols;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    ReadelfSymbol it;
    std::string number, value, size;
    if (!(words >> number >> value >> size >> it.type >> it.binding >> it.visibility >>
          it.section >> it.name) ||
        !number.ends_with(':') || number == "Num:")
      continue;
    if (it.binding == "LOCAL") continue;
    if (const size_t at = it.name.find('@'); at != it.name.npos) {
      it.hidden = !it.name.substr(at).starts_with("@@");
      it.version = it.name.substr(it.hidden ? at + 1 : at + 2);
      it.name.resize(at);
    }
    symbols.push_back(it);
  }
  return symbols;
}

const std::vector<std::string_view> kWatched = {"dlopen", "pthread_exit", "getaddrinfo",
                                                "backtrace", "iconv_open"};

/// Files of this machine, every kind of linker's output.
std::vector<std::string> files_of_this_machine() {
  std::istringstream lines(run("find -L /usr/bin /usr/lib/x86_64-linux-gnu -maxdepth 1 -type f "
                               "\\( -path '/usr/bin/*' -o -name '*.so*' \\) -size -8M | sort")
                               .output);
  std::vector<std::string> files;
  std::set<std::filesystem::path> seen;
  for (std::string path; std::getline(lines, path);) {
    std::string magic(4, '\0');
    std::ifstream(path, std::ios::binary).read(magic.data(), 4);
    if (magic ==
            "\x7f"
            "ELF" &&
        seen.insert(std::filesystem::canonical(path)).second)
      files.push_back(path);
  }
  return files;
}

TEST_F(Elf, VersionsOfTheFilesOfThisMachine) {
  const std::vector<std::string> files = files_of_this_machine();
  EXPECT_GE(files.size(), 200U);
  size_t versions = 0;
  for (const std::string& path : files) {
    ElfFacts expected;
    const std::string text = run("LC_ALL=C readelf -W -d -V " + path).output;
    add_versions_by_readelf(text, expected);
    const ElfFacts facts = facts_of(read_file(path));
    EXPECT_EQ(facts.dependencies, dependencies_by_readelf(text)) << path;
    EXPECT_EQ(facts.versions_needed, expected.versions_needed) << path;
    EXPECT_EQ(facts.versions_defined, expected.versions_defined) << path;
    versions += facts.versions_needed.size();
  }
  EXPECT_GT(versions, files.size());
}

TEST_F(Elf, WatchedImportsOfTheFilesOfThisMachine) {
  size_t found = 0;
  for (const std::string& path : files_of_this_machine()) {
    std::set<std::string> undefined;
    for (const ReadelfSymbol& it : symbols_by_readelf(path))
      if (it.section == "UND" && it.binding != "WEAK") undefined.insert(it.name);
    std::vector<std::string> expected;
    for (const std::string_view name : kWatched)
      if (undefined.contains(std::string(name))) expected.emplace_back(name);
    EXPECT_EQ(read_elf(StringFile(read_file(path)), {.imports = kWatched}).watched_imports,
              expected)
        << path;
    found += expected.size();
  }
  EXPECT_GT(found, 20U);
}

/// A symbol as a line, to be compared. Of what a program has copied out of a library (stdout) it
/// has the library's version; readelf prints that with one "@" though it is not hidden.
template <typename Symbol>
std::string line_of(const Symbol& it, bool defined, bool weak, const ElfFacts& facts) {
  const std::vector<std::string>& own = facts.versions_defined;
  const bool hidden =
      it.hidden && defined && std::find(own.begin(), own.end(), it.version) != own.end();
  return (defined ? "D " : "U ") + std::string(it.name) + ' ' + std::string(it.version) +
         (hidden ? " hidden" : "") + (weak ? " weak" : "");
}

/// Linkers add such a symbol for each version; readelf does not print that it is of that version.
template <typename Symbol>
bool names_version(const Symbol& it, const ElfFacts& facts) {
  const std::vector<std::string>& own = facts.versions_defined;
  return std::find(own.begin(), own.end(), it.name) != own.end();
}

TEST_F(Elf, SymbolsOfTheFilesOfThisMachine) {
  const std::set<std::string> linkable = {"NOTYPE", "OBJECT", "FUNC", "COMMON", "TLS", "IFUNC"};
  const std::vector<std::string> files = files_of_this_machine();
  size_t compared = 0;
  for (size_t i = 0; i < files.size(); i += 8) {
    const StringFile file(read_file(files[i]));
    const ElfFacts facts = read_elf(file);
    std::multiset<std::string> expected;
    for (const ReadelfSymbol& it : symbols_by_readelf(files[i])) {
      if (!linkable.contains(it.type) || it.visibility == "HIDDEN" || names_version(it, facts))
        continue;
      expected.insert(line_of(it, it.section != "UND", it.binding == "WEAK", facts));
    }
    std::multiset<std::string> symbols;
    const ElfSymbols read = read_elf_symbols(file);
    for (const ElfSymbol& it : read.symbols)
      if (!names_version(it, facts)) symbols.insert(line_of(it, it.defined, it.weak, facts));
    EXPECT_EQ(symbols, expected) << files[i];
    compared += symbols.size();
  }
  EXPECT_GT(compared, 1000U);
}

TEST_F(Elf, ProgramsOfThisMachine) {
  std::istringstream lines(
      run("LC_ALL=C readelf -W -d $(find -L /usr/bin -maxdepth 1 -type f -size -5M | head -200)")
          .output);
  std::map<std::string, std::vector<std::string>> needed;
  std::string path;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("File: ")) path = line.substr(6);
    for (const std::string& name : after(line, "Shared library: [", ']'))
      needed[path].push_back(name);
  }
  EXPECT_FALSE(needed.empty());
  for (const auto& [program, names] : needed)
    EXPECT_EQ(needed_of(facts_of(read_file(program))), names) << program;
}

TEST_F(Elf, AHugeLibraryIsReadInAFewSmallPieces) {
  std::string path;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           "/usr/lib", std::filesystem::directory_options::skip_permission_denied))
    if (entry.path().filename().string().starts_with("libLLVM-14.so") && entry.is_regular_file())
      path = entry.path();
  if (path.empty()) GTEST_SKIP() << "needs libLLVM-14.so, a library of 100 MB";
  const std::string bytes = read_file(path);
  const StringFile file(bytes);
  const ElfFacts facts = read_elf(file);
  const ElfFacts expected = by_readelf(bytes);
  EXPECT_EQ(facts.dependencies, expected.dependencies);
  EXPECT_EQ(facts.versions_needed, expected.versions_needed);
  EXPECT_EQ(facts.versions_defined, expected.versions_defined);
  EXPECT_LT(file.bytes_read, bytes.size() / 1000);
  EXPECT_LE(file.reads, 12u);

  const StringFile watched(bytes);
  EXPECT_EQ(read_elf(watched, {.imports = kWatched}).watched_imports,
            (std::vector<std::string>{"dlopen", "backtrace"}));
  EXPECT_LT(watched.bytes_read, bytes.size() / 100);
  EXPECT_LE(watched.reads, 50u);
}

}  // namespace
}  // namespace pack::test
