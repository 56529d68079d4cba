#include "transport/image_tree.h"

#include "base/parallel.h"
#include "transport/layer_tar.h"

namespace pack {

namespace {

/// Downloads wait more than they compute.
constexpr size_t kOpenedAtOnce = 4;

}  // namespace

std::shared_ptr<const LayerTree> open_image_tree(const StoredImage& image, const Access& access) {
  if (image.config.diff_ids.size() != image.layers.size())
    throw Error(image.origin + " has " + std::to_string(image.layers.size()) + " layers, but its " +
                "config names " + std::to_string(image.config.diff_ids.size()));
  std::vector<LayerContent> layers(image.layers.size());
  for_each_in_parallel(layers.size(), kOpenedAtOnce, [&](size_t i) {
    layers[i] = {image.layers[i].descriptor.digest.str(),
                 open_layer_tar(image.layers[i], image.config.diff_ids[i], access)};
  });
  return open_layer_tree(layers);
}

}  // namespace pack
