// What pack says of ELF files that no loader takes. Each is a good one, compiled here, with a few
// bytes changed.

#include <elf.h>

#include <chrono>

#include "elf/elf_symbols.h"
#include "elf/fixture.h"

namespace pack::test {
namespace {

/// An ELF file for this machine whose tables can be changed.
class Patched {
 public:
  explicit Patched(std::string file) : bytes(std::move(file)) {}

  Elf64_Ehdr& header() { return *reinterpret_cast<Elf64_Ehdr*>(bytes.data()); }
  Elf64_Phdr* segments() { return reinterpret_cast<Elf64_Phdr*>(bytes.data() + header().e_phoff); }

  /// The n-th program header of a type.
  Elf64_Phdr& segment(uint32_t type, size_t n = 0) {
    for (size_t i = 0; i < header().e_phnum; ++i)
      if (segments()[i].p_type == type && n-- == 0) return segments()[i];
    throw std::runtime_error("no such segment in the fixture");
  }
  Elf64_Dyn& entry(int64_t tag) {
    auto* entry = reinterpret_cast<Elf64_Dyn*>(bytes.data() + segment(PT_DYNAMIC).p_offset);
    while (entry->d_tag != tag) ++entry;
    return *entry;
  }

  /// Maps bytes at the end of the file, at the address that is returned.
  uint64_t map(const std::string& content) {
    Elf64_Phdr& added = segment(PT_NOTE);
    added.p_type = PT_LOAD;
    added.p_offset = bytes.size();
    added.p_vaddr = 0x10000000;
    added.p_filesz = added.p_memsz = content.size();
    bytes += content;
    return 0x10000000;
  }

  /// A dynamic section and a string table of its own take the place of the fixture's.
  void replace_dynamic(std::vector<Elf64_Dyn> entries, const std::string& strings) {
    const uint64_t table = 0x10000000 + (entries.size() + 3) * sizeof(Elf64_Dyn);
    entries.push_back({DT_STRTAB, {table}});
    entries.push_back({DT_STRSZ, {strings.size()}});
    entries.push_back({DT_NULL, {0}});
    const size_t offset = bytes.size();
    const size_t size = entries.size() * sizeof(Elf64_Dyn);
    map(std::string(reinterpret_cast<const char*>(entries.data()), size) + strings);
    Elf64_Phdr& dynamic = segment(PT_DYNAMIC);
    dynamic.p_offset = offset;
    dynamic.p_vaddr = 0x10000000;
    dynamic.p_filesz = dynamic.p_memsz = size;
    header().e_shoff = 0;
    header().e_shnum = header().e_shstrndx = 0;
  }

  std::string bytes;
};

class Malformed : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const TemporaryFolder folder;
    good_ = compile(folder, "int main(void) { return 0; }", "gcc -Wl,-rpath,/opt/k");
  }

  template <typename Change>
  static void expect_refused(const std::string& text, Change change) {
    Patched patched(good_);
    change(patched);
    expect_refused_bytes(text, patched.bytes);
  }

