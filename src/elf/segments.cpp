#include "elf/segments.h"

#include <algorithm>
#include <limits>
#include <string>

#include "elf/layout.h"

namespace pack {

namespace {

/// e_phnum for "too many to count here, see section header 0", which no loader looks at.
constexpr uint16_t kPnXnum = 0xffff;

Segment parse_segment(std::string_view bytes, const ElfMachine& machine) {
  const ElfLayout& layout = layout_of(machine.elf_class);
  const auto field = [&](size_t at, size_t size) {
    return get_integer(bytes, at, size, machine.byte_order);
  };
  return {static_cast<uint32_t>(field(0, 4)),    field(layout.p_offset, layout.address),
          field(layout.p_vaddr, layout.address), field(layout.p_filesz, layout.address),
          field(layout.p_memsz, layout.address), field(layout.p_align, layout.address)};
}

std::string bytes_at(uint64_t size, uint64_t offset) {
  return std::to_string(size) + " bytes at " + std::to_string(offset);
}

void check_table(const FileWindow& file, const ElfHeader& header) {
  const ElfLayout& layout = layout_of(header.machine.elf_class);
  if (header.segment_count == 0)
    throw ElfError("the ELF file has no program headers (e_phnum is 0), so nothing can be loaded");
  if (header.segment_count == kPnXnum)
    throw ElfError("the ELF file has more than 65534 program headers, which no loader takes");
  if (header.segment_size != layout.segment)
    throw ElfError("the ELF file's program headers are " + std::to_string(header.segment_size) +
                   " bytes each (e_phentsize), not " + std::to_string(layout.segment));
  const uint64_t size = uint64_t{header.segment_count} * header.segment_size;
  if (!file.holds(header.segments_at, size))
    throw ElfError("the ELF file is truncated: its program headers (" +
                   bytes_at(size, header.segments_at) + ") are beyond its end, " +
                   std::to_string(file.size()));
}

void check_load(const FileWindow& file, const Segment& load, ElfClass elf_class) {
  if (!file.holds(load.offset, load.file_size))
    throw ElfError("the ELF file is truncated: a PT_LOAD segment (" +
                   bytes_at(load.file_size, load.offset) + ") is beyond its end, " +
                   std::to_string(file.size()));
  if (load.file_size > load.memory_size)
    throw ElfError("a PT_LOAD segment of the ELF file has more bytes in the file than in memory");
  const uint64_t highest = elf_class == ElfClass::elf32 ? std::numeric_limits<uint32_t>::max()
                                                        : std::numeric_limits<uint64_t>::max();
  if (load.memory_size > highest - load.address)
    throw ElfError("a PT_LOAD segment of the ELF file is beyond the end of the address space");
}

void check_loads(const FileWindow& file, const std::vector<Segment>& segments, ElfClass elf_class) {
  std::vector<Segment> loads;
  for (const Segment& segment : segments) {
    if (segment.type != kPtLoad) continue;
    check_load(file, segment, elf_class);
    if (segment.memory_size > 0) loads.push_back(segment);
  }
  if (loads.empty()) throw ElfError("the ELF file has no PT_LOAD segment: nothing to load");
  std::sort(loads.begin(), loads.end(),
            [](const Segment& a, const Segment& b) { return a.address < b.address; });
  for (size_t i = 1; i < loads.size(); ++i)
    if (loads[i - 1].address + loads[i - 1].memory_size > loads[i].address)
      throw ElfError("two PT_LOAD segments of the ELF file overlap in memory");
}

}  // namespace

std::vector<Segment> read_segments(FileWindow& file, const ElfHeader& header) {
  check_table(file, header);
  const std::string_view table =
      file.view(header.segments_at, uint64_t{header.segment_count} * header.segment_size);
  std::vector<Segment> segments;
  segments.reserve(header.segment_count);
  for (size_t at = 0; at < table.size(); at += header.segment_size)
    segments.push_back(parse_segment(table.substr(at), header.machine));
  check_loads(file, segments, header.machine.elf_class);
  return segments;
}

FileRange mapped_from(const std::vector<Segment>& segments, uint64_t address) {
  for (const Segment& segment : segments) {
    if (segment.type != kPtLoad || address < segment.address) continue;
    const uint64_t into = address - segment.address;
    if (into < segment.file_size) return {segment.offset + into, segment.file_size - into};
  }
  return {};
}

}  // namespace pack
