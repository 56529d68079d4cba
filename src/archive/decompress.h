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

/// More than any layer holds.
inline constexpr uint64_t kMostUnpacked = uint64_t{1} << 40;

/// What a stream holds when unpacked: gzip, zstd, xz, lz4 and bzip2 are told by their first bytes,
/// anything else passes as it is. Several gzip members or zstd frames in a row are one stream.
/// The reader throws Error for what is damaged, cut off or followed by something else, for more
/// than `limit` bytes, for a zstd window of more than 128 MiB, and for a compressed stream inside
/// a compressed stream; what `compressed` throws passes through it. The first bytes are read
/// at once. For one thread.
ByteReader decompressed(ByteReader compressed, uint64_t limit = kMostUnpacked);

/// Writes what decompressed() reads.
void decompress(const ByteReader& compressed, ByteSink& out, uint64_t limit = kMostUnpacked);

/// The content of the regular member `name` of a tar archive, compressed or not; nothing when there
/// is none. Throws Error when the archive is damaged before it, or the member is larger than
/// `limit` bytes.
std::optional<std::string> read_tar_member(const ByteReader& archive, std::string_view name,
                                           uint64_t limit);

}  // namespace pack
