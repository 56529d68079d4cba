#pragma once

#include <memory>

#include "source/layer_tree.h"
#include "transport/access.h"
#include "transport/image_content.h"

namespace pack {

/// The merged file tree of an image's layers. They are opened in parallel (see open_layer_tar); no
/// thread is left behind. Throws Error for layers that cannot be had or are damaged. Uncompressed
/// local layers are used where they lie, unread: whoever copies their blobs compares the digests.
std::shared_ptr<const LayerTree> open_image_tree(const StoredImage& image, const Access& access);

/// For those who take files out of the tree: every layer has been compared with its digest.
std::shared_ptr<const LayerTree> open_verified_tree(const StoredImage& image, const Access& access);

}  // namespace pack
