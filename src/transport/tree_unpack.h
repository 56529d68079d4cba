#pragma once

#include <string>
#include <vector>

#include "layer/layer.h"
#include "source/layer_tree.h"

namespace pack {

/// A node of a merged tree as a tar entry, without a link target. `path` is not the root's, unless
/// the entry is to stand for the folder that all is unpacked into.
TarEntry entry_of(const LayerTree& tree, const ImagePath& path, const FileStatus& status);

/// Gives a whole merged tree to `sink`, parents before what is in them, names sorted; a file of
/// several names is given once, then as hard links. What is neither folder, file nor symlink is
/// left out; the result is the paths of those. Throws Error for damaged layers.
std::vector<ImagePath> unpack(const LayerTree& tree, EntrySink& sink);

}  // namespace pack
