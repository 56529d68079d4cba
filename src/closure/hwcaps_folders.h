#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/file_tree.h"

namespace pack {

/// A folder below a library folder that glibc's loader searches before it.
struct HwcapsFolder {
  std::string route;
  /// What the CPU must have: "x86-64-v3", "haswell", "haswell/avx512_1". Empty: every CPU's
  /// loader searches it ("tls").
  std::string level;
};

/// One component of the folders that loaders until glibc 2.36 search, in the loader's order.
struct LegacyPart {
  std::vector<std::string_view> names;  ///< one of these, where a CPU has one platform name
  bool everywhere = false;              ///< every CPU of the machine has it
};

/// What the CPU must have (see HwcapsFolder) for the file at `route` of ld.so.cache, which stands
/// in a legacy folder: by the last folders of the route that are parts. Empty: every CPU has it.
std::string legacy_level(const std::string& route, const std::vector<LegacyPart>& legacy_parts);

/// Those that exist below `directory` (an absolute route), in the loader's order: first
/// glibc-hwcaps/LEVEL, bytewise sorted (CPUs differ in where they start); then the legacy ones.
std::vector<HwcapsFolder> find_hwcaps_folders(const FileTree& tree, const std::string& directory,
                                              const std::vector<LegacyPart>& legacy_parts);

}  // namespace pack
