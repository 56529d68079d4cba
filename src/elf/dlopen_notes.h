#pragma once

#include <vector>

#include "elf/elf.h"
#include "elf/mapped_elf.h"

namespace pack {

struct DlopenNotes {
  std::vector<ElfDlopenNote> notes;  ///< in the order of the file
  bool broken = false;               ///< something was left out that cannot be understood
};

/// What the file's notes say that it opens with dlopen(). No loader reads them, so a broken one
/// is no fault of the file.
DlopenNotes read_dlopen_notes(MappedElf& elf);

}  // namespace pack
