#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "closure/musl_loader.h"
#include "closure/search_rule.h"

namespace pack {

/// What musl's loader searches when no path file tells otherwise (ldso/dynlink.c).
inline constexpr std::string_view kMuslDefaultPath = "/lib:/usr/local/lib:/usr/lib";

/// Folders and the rule that searches them.
struct SearchFolders {
  SearchRule rule = SearchRule::default_directory;
  std::vector<std::string> folders = {};  ///< as written: no slash is taken away
  std::string owner = {};                 ///< of an RPATH or RUNPATH: the object that has it
};

/// The folders of a path file, an LD_LIBRARY_PATH or a RPATH as musl reads them: separated by ':'
/// or newlines, empty elements passed over, all over at a NUL. Any bytes do.
std::vector<std::string> parse_musl_path(std::string_view text);

/// What the loader searches last in this tree: the folders of its path file, or the default ones
/// when there is no such file. A file that is there and cannot be read counts as an empty one.
/// Throws Error for one of unreasonable size.
SearchFolders musl_system_folders(const FileTree& tree, const MuslLoader& loader);

}  // namespace pack
