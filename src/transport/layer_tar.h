#pragma once

#include <cstdint>
#include <memory>

#include "base/digest.h"
#include "source/file_tree.h"
#include "transport/access.h"
#include "transport/image_content.h"

namespace pack {

/// A layer's uncompressed tar at random access: the local file itself where it is stored so, else
/// an anonymous temporary file that it is unpacked into, once. What is unpacked is verified by
/// `diff_id` and by the blob's own digest on the way; what lies uncompressed in a local file is
/// not read, so not verified. Throws Error; a bomb is refused at most_unpacked() bytes.
std::shared_ptr<const File> open_layer_tar(const Blob& layer, const Digest& diff_id,
                                           const Access& access);

/// Bytes that a layer of `stored` bytes may unpack to: 4 GiB, or as much as gzip can make of them
/// (1032 times, https://zlib.net/zlib_tech.html) and somewhat more; never above kMostUnpacked. So
/// a megabyte of zstd, which could become 30 GiB, does not fill the disk.
uint64_t most_unpacked(uint64_t stored);

}  // namespace pack
