#include "elf/string_table.h"

#include <algorithm>
#include <string>

namespace pack {

namespace {

constexpr uint64_t kLongestString = 1 << 20;  // a RUNPATH may be long, no name is longer than 4096
constexpr uint64_t kMostStringBytes = 16 << 20;
constexpr uint64_t kGap = 4096;
constexpr uint64_t kLongestGroup = 1 << 16;
constexpr uint64_t kUsualString = 64;

FileRange locate_strings(const MappedElf& elf) {
  const auto place = elf.table(kDtStrtab, "string table (DT_STRTAB)");
  if (!place) throw ElfError("the ELF file names libraries but has no string table (DT_STRTAB)");
  const auto size = elf.dynamic.value(kDtStrsz);
  if (size && *size > place->size)
    throw ElfError("the string table of the ELF file (" + std::to_string(*size) +
                   " bytes by DT_STRSZ) reaches beyond its PT_LOAD segment");
  return {place->offset, size.value_or(place->size)};
}

}  // namespace

StringTable::StringTable(MappedElf& elf) : elf_(elf), place_(locate_strings(elf)) {}

std::vector<StringTable::Wanted> StringTable::sorted(std::span<const uint64_t> offsets) const {
  std::vector<Wanted> wanted;
  wanted.reserve(offsets.size());
  for (size_t i = 0; i < offsets.size(); ++i) wanted.push_back({offsets[i], i});
  std::sort(wanted.begin(), wanted.end(),
            [](const Wanted& a, const Wanted& b) { return a.offset < b.offset; });
  if (wanted.back().offset >= place_.size) throw_outside(wanted.back().offset);
  return wanted;
}

std::span<const StringTable::Wanted> StringTable::first_group(std::span<const Wanted> wanted) {
  size_t next = 1;
  while (next < wanted.size() && wanted[next].offset - wanted[next - 1].offset <= kGap &&
         wanted[next].offset - wanted[0].offset <= kLongestGroup)
    ++next;
  return wanted.first(next);
}

/// From the first offset of the group to the end of its last string, at least.
std::string_view StringTable::view_group(std::span<const Wanted> group) {
  const uint64_t from = group.front().offset;
  const uint64_t last = group.back().offset - from;
  uint64_t length = std::min(last + kUsualString, place_.size - from);
  std::string_view bytes = elf_.file.view(place_.offset + from, length);
  while (bytes.find('\0', last) == bytes.npos) {
    if (length == place_.size - from || length - last > kLongestString)
      throw_endless(group.back().offset);
    length = std::min(length * 2, place_.size - from);
    bytes = elf_.file.view(place_.offset + from, length);
  }
  return bytes;
}

std::string_view StringTable::string_at(std::string_view bytes, uint64_t at) {
  const std::string_view text = bytes.data() + at;
  used_ += text.size() + 1;
  if (used_ > kMostStringBytes)
    throw ElfError("the strings of the dynamic section of the ELF file take more than 16 MiB");
  return text;
}

void StringTable::throw_outside(uint64_t offset) const {
  throw ElfError("a string of the dynamic section (offset " + std::to_string(offset) +
                 ") is outside of the string table of the ELF file, " +
                 std::to_string(place_.size) + " bytes");
}

void StringTable::throw_endless(uint64_t offset) {
  throw ElfError("a string of the dynamic section (offset " + std::to_string(offset) +
                 ") has no end in the string table of the ELF file");
}

}  // namespace pack
