#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/path_pattern.h"
#include "source/file_tree.h"

namespace pack {

/// What the user asked to bring along with --add SRC[:DST].
struct AdditionRequest {
  std::string source;  ///< absolute; a path or a glob in the tree
  std::string
      destination;  ///< absolute; empty: where the source is. Ending in '/': into that folder
};

/// From `SRC[:DST]`, split at the last ":/". Throws UsageError when SRC is empty.
/// `SRC` stays as it is written; the caller makes it absolute.
AdditionRequest parse_addition(std::string_view text);

/// One file, folder or symlink to bring along.
struct Addition {
  ImagePath source;       ///< a location in the tree
  ImagePath destination;  ///< its place in the image
  FileStatus status;
  std::string option;  ///< the --add that asks for it, for reasons
};

struct Additions {
  std::vector<Addition> files;      ///< folders before what they hold
  std::vector<std::string> notes;   ///< sockets and devices that were passed over
  std::vector<ImagePath> left_out;  ///< destinations that a filter took away, with all below them
  /// Routes that were added where they stand: the symlinks on their way belong to the image, too.
  std::vector<std::string> routes;
};

/// What never comes along, whatever asks for it.
struct AdditionFilter {
  std::vector<PathPattern> excludes;  ///< matched against destinations
  std::vector<ImagePath> outputs;     ///< sources that are this build's own outputs
};

/// Looks every addition up in the tree. Throws Error when a SRC matches nothing or cannot be read.
Additions find_additions(const FileTree& tree, const std::vector<AdditionRequest>& requests,
                         const AdditionFilter& filter = {});

}  // namespace pack
