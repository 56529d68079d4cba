#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "archive/compression.h"
#include "base/output_file.h"
#include "transport/image.h"

namespace pack {

/// The bytes of an image archive, written into a file in one pass; the .cpp says which members.
class ArchiveBody {
 public:
  /// Reserves the place of everything in front of the layer. With a compression the whole archive
  /// is compressed. `file` lives longer.
  ArchiveBody(const PositionedFile& file, const ImageDraft& draft, Compression compression);

  ArchiveBody(const ArchiveBody&) = delete;
  ArchiveBody& operator=(const ArchiveBody&) = delete;

  /// The next bytes of the layer.
  void append(std::span<const std::byte> layer_bytes);

  /// Ends the archive and fills the reserved place.
  void finish(const Image& image);

  /// Bytes of the file; after finish().
  uint64_t size() const { return appender_.offset(); }
  /// Of the manifest; after finish().
  const Digest& manifest() const { return manifest_; }

 private:
  const PositionedFile& file_;
  Compression compression_;
  uint64_t reserved_;
  FileAppender appender_;
  std::unique_ptr<BlockCompressor> compressor_;  // null: not compressed
  Digest manifest_;
};

}  // namespace pack
