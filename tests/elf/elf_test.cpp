// What pack reads of good ELF files, for which `readelf` is the oracle.

#include "elf/elf.h"

#include <elf.h>

#include <map>

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

/// All but the numbers that readelf prints as words: e_machine and DT_FLAGS_1.
ElfFacts by_readelf(const std::string& bytes) {
  const TemporaryFolder folder;
  write_file(folder.path() / "file", bytes);
  const std::string text = run("LC_ALL=C readelf -W -h -l -d " + folder.str() + "/file").output;
  ElfFacts facts;
  facts.machine.elf_class = text.find("ELF64") != text.npos ? ElfClass::elf64 : ElfClass::elf32;
  facts.machine.byte_order =
      text.find("big endian") != text.npos ? ByteOrder::big : ByteOrder::little;
  facts.type = type_by_name(after(text, "  Type: ", '\n').at(0));
  facts.flags = static_cast<uint32_t>(
      std::stoul(after(text, "  Flags:                             ", '\n').at(0), nullptr, 16));
  facts.interpreter = last(after(text, "Requesting program interpreter: ", ']'));
  facts.dynamic = text.find("Dynamic section at offset") != text.npos;
  facts.needed = after(text, "Shared library: [", ']');
  facts.soname = last(after(text, "Library soname: [", ']'));
  facts.rpath = last(after(text, "Library rpath: [", ']'));
  facts.runpath = last(after(text, "Library runpath: [", ']'));
  facts.filters = after(text, "Filter library: [", ']');
  facts.auxiliaries = after(text, "Auxiliary library: [", ']');
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
  EXPECT_EQ(facts.needed, expected.needed);
  EXPECT_EQ(facts.soname, expected.soname);
  EXPECT_EQ(facts.rpath, expected.rpath);
  EXPECT_EQ(facts.runpath, expected.runpath);
  EXPECT_EQ(facts.filters, expected.filters);
  EXPECT_EQ(facts.auxiliaries, expected.auxiliaries);
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
  EXPECT_EQ(facts.needed, std::vector<std::string>{"libc.so.6"});
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
  EXPECT_EQ(facts.filters, std::vector<std::string>{"libreal.so"});
  EXPECT_EQ(facts.auxiliaries, std::vector<std::string>{"libaux.so"});
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
    EXPECT_EQ(facts_of(read_file(program)).needed, names) << program;
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
  EXPECT_EQ(facts.needed, by_readelf(bytes).needed);
  EXPECT_LT(file.bytes_read, bytes.size() / 50);
  EXPECT_LT(file.bytes_read, 200'000u);
  EXPECT_LE(file.reads, 8u);
}

}  // namespace
}  // namespace pack::test