  static void expect_refused_bytes(const std::string& text, const std::string& bytes) {
    try {
      facts_of(bytes);
      ADD_FAILURE() << "not refused; wanted: " << text;
    } catch (const ElfError& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  }

  static std::string good_;
};

std::string Malformed::good_;

TEST_F(Malformed, NotElf) {
  expect_refused_bytes("not an ELF file", "");
  expect_refused_bytes("not an ELF file", "#!/bin/sh\n");
  expect_refused_bytes("not an ELF file",
                       "\x7f"
                       "ELG" +
                           good_.substr(4));
}

TEST_F(Malformed, HeaderCutShort) {
  expect_refused_bytes("truncated: it has only 4 bytes", good_.substr(0, 4));
  expect_refused_bytes("truncated: its header needs 64 bytes and it has 63", good_.substr(0, 63));
}

TEST_F(Malformed, UnknownClass) {
  expect_refused("EI_CLASS is 9", [](Patched& p) { p.bytes[EI_CLASS] = 9; });
}

TEST_F(Malformed, UnknownByteOrder) {
  expect_refused("EI_DATA is 0", [](Patched& p) { p.bytes[EI_DATA] = 0; });
}

TEST_F(Malformed, UnknownVersion) {
  expect_refused("version 2 (EI_VERSION)", [](Patched& p) { p.bytes[EI_VERSION] = 2; });
  expect_refused("version 3 (e_version)", [](Patched& p) { p.header().e_version = 3; });
}

TEST_F(Malformed, OtherByteOrderThanItSays) {
  expect_refused("version 16777216 (e_version)", [](Patched& p) { p.bytes[EI_DATA] = 2; });
}

TEST_F(Malformed, NoProgramHeaders) {
  expect_refused("no program headers", [](Patched& p) { p.header().e_phnum = 0; });
}

TEST_F(Malformed, TooManyProgramHeaders) {
  expect_refused("more than 65534 program headers",
                 [](Patched& p) { p.header().e_phnum = PN_XNUM; });
}

TEST_F(Malformed, ProgramHeadersOfAnotherSize) {
  expect_refused("32 bytes each (e_phentsize), not 56",
                 [](Patched& p) { p.header().e_phentsize = 32; });
}

TEST_F(Malformed, ProgramHeadersBeyondTheEnd) {
  const std::string text = "its program headers";
  expect_refused(text, [](Patched& p) { p.header().e_phoff = p.bytes.size() - 8; });
  expect_refused(text, [](Patched& p) { p.header().e_phoff = ~uint64_t{0} - 8; });
}

TEST_F(Malformed, SegmentBeyondTheEnd) {
  const std::string text = "truncated: a PT_LOAD segment";
  expect_refused_bytes(text, good_.substr(0, good_.size() / 2));
  expect_refused(text, [](Patched& p) { p.segment(PT_LOAD).p_offset = ~uint64_t{0} - 8; });
}

TEST_F(Malformed, SegmentLargerInTheFileThanInMemory) {
  expect_refused("more bytes in the file than in memory",
                 [](Patched& p) { p.segment(PT_LOAD).p_memsz = 1; });
}

TEST_F(Malformed, SegmentBeyondTheAddressSpace) {
  expect_refused("beyond the end of the address space",
                 [](Patched& p) { p.segment(PT_LOAD, 1).p_vaddr = ~uint64_t{0} - 8; });
}

TEST_F(Malformed, NothingToLoad) {
  expect_refused("no PT_LOAD segment", [](Patched& p) {
    for (size_t i = 0; i < p.header().e_phnum; ++i)
      if (p.segments()[i].p_type == PT_LOAD) p.segments()[i].p_type = PT_NULL;
  });
}

TEST_F(Malformed, OverlappingSegments) {
  expect_refused("overlap in memory", [](Patched& p) { p.segment(PT_LOAD).p_memsz = 1 << 20; });
}

TEST_F(Malformed, InterpreterWithoutEnd) {
  expect_refused("does not end in a NUL byte", [](Patched& p) { --p.segment(PT_INTERP).p_filesz; });
}

TEST_F(Malformed, InterpreterWithANulInside) {
  expect_refused("has a NUL byte inside: /lib",
                 [](Patched& p) { p.bytes[p.segment(PT_INTERP).p_offset + 4] = '\0'; });
}

TEST_F(Malformed, EmptyInterpreter) {
  expect_refused("(PT_INTERP) is empty", [](Patched& p) { p.segment(PT_INTERP).p_filesz = 0; });
  expect_refused("(PT_INTERP) is empty",
                 [](Patched& p) { p.bytes[p.segment(PT_INTERP).p_offset] = '\0'; });
}

TEST_F(Malformed, InterpreterLongerThanAnyPath) {
  expect_refused("is 4097 bytes long", [](Patched& p) { p.segment(PT_INTERP).p_filesz = 4097; });
}

TEST_F(Malformed, InterpreterBeyondTheEnd) {
  expect_refused("(PT_INTERP) is beyond its end",
                 [](Patched& p) { p.segment(PT_INTERP).p_offset = p.bytes.size() - 1; });
}

TEST_F(Malformed, DynamicSectionOutsideOfTheSegments) {
  const std::string text = "dynamic section of the ELF file is not inside a PT_LOAD segment";
  expect_refused(text, [](Patched& p) { p.segment(PT_DYNAMIC).p_vaddr = 0x7fffffff0000; });
  expect_refused(text, [](Patched& p) {  // 2^32 entries
    p.segment(PT_DYNAMIC).p_filesz = uint64_t{1} << 36;
  });
}

TEST_F(Malformed, DynamicSectionWithoutEnd) {
  expect_refused("has no end (DT_NULL)", [](Patched& p) {
    Elf64_Phdr& dynamic = p.segment(PT_DYNAMIC);
    dynamic.p_filesz =
        reinterpret_cast<char*>(&p.entry(DT_NULL)) - p.bytes.data() - dynamic.p_offset;
  });
}

TEST_F(Malformed, AMillionDynamicEntries) {
  expect_refused("more than 20000 entries", [](Patched& p) {
    p.replace_dynamic(std::vector<Elf64_Dyn>(1'100'000, {DT_DEBUG, {0}}), "x");
  });
}

TEST_F(Malformed, NoStringTable) {
  expect_refused("no string table (DT_STRTAB)",
                 [](Patched& p) { p.entry(DT_STRTAB).d_tag = DT_DEBUG; });
}

TEST_F(Malformed, StringTableOutsideOfTheSegments) {
  expect_refused("(DT_STRTAB) of the ELF file is not inside a PT_LOAD segment",
                 [](Patched& p) { p.entry(DT_STRTAB).d_un.d_ptr = 0x7fffffff0000; });
}

TEST_F(Malformed, StringTableLargerThanItsSegment) {
  expect_refused("reaches beyond its PT_LOAD segment",
                 [](Patched& p) { p.entry(DT_STRSZ).d_un.d_val = uint64_t{1} << 32; });
}

TEST_F(Malformed, StringOutsideOfTheTable) {
  expect_refused("(offset 4294967295) is outside of the string table",
                 [](Patched& p) { p.entry(DT_NEEDED).d_un.d_val = 0xffffffff; });
}

TEST_F(Malformed, StringWithoutEnd) {
  expect_refused("has no end in the string table", [](Patched& p) {
    p.replace_dynamic({{DT_NEEDED, {1}}}, std::string("\0libc", 5));
  });
  expect_refused("has no end in the string table", [](Patched& p) {
    p.replace_dynamic({{DT_RUNPATH, {0}}}, std::string(2 << 20, 'x') + '\0');
  });
}

TEST_F(Malformed, OneLongStringNamedOften) {
  expect_refused("take more than 16 MiB", [](Patched& p) {
    p.replace_dynamic(std::vector<Elf64_Dyn>(100, {DT_NEEDED, {0}}),
                      std::string(1 << 19, 'x') + '\0');
  });
}

TEST_F(Malformed, CutAnywhere) {
  const ElfFacts facts = facts_of(good_);
  for (size_t size = 0; size < good_.size(); size += size < 2048 ? 1 : 97) {
    try {
      EXPECT_EQ(facts_of(good_.substr(0, size)), facts);  // all that counts is there
    } catch (const ElfError&) {
    }
  }
}

/// Much, but well-formed.
TEST_F(Malformed, TenThousandLibrariesAreFine) {
  std::vector<Elf64_Dyn> entries;
  std::vector<std::string> names;
  std::string strings(1, '\0');
  for (int i = 0; i < 10'000; ++i) {
    names.push_back("lib" + std::to_string(i) + ".so");
    entries.push_back({DT_NEEDED, {strings.size()}});
    strings += names.back() + '\0';
  }
  Patched patched(good_);
  patched.replace_dynamic(entries, strings);
  EXPECT_EQ(needed_of(facts_of(patched.bytes)), names);
  const TemporaryFolder folder;
  write_file(folder.path() / "many", patched.bytes);
  const std::string count =
      run("LC_ALL=C readelf -W -d " + folder.str() + "/many | grep -c 'Shared library: .lib'")
          .output;
  EXPECT_EQ(count, "10000\n");
}

TEST_F(Malformed, TenThousandLibrariesWithVersionsTakeMilliseconds) {
  std::vector<Elf64_Dyn> entries;
  std::string strings(1, '\0');
  for (int i = 0; i < 10'000; ++i) {
    entries.push_back({DT_NEEDED, {strings.size()}});
    strings += std::string(100, 'x') + std::to_string(i) + '\0';
  }
  Patched patched(good_);
  patched.replace_dynamic(entries, strings);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(facts_of(patched.bytes).dependencies.size(), 10'000U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(Malformed, ASearchPathOf4096FoldersIsFine) {
  std::string path;
  for (int i = 0; i < 4'096; ++i) path += "/opt/folder" + std::to_string(i) + ':';
  Patched patched(good_);
  patched.replace_dynamic({{DT_RPATH, {0}}}, path + '\0');
  EXPECT_EQ(facts_of(patched.bytes).rpath, path);
}

/// What the header's bytes come to as entries is not what a linker writes: an end may be there, or
/// none. Both is told at once.
TEST_F(Malformed, DynamicSectionOverTheHeaders) {
  for (const uint64_t size : {uint64_t{64}, uint64_t{4096}, uint64_t{1} << 20}) {
    for (uint64_t offset = 0; offset < 128; offset += 8) {
      Patched patched(good_);
      Elf64_Phdr& dynamic = patched.segment(PT_DYNAMIC);
      dynamic.p_offset = offset;
      dynamic.p_vaddr = patched.segment(PT_LOAD).p_vaddr + offset;
      dynamic.p_filesz = dynamic.p_memsz = size;
      try {
        EXPECT_TRUE(facts_of(patched.bytes).dependencies.empty());
      } catch (const ElfError& error) {
        EXPECT_NE(std::string(error.what()).find("of the ELF file"), std::string::npos)
            << error.what();
      }
    }
  }
}

/// A file whose only dynamic entries lead to a table of versions and a string table.
template <typename Record>
std::string with_versions(const std::string& good, int64_t tag, const std::vector<Record>& records,
                          const std::string& strings) {
  Patched patched(good);
  const std::string table(reinterpret_cast<const char*>(records.data()),
                          records.size() * sizeof(Record));
  // Two entries of ours and three of replace_dynamic's stand in front of the strings.
  const uint64_t at = 0x10000000 + 5 * sizeof(Elf64_Dyn) + strings.size();
  patched.replace_dynamic({{DT_SONAME, {0}}, {tag, {at}}}, strings + table);
  return patched.bytes;
}

TEST_F(Malformed, VersionTableOutsideOfTheSegments) {
  expect_refused("(DT_VERNEED) of the ELF file is not inside a PT_LOAD segment",
                 [](Patched& p) { p.entry(DT_VERNEED).d_un.d_ptr = 0x7fffffff0000; });
}

TEST_F(Malformed, VersionRecordsOfAnUnknownVersion) {
  const std::string strings("v\0l\0", 4);
  expect_refused_bytes(
      "version 2; loaders only know version 1",
      with_versions(good_, DT_VERNEED,
                    std::vector<Elf64_Verneed>{{.vn_version = 2, .vn_cnt = 1, .vn_aux = 16}},
                    strings));
  expect_refused_bytes(
      "version 9; loaders only know version 1",
      with_versions(good_, DT_VERDEF,
                    std::vector<Elf64_Verdef>{{.vd_version = 9, .vd_cnt = 1, .vd_aux = 20}},
                    strings));
}

TEST_F(Malformed, VersionChainThatLeavesItsSegment) {
  const std::string strings("v\0l\0", 4);
  for (const Elf64_Verneed& record :
       {Elf64_Verneed{.vn_version = 1, .vn_cnt = 1, .vn_aux = 0xfffffff0},
        Elf64_Verneed{.vn_version = 1, .vn_cnt = 1, .vn_aux = 1000},
        Elf64_Verneed{.vn_version = 1, .vn_cnt = 1, .vn_aux = 16}})
    expect_refused_bytes("(DT_VERNEED) of the ELF file leads out of its PT_LOAD segment",
                         with_versions(good_, DT_VERNEED, std::vector{record}, strings));
  expect_refused_bytes(
      "(DT_VERDEF) of the ELF file leads out of its PT_LOAD segment",
      with_versions(good_, DT_VERDEF,
                    std::vector<Elf64_Verdef>{{.vd_version = 1, .vd_cnt = 1, .vd_aux = 20}},
                    strings));
}

/// A chain cannot loop, its links are unsigned; but it can have very many records.
TEST_F(Malformed, VersionChainOfAMillionRecords) {
  std::vector<Elf64_Verneed> records(
      1'000'000, {.vn_version = 1, .vn_cnt = 1, .vn_file = 0, .vn_aux = 0, .vn_next = 16});
  const auto start = std::chrono::steady_clock::now();
  expect_refused_bytes("has more than 20000 records",
                       with_versions(good_, DT_VERNEED, records, std::string("v\0l\0", 4)));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(Malformed, VersionNameOutsideOfTheStringTable) {
  expect_refused("is outside of the string table", [](Patched& p) {
    const uint64_t at = p.entry(DT_VERNEED).d_un.d_ptr;  // the first PT_LOAD maps it to its offset
    reinterpret_cast<Elf64_Verneed*>(p.bytes.data() + at)->vn_file = 0x7fffffff;
  });
}

TEST_F(Malformed, SymbolTablesThatAreNotWhole) {
  const auto refused = [](const std::string& text, auto change) {
    Patched patched(good_);
    change(patched);
    try {
      read_elf_symbols(StringFile(patched.bytes));
      ADD_FAILURE() << "not refused; wanted: " << text;
    } catch (const ElfError& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  };
  refused("(DT_SYMTAB) of the ELF file is not inside a PT_LOAD segment",
          [](Patched& p) { p.entry(DT_SYMTAB).d_un.d_ptr = 0x7fffffff0000; });
  refused("symbol hash table of the ELF file reaches beyond", [](Patched& p) {
    p.bytes.replace(p.entry(DT_GNU_HASH).d_un.d_ptr, 4, "\xff\xff\xff\xff");
  });
  refused("(DT_VERSYM) of the ELF file is not inside a PT_LOAD segment",
          [](Patched& p) { p.entry(DT_VERSYM).d_un.d_ptr = 0x7fffffff0000; });
  refused("the name of a dynamic symbol (offset 2147483647) is outside", [](Patched& p) {
    const uint64_t at = p.entry(DT_SYMTAB).d_un.d_ptr + sizeof(Elf64_Sym);
    reinterpret_cast<Elf64_Sym*>(p.bytes.data() + at)->st_name = 0x7fffffff;
  });
}

}  // namespace
}  // namespace pack::test
