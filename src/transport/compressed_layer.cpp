#include "transport/compressed_layer.h"

namespace pack {

std::string_view layer_media_type(const LayerForm& form) {
  const bool docker = form.family == MediaFamily::docker;
  switch (form.compression.kind) {
    case Compression::gzip:
      return docker ? kDockerLayerGzip : kOciLayerGzip;
    case Compression::zstd:
      return docker ? kDockerLayerZstd : kOciLayerZstd;
    case Compression::none:
      break;
  }
  return docker ? kDockerLayer : kOciLayer;
}

LayerCompressor::LayerCompressor(ByteSink& out, LayerForm form) : out_(out), form_(form) {}

void LayerCompressor::append(std::span<const std::byte> bytes) {
  if (form_.compression.kind == Compression::none) return write(bytes);
  // Threads begin with the first byte; until then other destinations may fork.
  if (!compressor_)
    compressor_ =
        std::make_unique<BlockCompressor>(form_.compression, static_cast<ByteSink&>(*this));
  compressor_->write(bytes);
}

void LayerCompressor::write(std::span<const std::byte> stored) {
  out_.write(stored);
  hash_.update(stored);
  size_ += stored.size();
}

Descriptor LayerCompressor::finish() {
  append({});  // of an empty layer, too, there is a compressed form
  if (compressor_) compressor_->finish();
  compressor_.reset();
  return {.media_type = std::string(layer_media_type(form_)),
          .digest = hash_.finish(),
          .size = size_,
          .annotations = {},
          .platform = {}};
}

}  // namespace pack
