#pragma once

#include <cstddef>
#include <span>

namespace pack {

/// How bytes are packed, by their beginning. Tools err in names and media types; the beginning of
/// a stream does not.
enum class StoredForm {
  plain,
  gzip,
  zstd,
  other  ///< xz, lz4 or bzip2
};

/// Bytes that stored_form() wants to see, unless the stream is shorter.
inline constexpr size_t kFormBytes = 512;

/// A tar whose first member is named like a packed stream begins is plain: its header has a
/// checksum.
StoredForm stored_form(std::span<const std::byte> beginning);

}  // namespace pack
