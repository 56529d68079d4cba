#include "elf/dynamic.h"

#include <algorithm>
#include <string>

#include "elf/layout.h"

namespace pack {

namespace {

/// Ten times what the largest programs have; more would only be there to waste time and memory.
constexpr uint64_t kMostEntries = 20'000;
constexpr uint64_t kChunk = 4096;

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

std::vector<DynamicEntry> read_entries(FileWindow& file, FileRange place,
                                       const ElfMachine& machine) {
  const ElfLayout& layout = layout_of(machine.elf_class);
  std::vector<DynamicEntry> entries;
  while (place.size >= layout.dynamic) {
    const uint64_t length = std::min(place.size, kChunk) / layout.dynamic * layout.dynamic;
    const std::string_view bytes = file.view(place.offset, length);
    for (size_t at = 0; at < length; at += layout.dynamic) {
      const uint64_t tag = get_integer(bytes, at, layout.address, machine.byte_order);
      if (tag == kDtNull) return entries;
      entries.push_back(
          {tag, get_integer(bytes, at + layout.address, layout.address, machine.byte_order)});
    }
    if (entries.size() > kMostEntries)
      throw ElfError("the dynamic section of the ELF file has more than " +
                     std::to_string(kMostEntries) + " entries");
    place.offset += length;
    place.size -= length;
  }
  throw ElfError("the dynamic section of the ELF file has no end (DT_NULL)");
}

}  // namespace

std::optional<uint64_t> DynamicSection::value(uint64_t tag) const {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
    if (entry->tag == tag) return entry->value;
  return std::nullopt;
}

DynamicSection read_dynamic_section(FileWindow& file, const std::vector<Segment>& segments,
                                    const ElfMachine& machine) {
  const FileRange place = locate_dynamic(segments);
  if (place.size == 0) return {};
  return {true, read_entries(file, place, machine)};
}

}  // namespace pack
