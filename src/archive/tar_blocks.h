#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "archive/tar_reader.h"

namespace pack {

/// All header blocks in front of one member's content, looked at but not yet understood.
struct TarBlocks {
  std::string bytes;         ///< of the extended headers and the member's own, as they are
  char type = '0';           ///< the member's typeflag
  uint64_t content = 0;      ///< where its content starts in the archive
  uint64_t size = 0;         ///< bytes stored there
  bool is_sparse = false;    ///< they are a sparse file's pieces
  uint64_t next_header = 0;  ///< behind content and padding
};

/// Those at `offset` of the archive, a multiple of 512; nothing where the archive ends. Throws
/// Error for what TarReader refuses and libarchive does not.
std::optional<TarBlocks> read_tar_blocks(const SeekableBytes& archive, uint64_t offset);

/// A file's or folder's type as its typeflag says it (POSIX.1-2001, ustar).
TarMember::Kind tar_kind(char type);

}  // namespace pack
