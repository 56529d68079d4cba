#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "elf/segments.h"

namespace pack {

struct DynamicEntry {
  uint64_t tag = 0;
  uint64_t value = 0;
};

/// What PT_DYNAMIC leads to. (gABI chapter 5)
struct DynamicSection {
  bool present = false;
  std::vector<DynamicEntry> entries;  ///< at most 20,000, without DT_NULL

  /// Of the last entry with this tag: of several, that is the one that loaders keep.
  std::optional<uint64_t> value(uint64_t tag) const;
};

/// Not present for a file without PT_DYNAMIC. Throws ElfError for one that is not mapped, has no
/// end or is too long.
DynamicSection read_dynamic_section(FileWindow& file, const std::vector<Segment>& segments,
                                    const ElfMachine& machine);

}  // namespace pack
