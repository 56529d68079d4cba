#include "transport/blob_copy.h"

#include <vector>

namespace pack {

void copy_blob(const Blob& blob, ByteSink& out) {
  constexpr size_t kChunk = 256 * 1024;
  const ByteReader read =
      verified(blob.open(0), blob.descriptor, "the blob " + blob.descriptor.digest.str());
  std::vector<std::byte> chunk(kChunk);
  while (const size_t count = read(chunk)) out.write(std::span(chunk).first(count));
}

}  // namespace pack
