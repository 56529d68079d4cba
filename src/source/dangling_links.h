#pragma once

#include <string>
#include <vector>

#include "source/file_tree.h"

namespace pack {

/// A symlink that leads to nothing.
struct DanglingLink {
  ImagePath path;
  std::string target;  ///< as it is written in the link
  ImagePath stop;      ///< the place that is missing, or where the walk was given up
  std::string why;     ///< "broken symlink", "too many symlinks", ...
};

/// All in a tree that is to be an image's root, in the order of their paths. Those that lead into
/// what engines mount or create in a container (/proc, /dev, /sys, /run, /etc/hosts, ...) are none.
std::vector<DanglingLink> find_dangling_links(const FileTree& tree);

/// It leads to, or lies among, what programs do not need: manuals and other documentation, which
/// makers of small images leave out (dpkg's path-exclude) while the links to it stay.
bool is_documentation(const DanglingLink& link);

}  // namespace pack
