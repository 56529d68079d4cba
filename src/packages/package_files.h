#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "source/file_tree.h"

namespace pack {

/// Last components of paths to look for.
using WantedNames = std::set<std::string, std::less<>>;

/// A path that an installed package says is its own. Nothing tells that it is there.
struct OwnedFile {
  std::string path;     ///< absolute, as the package manager has it
  std::string package;  ///< "libzstd1:amd64", as the manager prints it
  std::string manager;  ///< "dpkg", "apk" or "rpm"
  bool operator==(const OwnedFile&) const = default;
};

/// The paths with such a last component that packages installed in the tree own; one pass over each
/// database, in its order. No database: nothing. Throw Error when one cannot be read.
std::vector<OwnedFile> dpkg_files(const FileTree& tree, const WantedNames& names);
std::vector<OwnedFile> apk_files(const FileTree& tree, const WantedNames& names);
std::vector<OwnedFile> rpm_files(const FileTree& tree, const WantedNames& names);

}  // namespace pack
