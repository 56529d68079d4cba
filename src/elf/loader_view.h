#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf.h"

namespace pack {

/// The ELF header's fields that a loader reads, checked.
struct ElfHeader {
  ElfMachine machine;
  uint16_t type = 0;  ///< e_type
  uint32_t flags = 0;
  uint64_t segments_at = 0;  ///< e_phoff
  uint16_t segment_size = 0;
  uint16_t segment_count = 0;

  /// ET_EXEC and ET_DYN have segments that a loader maps; object files and core dumps do not.
  bool loadable() const { return type == 2 || type == 3; }
};

/// A dynamic entry whose value is a string: DT_NEEDED, DT_SONAME, ...
struct DynamicString {
  uint64_t tag = 0;
  std::string text;
};

/// What of an ELF file a loader reads before it runs any of it; every bound is checked.
struct LoaderView {
  ElfHeader header;
  std::optional<std::string> interpreter;
  bool dynamic = false;
  std::vector<DynamicString> strings;  ///< in the order of the dynamic section
  uint64_t flags_1 = 0;
};

/// The machine, from the first 20 bytes or more. Throws ElfError.
ElfMachine parse_elf_machine(std::string_view start);

/// Throws ElfError for a file that a loader would refuse, with what is wrong with it.
LoaderView read_loader_view(const File& file);

}  // namespace pack
