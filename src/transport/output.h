#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/progress.h"
#include "layer/layer.h"
#include "transport/destination.h"
#include "transport/image.h"

namespace pack {

/// All destinations of one image, from the first byte to the name.
class Output {
 public:
  /// A build's layer, of `layer_size` bytes, is told to `progress`, which may be null.
  explicit Output(std::vector<std::unique_ptr<Destination>> destinations, uint64_t layer_size = 0,
                  Progress* progress = nullptr);

  /// What write_layer() writes into; valid as long as this. Call once.
  LayerSinks sinks();

  /// Every destination has the image, or none has: after an error or kill -9 at any moment, what
  /// was there before is there. (Bytes that a pipe has taken are gone.) Call when no other thread
  /// runs, once. Receipts are in the order of the destinations.
  std::vector<Receipt> commit(const Image& image);

  /// Likewise for an image that exists, into the only destination; instead of sinks() and commit().
  Receipt store(const ImageContent& content);

 private:
  void publish();

  std::vector<std::unique_ptr<Destination>> destinations_;
  uint64_t layer_size_;
  Progress* progress_;
};

/// Opens all destinations; nothing is visible yet. Call before any thread runs.
/// Throws UsageError when two are the same place or when one is a terminal, Error when a place
/// cannot be written or holds something that must not be replaced.
Output open_output(const std::vector<DestinationSpec>& specs, const ImageDraft& draft,
                   const Access& access);

/// The destination of a copy, for store().
Output open_output(const DestinationSpec& spec, const Access& access);

}  // namespace pack
