#include "transport/counted_blob.h"

#include <utility>

namespace pack {

Blob counted(Blob blob, Progress* progress) {
  if (!progress) return blob;
  const std::string what = "reading " + blob.descriptor.digest.str().substr(0, 19);
  blob.open = [open = std::move(blob.open), progress, what,
               size = blob.descriptor.size](uint64_t offset) -> ByteReader {
    if (offset == 0) progress->expect(what, size);
    return [read = open(offset), progress](std::span<std::byte> into) {
      const size_t count = read(into);
      progress->advance(count);
      return count;
    };
  };
  return blob;
}

}  // namespace pack
