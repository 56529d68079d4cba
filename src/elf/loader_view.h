#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/dlopen_notes.h"
#include "elf/header.h"

namespace pack {

/// A dynamic entry whose value is a string: DT_NEEDED, DT_SONAME, ...
struct DynamicString {
  uint64_t tag = 0;
  std::string text;
};

/// An entry of DT_VERNEED.
struct NeededVersion {
  std::string file;
  std::string version;
  uint16_t flags = 0;
};

/// What of an ELF file a loader reads before it runs any of it; every bound is checked.
struct LoaderView {
  ElfHeader header;
  std::optional<std::string> interpreter;
  bool dynamic = false;
  std::vector<DynamicString> strings;  ///< in the order of the dynamic section
  uint64_t flags_1 = 0;
  std::vector<NeededVersion> versions_needed;  ///< in the order of the chains
  std::vector<std::string> versions_defined;   ///< likewise
  std::vector<std::string> imports;            ///< those of the names asked for
  DlopenNotes dlopen_notes;                    ///< where asked for
};

/// Throws ElfError for a file that a loader would refuse, with what is wrong with it.
LoaderView read_loader_view(const File& file, const ElfWants& wants);

}  // namespace pack
