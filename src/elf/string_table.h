#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "elf/mapped_elf.h"

namespace pack {

/// The dynamic string table. That of a large library is megabytes of symbol names; the few strings
/// wanted stand anywhere in it, though mostly near each other. So a small table is read whole; of a
/// large one the offsets are sorted, those near each other make a group, and each group is one
/// read.
class StringTable {
 public:
  /// Throws ElfError for a file without one, or with one that is not mapped.
  explicit StringTable(MappedElf& elf);

  const FileRange& place() const { return place_; }

  /// Calls see(i, text) for each offsets[i], in no particular order. `text` stands for the time of
  /// that call. Throws ElfError for a string outside of the table or without end, and when the
  /// strings take more than 16 MiB together.
  template <typename See>
  void read(std::span<const uint64_t> offsets, See see) {
    if (offsets.empty()) return;
    if (place_.size <= kSmallTable) return read_small(offsets, see);
    const std::vector<Wanted> wanted = sorted(offsets);
    for (std::span<const Wanted> left = wanted; !left.empty();) {
      const std::span<const Wanted> group = first_group(left);
      const std::string_view bytes = view_group(group);
      for (const Wanted& it : group) see(it.index, string_at(bytes, it.offset - group[0].offset));
      left = left.subspan(group.size());
    }
  }

 private:
  static constexpr uint64_t kSmallTable = 16 << 10;
  struct Wanted {
    uint64_t offset;
    size_t index;
  };

  template <typename See>
  void read_small(std::span<const uint64_t> offsets, See see) {
    const std::string_view bytes = view_all();
    const size_t last_end = bytes.rfind('\0');
    for (size_t i = 0; i < offsets.size(); ++i) {
      if (offsets[i] >= place_.size) throw_outside(offsets[i]);
      if (last_end == bytes.npos || offsets[i] > last_end) throw_endless(offsets[i]);
      see(i, string_at(bytes, offsets[i]));
    }
  }

  std::string_view view_all() { return elf_.file.view(place_.offset, place_.size); }
  std::vector<Wanted> sorted(std::span<const uint64_t> offsets) const;
  static std::span<const Wanted> first_group(std::span<const Wanted> wanted);
  std::string_view view_group(std::span<const Wanted> group);
  /// Its end is known to be inside of `bytes`.
  std::string_view string_at(std::string_view bytes, uint64_t at);
  [[noreturn]] void throw_outside(uint64_t offset) const;
  [[noreturn]] static void throw_endless(uint64_t offset);

  MappedElf& elf_;
  FileRange place_;
  uint64_t used_ = 0;  ///< bytes: many entries may name one long string
};

}  // namespace pack
