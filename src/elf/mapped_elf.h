#pragma once

#include <optional>
#include <vector>

#include "elf/dynamic.h"
#include "elf/header.h"
#include "elf/layout.h"
#include "elf/segments.h"

namespace pack {

/// A file that a loader could map: its headers are read and checked, its tables can be found.
struct MappedElf {
  /// Throws ElfError for a file that a loader would refuse. A file that is not for loaders has a
  /// header and nothing else.
  explicit MappedElf(const File& from);

  FileWindow file;
  ElfHeader header;
  std::vector<Segment> segments;
  DynamicSection dynamic;

  const ElfLayout& layout() const { return layout_of(header.machine.elf_class); }

  /// From where this entry points to the end of its segment's bytes; nothing when there is no such
  /// entry. `name` is for the message. Throws ElfError when nothing of the file is mapped there.
  std::optional<FileRange> table(uint64_t tag, const char* name) const;

  /// The unsigned integer at `at` of a piece of the file.
  uint64_t integer(std::string_view bytes, size_t at, size_t size) const {
    return get_integer(bytes, at, size, header.machine.byte_order);
  }
};

}  // namespace pack
