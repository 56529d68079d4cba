// What pack reads of dlopen notes; `readelf -n` is the oracle for where they are.

#include <elf.h>

#include "elf/fixture.h"
#include "support/dlopen_note.h"

namespace pack::test {
namespace {

using Priority = ElfDlopenNote::Priority;
using Notes = std::vector<ElfDlopenNote>;

constexpr const char* kTwo = R"([{"soname":["libz.so.1","libz-ng.so.2"],"feature":"compression",)"
                             R"("description":"Reads packed files","priority":"required"},)"
                             R"({"soname":["libqr.so"],"priority":"suggested"}])";
constexpr const char* kOne = R"([ { "soname" : [ "libp\u0063re2-8.so.0" ], "later" : [1, {}] } ])";

ElfFacts noted(const std::string& bytes) {
  return read_elf(StringFile(bytes), {.dlopen_notes = true});
}

/// Of the notes of that type: the sizes of their contents, and then the contents as text.
std::vector<std::string> notes_by_readelf(const std::string& bytes) {
  const TemporaryFolder folder;
  write_file(folder.path() / "file", bytes);
  const std::string readelf = "LC_ALL=C readelf -W -n -p .note.dlopen " + folder.str() + "/file";
  std::istringstream lines(run(readelf).output);
  std::vector<std::string> sizes;
  std::vector<std::string> texts;
  for (std::string line; std::getline(lines, line);) {
    // readelf knows no notes of this type, and does not end their lines.
    for (size_t at = line.find("FDO "); at != line.npos; at = line.find("FDO ", at + 1))
      sizes.push_back("FDO" + std::to_string(std::stoul(line.substr(at + 4), nullptr, 16)));
    if (const size_t at = line.find("]  ["); at != line.npos) texts.push_back(line.substr(at + 3));
  }
  sizes.insert(sizes.end(), texts.begin(), texts.end());
  return sizes;
}

std::string size_of(const std::string& json) { return "FDO" + std::to_string(json.size() + 1); }

class DlopenNotes : public ::testing::Test {
 protected:
  std::string library(const std::string& source, const std::string& compiler = "gcc") {
    return compile(folder_, source + "int f(void) { return 1; }\n",
                   compiler + " -shared -fPIC -nostdlib");
  }

  /// A file with one note, whose content the tests replace by others.
  std::string with_content(const std::string& content) {
    static constexpr size_t kSpace = 600;
    if (blank_.empty()) blank_ = library(dlopen_note_source(std::string(kSpace, ' ')));
    std::string bytes = blank_;
    EXPECT_LE(content.size(), kSpace);
    bytes.replace(bytes.find(std::string(kSpace, ' ')), content.size(), content);
    return bytes;
  }

