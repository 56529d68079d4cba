#include "transport/merged_layers.h"

#include "base/parallel.h"
#include "transport/layer_check.h"
#include "transport/layer_tar.h"

namespace pack {

namespace {

/// Downloads wait more than they compute.
constexpr size_t kOpenedAtOnce = 4;

}  // namespace

std::shared_ptr<const LayerTree> open_image_tree(const StoredImage& image, const Access& access) {
  std::vector<LayerContent> layers(image.layers.size());
  for_each_in_parallel(layers.size(), kOpenedAtOnce, [&](size_t i) {
    layers[i] = {image.layers[i].descriptor.digest.str(),
                 open_layer_tar(image.layers[i], image.config.diff_ids[i], access)};
  });
  return open_layer_tree(layers);
}

std::shared_ptr<const LayerTree> open_verified_tree(const StoredImage& image,
                                                    const Access& access) {
  Access quiet = access;  // the bytes are counted by whoever wants that
  quiet.progress = nullptr;
  for_each_in_parallel(image.layers.size(), kOpenedAtOnce, [&](size_t i) {
    const Blob& layer = image.layers[i];
    // All others are compared when they are unpacked.
    if (layer.local && layer.descriptor.digest == image.config.diff_ids[i])
      read_through(layer, quiet);
  });
  return open_image_tree(image, access);
}

}  // namespace pack
