#pragma once

#include "base/bytes.h"
#include "transport/image_content.h"

namespace pack {

/// How many blobs are copied at a time: waiting for a network is most of the work.
inline constexpr unsigned kParallelBlobs = 4;

/// Writes the stored bytes of a blob as they come. Throws Error that names the blob when its digest
/// or size turns out to be another one: then what was written is of no use.
void copy_blob(const Blob& blob, ByteSink& out);

}  // namespace pack
