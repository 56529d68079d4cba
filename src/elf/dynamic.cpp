// The dynamic section and the strings that it names.
//
// The string table of a large library is megabytes of symbol names; the few strings wanted stand
// anywhere in it, though mostly near each other. So the offsets are sorted, those near each other
// make a group, and each group is one read.

#include <algorithm>
#include <map>
#include <span>
#include <string>

#include "elf/segments.h"

namespace pack {

namespace {

/// Ten times what the largest programs have; more would only be there to waste time and memory.
constexpr uint64_t kMostEntries = 20'000;
constexpr uint64_t kLongestString = 1 << 20;  // a RUNPATH may be long, no name is longer than 4096
constexpr uint64_t kMostStringBytes = 16 << 20;
constexpr uint64_t kChunk = 4096;
constexpr uint64_t kGap = 2048;
constexpr uint64_t kLongestGroup = 1 << 16;
constexpr uint64_t kUsualString = 64;

struct DynamicEntry {
  uint64_t tag = 0;
  uint64_t value = 0;
};

bool names_string(uint64_t tag) {
  return tag == kDtNeeded || tag == kDtSoname || tag == kDtRpath || tag == kDtRunpath ||
         tag == kDtFilter || tag == kDtAuxiliary;
}

/// Where the entries are. Separate debug files keep a PT_DYNAMIC without bytes: nothing then.
FileRange locate_dynamic(const std::vector<Segment>& segments) {
  FileRange place;
  for (const Segment& segment : segments) {
    if (segment.type != kPtDynamic || segment.file_size == 0) continue;
    place = mapped_from(segments, segment.address);
    if (place.size < segment.file_size)
      throw ElfError("the dynamic section of the ELF file is not inside a PT_LOAD segment");
    place.size = segment.file_size;
  }
  return place;
}

std::vector<DynamicEntry> read_entries(const FileWindow& file, FileRange place,
                                       const ElfMachine& machine) {
  const ElfLayout& layout = layout_of(machine.elf_class);
  std::vector<DynamicEntry> entries;
  while (place.size >= layout.dynamic) {
    const uint64_t length = std::min(place.size, kChunk) / layout.dynamic * layout.dynamic;
    const std::string bytes = file.read(place.offset, length);
    for (size_t at = 0; at < length; at += layout.dynamic) {
      const uint64_t tag = get_integer(bytes, at, layout.address, machine.byte_order);
      if (tag == kDtNull) return entries;
      entries.push_back(
          {tag, get_integer(bytes, at + layout.address, layout.address, machine.byte_order)});
    }
    if (entries.size() > kMostEntries)
      throw ElfError("the dynamic section of the ELF file has more than a million entries");
    place.offset += length;
    place.size -= length;
  }
  throw ElfError("the dynamic section of the ELF file has no end (DT_NULL)");
}

/// The string table's place in the file.
FileRange locate_strings(const std::vector<DynamicEntry>& entries,
                         const std::vector<Segment>& segments) {
  const DynamicEntry* table = nullptr;
  const DynamicEntry* size = nullptr;
  for (const DynamicEntry& entry : entries) {
    if (entry.tag == kDtStrtab) table = &entry;
    if (entry.tag == kDtStrsz) size = &entry;
  }
  if (!table) throw ElfError("the ELF file names libraries but has no string table (DT_STRTAB)");
  FileRange place = mapped_from(segments, table->value);
  if (place.size == 0)
    throw ElfError("the string table of the ELF file (DT_STRTAB) is not inside a PT_LOAD segment");
  if (size && size->value > place.size)
    throw ElfError("the string table of the ELF file (" + std::to_string(size->value) +
                   " bytes by DT_STRSZ) reaches beyond its PT_LOAD segment");
  if (size) place.size = size->value;
  return place;
}

/// Bounds the memory that strings take: many entries may name one long string.
class StringBudget {
 public:
  void take(const std::string& text) {
    used_ += text.size() + 1;
    if (used_ > kMostStringBytes)
      throw ElfError("the strings of the dynamic section of the ELF file take more than 16 MiB");
  }

 private:
  uint64_t used_ = 0;
};

class StringTable {
 public:
  StringTable(const FileWindow& file, FileRange place) : file_(file), place_(place) {}

  /// The strings at these offsets. Throws ElfError for one outside of the table or without end.
  std::map<uint64_t, std::string> read(std::vector<uint64_t> offsets) const {
    std::sort(offsets.begin(), offsets.end());
    offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
    if (!offsets.empty() && offsets.back() >= place_.size)
      throw ElfError("a string of the dynamic section (offset " + std::to_string(offsets.back()) +
                     ") is outside of the string table of the ELF file, " +
                     std::to_string(place_.size) + " bytes");
    std::map<uint64_t, std::string> strings;
    StringBudget budget;
    for (size_t first = 0, next; first < offsets.size(); first = next) {
      next = first + 1;
      while (next < offsets.size() && offsets[next] - offsets[next - 1] <= kGap &&
             offsets[next] - offsets[first] <= kLongestGroup)
        ++next;
      const std::span group(offsets.data() + first, next - first);
      const std::string bytes = read_group(group);
      for (const uint64_t offset : group)
        budget.take(strings[offset] = bytes.c_str() + (offset - group.front()));
    }
    return strings;
  }

 private:
  /// From the first offset of the group to the end of its last string, at least.
  std::string read_group(std::span<const uint64_t> group) const {
    const uint64_t from = group.front();
    const uint64_t last = group.back() - from;
    uint64_t length = std::min(last + kUsualString, place_.size - from);
    std::string bytes = file_.read(place_.offset + from, length);
    while (bytes.find('\0', last) == bytes.npos) {
      if (length == place_.size - from || length - last > kLongestString)
        throw ElfError("a string of the dynamic section (offset " + std::to_string(group.back()) +
                       ") has no end in the string table of the ELF file");
      length = std::min(length * 2, place_.size - from);
      bytes = file_.read(place_.offset + from, length);
    }
    return bytes;
  }

  const FileWindow& file_;
  FileRange place_;
};

}  // namespace

void read_dynamic(const FileWindow& file, const std::vector<Segment>& segments, LoaderView& view) {
  const FileRange place = locate_dynamic(segments);
  if (place.size == 0) return;
  view.dynamic = true;
  const std::vector<DynamicEntry> entries = read_entries(file, place, view.header.machine);
  std::vector<uint64_t> offsets;
  for (const DynamicEntry& entry : entries) {
    if (names_string(entry.tag)) offsets.push_back(entry.value);
    if (entry.tag == kDtFlags1) view.flags_1 = entry.value;
  }
  if (offsets.empty()) return;
  const StringTable table(file, locate_strings(entries, segments));
  const auto strings = table.read(std::move(offsets));
  StringBudget budget;
  for (const DynamicEntry& entry : entries) {
    if (!names_string(entry.tag)) continue;
    view.strings.push_back({entry.tag, strings.at(entry.value)});
    budget.take(view.strings.back().text);
  }
}

}  // namespace pack
