#pragma once

#include <memory>
#include <string>
#include <vector>

#include "elf/elf.h"
#include "source/file_tree.h"

namespace pack {

/// A library that no installed package has, and the machine that it is for.
struct WantedLibrary {
  std::string name;                       ///< a soname; of an interpreter: its path
  std::shared_ptr<const ElfFacts> asker;  ///< never null; the machine is its
};

/// A package that is not installed in the tree, but known to it.
struct OfferedPackage {
  std::string library;  ///< WantedLibrary::name
  std::string package;  ///< "libfoo1", "libfoo1:arm64" where that is a foreign architecture
  std::string manager;  ///< "dpkg" or "apk"
  enum class Certainty {
    listed,  ///< the index says that the library is in it
    named    ///< it has the name that Debian's policy gives to such a library's package
  };
  Certainty certainty = Certainty::named;
  bool operator==(const OfferedPackage&) const = default;
};

/// Out of apt's lists of packages and, where there are any, of their contents (apt-file), in
/// /var/lib/apt/lists, compressed or not. Lists that are damaged are left out.
std::vector<OfferedPackage> apt_offers(const FileTree& tree,
                                       const std::vector<WantedLibrary>& libraries);

/// Out of apk's indexes in /var/cache/apk and /etc/apk/cache, which name the libraries of each
/// package. Indexes that are damaged are left out.
std::vector<OfferedPackage> apk_offers(const FileTree& tree,
                                       const std::vector<WantedLibrary>& libraries);

}  // namespace pack
