#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace pack {

/// The next bytes of a stream: fills the span from its start and says how many; 0 at the end.
using ByteReader = std::function<size_t(std::span<std::byte>)>;

/// Writes what a stream holds when unpacked: gzip, zstd, xz, lz4 and bzip2 are told by their first
/// bytes, anything else passes as it is. Throws Error when the stream is damaged.
void decompress(const ByteReader& compressed, ByteSink& out);

/// The content of the regular member `name` of a tar archive, compressed or not; nothing when there
/// is none. Throws Error when the archive is damaged before it, or the member is larger than
/// `limit` bytes.
std::optional<std::string> read_tar_member(const ByteReader& archive, std::string_view name,
                                           uint64_t limit);

}  // namespace pack
