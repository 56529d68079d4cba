#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/compression.h"
#include "base/output_file.h"
#include "transport/compressed_layer.h"
#include "transport/image.h"

namespace pack {

/// The bytes of an image archive, written into a file in one pass; the .cpp says which members.
class ArchiveBody : private ByteSink {
 public:
  /// Reserves the place of everything in front of the layer. With `whole` the archive as such is
  /// compressed; how the layer in it is stored, the draft says. `file` lives longer.
  ArchiveBody(const PositionedFile& file, const ImageDraft& draft, Compression whole);

  ArchiveBody(const ArchiveBody&) = delete;
  ArchiveBody& operator=(const ArchiveBody&) = delete;

  /// The next bytes of the layer.
  void append(std::span<const std::byte> layer_bytes);

  /// Ends the archive (the base's layers are read now) and fills the reserved place.
  void finish(const Image& image);

  /// Bytes of the file; after finish().
  uint64_t size() const { return size_; }
  /// Of the manifest; after finish().
  const Digest& manifest() const { return manifest_; }
  /// What users should know of this archive; after finish().
  std::vector<std::string> notes() const;

 private:
  void write(std::span<const std::byte> bytes) override;
  void write_base_layers(const Image& image, const Digest& new_layer);
  Descriptor finish_layer(const Image& image);

  const PositionedFile& file_;
  Compression whole_;
  LayerForm form_;
  uint64_t reserved_;
  std::optional<FileAppender> appender_;
  std::unique_ptr<BlockCompressor> compressor_;  // null: not compressed as a whole
  std::optional<LayerCompressor> layer_;         // none: stored as it comes
  uint64_t size_ = 0;
  Digest manifest_;
  std::vector<Descriptor> layers_;
};

/// For the user, where an archive has layers that not every `docker load` takes; else empty.
std::vector<std::string> loader_notes(const std::vector<Descriptor>& layers);

}  // namespace pack
