#pragma once

#include <set>
#include <vector>

#include "source/file_tree.h"

namespace pack {

/// Those of `paths` (locations) that packages installed in the tree own, by dpkg's, apk's or rpm's
/// database. Throws Error when one cannot be read.
std::set<ImagePath> packaged_paths(const FileTree& tree, const std::vector<ImagePath>& paths);

}  // namespace pack
