#pragma once

#include <memory>
#include <string>
#include <vector>

#include "source/file_tree.h"
#include "transport/access.h"
#include "transport/image_content.h"

namespace pack {

/// What reading a whole layer showed.
struct LayerCheck {
  std::shared_ptr<const File> tar;  ///< uncompressed; null when there is a fault that prevents it
  std::vector<std::string> faults;  ///< sentences' ends: "is sha256:..., not what its name says"
};

/// Reads a layer once (twice where it is damaged, to tell all): its size, its digest, what it is
/// when unpacked, and whether it is packed as its media type says.
LayerCheck check_layer(const Blob& layer, const Digest& diff_id, const Access& access);

/// Reads all of a blob. Throws Error when it is not what its descriptor says.
void read_through(const Blob& blob, const Access& access);

}  // namespace pack
