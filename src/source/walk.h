#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/image_path.h"
#include "source/file_tree.h"

namespace pack {

enum class WalkEnd {
  found,
  missing,          ///< no such file, or a folder on the way does not exist
  broken_link,      ///< a symlink on the way leads to nothing
  link_loop,        ///< more than 40 symlinks, the kernel's limit (path_resolution(7))
  not_a_directory,  ///< a component on the way is neither a folder nor a link to one
  access_denied     ///< a folder on the way may not be searched by this user
};

/// Where a route through a tree ends.
struct Walk {
  WalkEnd end = WalkEnd::missing;
  /// Where the file really is, when found. Otherwise the place at which the walk stopped.
  ImagePath real;
  /// Of the file at `real`, when found.
  FileStatus status;
  /// Every folder and symlink stepped on, in order, each a location without symlinks on its way;
  /// without the root and without `real` itself. An image in which the same route shall work
  /// must have them all.
  std::vector<ImagePath> trail;

  bool found() const { return end == WalkEnd::found; }
  bool found(FileKind kind) const { return found() && status.kind == kind; }
};

/// Follows a route as the kernel would in a process whose root is the tree's: `..`, symlinks
/// relative and absolute, never out of the tree. `route` is absolute text.
Walk walk(const FileTree& tree, std::string_view route);

/// What WalkEnd means, for people: "no such file", "broken symlink", ...
std::string_view describe(WalkEnd end);

}  // namespace pack
