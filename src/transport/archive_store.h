#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "archive/compression.h"
#include "base/output_file.h"
#include "transport/image_content.h"

namespace pack {

/// What became of an archive.
struct StoredArchive {
  uint64_t size = 0;               ///< bytes of the file
  std::vector<std::string> notes;  ///< for the user
};

/// Writes an image that exists, or several under an index, bit for bit into a file: the archive of
/// archive_body.h. With `whole` the archive as such is compressed; `shown` is its name in notes.
/// Throws Error; no thread is left.
StoredArchive store_archive(const PositionedFile& file, const ImageContent& content,
                            Compression whole, const std::string& shown);

}  // namespace pack
