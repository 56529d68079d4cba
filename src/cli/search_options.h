#pragma once

#include <string>
#include <vector>

#include "cli/surroundings.h"
#include "closure/closure.h"

namespace CLI {
class App;
}

namespace pack {

/// Where programs and libraries are looked for, as it was typed: options of every command that
/// does so.
struct SearchOptions {
  std::string root = "/";
  std::vector<std::string> library_paths;
  std::string hwcaps;  ///< empty: not said
};

/// Teaches the parser --root, --library-path and --hwcaps. `hwcaps_default` is for the help.
void add_search_options(CLI::App& app, SearchOptions& options, const char* group,
                        const char* hwcaps_default);

/// The same, resolved.
struct SearchPlaces {
  std::string root;
  std::string working_dir;   ///< in that root, absolute; what relative paths start from
  std::string program_path;  ///< PATH for bare names
  std::vector<std::string> library_path;  ///< in the place of LD_LIBRARY_PATH
  HwcapsChoice hwcaps;
};

/// Throws UsageError. The surroundings count only where the root is "/".
SearchPlaces resolve_search(const SearchOptions& options, const Surroundings& surroundings);

/// Programs as routes, bare names as they are. Throws UsageError for an empty word.
std::vector<std::string> resolve_programs(const std::vector<std::string>& words,
                                          const SearchPlaces& places);

}  // namespace pack
