#pragma once

#include <memory>

#include "source/layer_tree.h"
#include "transport/access.h"
#include "transport/image_content.h"

namespace pack {

/// The merged file tree of an image's layers. They are opened in parallel (see open_layer_tar); no
/// thread is left behind. Throws Error for layers that cannot be had or are damaged.
std::shared_ptr<const LayerTree> open_image_tree(const StoredImage& image, const Access& access);

}  // namespace pack