  TemporaryFolder folder_;
  std::string blank_;
};

TEST_F(DlopenNotes, OfEveryClassByteOrderAndLinker) {
  const Notes expected = {
      {{"libz.so.1", "libz-ng.so.2"}, "compression", "Reads packed files", Priority::required},
      {{"libqr.so"}, "", "", Priority::suggested},
      {{"libpcre2-8.so.0"}, "", "", Priority::recommended}};
  for (const char* compiler :
       {"gcc", "gcc -m32", "gcc -fuse-ld=gold", "gcc -fcf-protection -Wl,--build-id",
        "clang -fuse-ld=lld", "clang --target=mips-linux-gnu -fuse-ld=lld",
        "clang --target=powerpc64-linux-gnu -fuse-ld=lld"}) {
    const std::string bytes =
        library(dlopen_note_source(kTwo) + dlopen_note_source(kOne), compiler);
    EXPECT_EQ(notes_by_readelf(bytes),
              (std::vector<std::string>{size_of(kTwo), size_of(kOne), kTwo, kOne}))
        << compiler;
    EXPECT_EQ(noted(bytes).dlopen_notes, expected) << compiler;
    EXPECT_FALSE(noted(bytes).dlopen_notes_broken) << compiler;
  }
}

TEST_F(DlopenNotes, AreReadOnlyWhereTheyAreWanted) {
  const std::string bytes = library(dlopen_note_source(kTwo));
  EXPECT_EQ(facts_of(bytes).dlopen_notes, Notes{});
  EXPECT_EQ(noted(bytes).dlopen_notes.size(), 2U);
}

/// Other owners have notes in the same segments, of the same number perhaps.
TEST_F(DlopenNotes, OfOtherOwnersAndTypesMeanNothing) {
  std::string bytes = library(dlopen_note_source(kTwo));
  const size_t owner = bytes.find("FDO");
  bytes.replace(owner, 3, "FDX");
  EXPECT_EQ(noted(bytes).dlopen_notes, Notes{});
  bytes.replace(owner, 3, "FDO");
  bytes[owner - 1] = 0x41;
  EXPECT_EQ(noted(bytes).dlopen_notes, Notes{});
  EXPECT_FALSE(noted(bytes).dlopen_notes_broken);
}

TEST_F(DlopenNotes, WhatCannotBeUnderstoodIsLeftOutAndTheRestKept) {
  const std::string good = R"({"soname":["liba.so"]})";
  for (const char* bad :
       {"1", "null", "[]", R"("liba.so")", "{}", R"({"soname":[]})", R"({"soname":"liba.so"})",
        R"({"soname":[1]})", R"({"soname":[""]})", R"({"soname":["a\u0000b"]})",
        R"({"soname":["a"],"priority":"urgent"})", R"({"soname":["a"],"priority":1})",
        R"({"soname":["a"],"feature":["x"]})", R"({"soname":["a"],"description":{}})"}) {
    const ElfFacts facts = noted(with_content("[" + std::string(bad) + "," + good + "]"));
    EXPECT_EQ(facts.dlopen_notes, (Notes{{{"liba.so"}, "", "", Priority::recommended}})) << bad;
    EXPECT_TRUE(facts.dlopen_notes_broken) << bad;
  }
}

TEST_F(DlopenNotes, ContentThatIsNoArrayOfJson) {
  for (const std::string& bad :
       {std::string(), std::string("\0", 1), std::string("{}"), std::string("[{\"soname\":[\"a\""),
        std::string("[{\"soname\":[\"\xff\"]}]"), std::string(600, '['), std::string("no JSON")}) {
    const ElfFacts facts = noted(with_content(bad));
    EXPECT_EQ(facts.dlopen_notes, Notes{}) << bad;
    EXPECT_TRUE(facts.dlopen_notes_broken) << bad;
  }
}

TEST_F(DlopenNotes, SizesThatLeadOutOfTheSegment) {
  const std::string good = library(dlopen_note_source(kTwo));
  const size_t header = good.find("FDO") - 12;
  for (const size_t field : {size_t{0}, size_t{4}}) {
    for (const char* size : {"\xff\xff\xff\xff", "\xff\xff\xff\x7f", "\xf0\xff\xff\xff"}) {
      std::string bytes = good;
      bytes.replace(header + field, 4, size);
      EXPECT_EQ(noted(bytes).dlopen_notes, Notes{});
      EXPECT_TRUE(noted(bytes).dlopen_notes_broken);
    }
  }
}

TEST_F(DlopenNotes, ASegmentBeyondTheEndOfTheFileIsNoFaultOfTheFile) {
  for (const uint64_t offset : {uint64_t{1} << 20, ~uint64_t{0}, ~uint64_t{0} - 8}) {
    std::string bytes = library(dlopen_note_source(kTwo), "gcc -Wl,--build-id=none");
    auto* header = reinterpret_cast<Elf64_Ehdr*>(bytes.data());
    auto* segments = reinterpret_cast<Elf64_Phdr*>(bytes.data() + header->e_phoff);
    for (size_t i = 0; i < header->e_phnum; ++i)
      if (segments[i].p_type == PT_NOTE) segments[i].p_offset = offset;
    EXPECT_EQ(noted(bytes).dlopen_notes, Notes{});
    EXPECT_TRUE(noted(bytes).dlopen_notes_broken);
  }
}

/// Segments may overlap: 60,000 headers that name the same megabyte would be 60 GB to read.
TEST_F(DlopenNotes, WhatIsReadIsBounded) {
  std::string bytes = library(dlopen_note_source(kTwo));
  auto header = *reinterpret_cast<Elf64_Ehdr*>(bytes.data());
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  std::memcpy(segments.data(), bytes.data() + header.e_phoff, segments.size() * sizeof segments[0]);
  const std::string content = dlopen_note_bytes(kOne);
  std::string notes;
  while (notes.size() + content.size() < 1000000) notes += content;
  Elf64_Phdr note = {};
  note.p_type = PT_NOTE;
  note.p_offset = bytes.size();
  note.p_filesz = note.p_memsz = notes.size();
  note.p_align = 4;
  bytes += notes;
  header.e_phoff = bytes.size();
  header.e_phnum = 60000;
  segments.resize(header.e_phnum, note);
  bytes.append(reinterpret_cast<const char*>(segments.data()),
               segments.size() * sizeof segments[0]);
  std::memcpy(bytes.data(), &header, sizeof header);
  const StringFile file(bytes);
  const ElfFacts facts = read_elf(file, {.dlopen_notes = true});
  EXPECT_TRUE(facts.dlopen_notes_broken);
  EXPECT_GT(facts.dlopen_notes.size(), 100U);
  EXPECT_LE(facts.dlopen_notes.size(), 1000U);
  EXPECT_LT(file.bytes_read, 10000000U);
}

/// Where the segment is aligned to 8 bytes, so is each part of a note.
TEST_F(DlopenNotes, InASegmentAlignedTo8Bytes) {
  std::string source = dlopen_note_source(kOne);
  const std::string four = ".balign 4";
  for (size_t at = source.find(four); at != source.npos; at = source.find(four, at + 1))
    source.replace(at, four.size(), ".balign 8");
  const std::string bytes = library(source);
  EXPECT_EQ(notes_by_readelf(bytes), (std::vector<std::string>{size_of(kOne), kOne}));
  EXPECT_EQ(noted(bytes).dlopen_notes,
            (Notes{{{"libpcre2-8.so.0"}, "", "", Priority::recommended}}));
}

/// A note of no bytes more than the start of the file: the segments come right behind the headers.
TEST_F(DlopenNotes, CostNoFurtherRead) {
  const std::string bytes = library(dlopen_note_source(kTwo));
  const StringFile without(bytes);
  const StringFile with(bytes);
  read_elf(without);
  read_elf(with, {.dlopen_notes = true});
  EXPECT_EQ(with.reads, without.reads);
}

}  // namespace
}  // namespace pack::test
