#pragma once

#include <string>
#include <vector>

#include "cli/search_options.h"
#include "trees.h"

namespace CLI {
class App;
}

namespace pack {

/// The tree command's options as they were typed.
struct TreeOptions {
  std::vector<std::string> programs;
  SearchOptions search;
  bool list = false;
  bool json = false;
  std::string why;  ///< empty: not said
  bool check_symbols = false;
  bool quiet = false;
  bool verbose = false;
  std::string colour = "auto";
};

/// Teaches the parser the options of the tree command; values land in `options`.
void add_tree_options(CLI::App& app, TreeOptions& options);

/// Checks every option and resolves it to what it means. Throws UsageError for the first that is
/// wrong.
TreeRequest resolve_tree_request(const TreeOptions& options, const Surroundings& surroundings);

}  // namespace pack
