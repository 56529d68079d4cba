#pragma once

#include <cstdint>
#include <string_view>

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

/// The machine, from the first 20 bytes or more. Throws ElfError.
ElfMachine parse_elf_machine(std::string_view start);

/// The whole header, from the first 64 bytes or more. Throws ElfError.
ElfHeader parse_elf_header(std::string_view start);

}  // namespace pack
