#pragma once

#include <cstdint>
#include <vector>

#include "elf/file_window.h"
#include "elf/header.h"

namespace pack {

/// A program header: a range of the file, and where in memory it goes.
struct Segment {
  uint32_t type = 0;
  uint64_t offset = 0;
  uint64_t address = 0;
  uint64_t file_size = 0;
  uint64_t memory_size = 0;
  uint64_t alignment = 0;  ///< p_align
};

/// All program headers. Throws ElfError unless every PT_LOAD is inside the file, not larger there
/// than in memory, and apart from the others.
std::vector<Segment> read_segments(FileWindow& file, const ElfHeader& header);

/// A part of the file that is mapped at some address.
struct FileRange {
  uint64_t offset = 0;
  uint64_t size = 0;
};

/// From `address` to the end of the file's part of the PT_LOAD that maps it; size 0 when none does.
FileRange mapped_from(const std::vector<Segment>& segments, uint64_t address);

}  // namespace pack
