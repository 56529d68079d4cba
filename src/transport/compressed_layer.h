#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "archive/compression.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "image/manifest.h"

namespace pack {

/// How a layer is stored.
struct LayerForm {
  CompressionChoice compression;
  MediaFamily family = MediaFamily::oci;
};

/// Where layers are stored compressed and nobody says how: layouts and registries have the same.
inline constexpr CompressionChoice kUsualCompression{.kind = Compression::gzip,
                                                     .level = CompressionChoice::kQuick};

/// The media type of a layer that is stored so.
std::string_view layer_media_type(const LayerForm& form);

/// Compresses a layer into a sink and takes the digest of what it writes. With Compression::none
/// the bytes pass as they are. The same input, the same bytes, however it was cut.
class LayerCompressor : private ByteSink {
 public:
  /// `out` lives longer. No thread runs before the first byte.
  LayerCompressor(ByteSink& out, LayerForm form);

  /// The next bytes of the layer's tar.
  void append(std::span<const std::byte> bytes);

  /// Of the stored layer, without platform and annotations. Call once, last; the threads end.
  Descriptor finish();

 private:
  void write(std::span<const std::byte> stored) override;

  ByteSink& out_;
  LayerForm form_;
  Sha256 hash_;
  uint64_t size_ = 0;
  std::unique_ptr<BlockCompressor> compressor_;
};

}  // namespace pack
