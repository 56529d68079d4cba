#pragma once

#include <string>
#include <string_view>

#include "cli/colour.h"
#include "trees.h"

namespace pack {

enum class TreeDetail {
  each_once,  ///< a library has one line; what asks for it again only names it
  everything  ///< every edge, the places searched before, real paths
};

struct TreeStyle {
  Paint paint;
  TreeDetail detail = TreeDetail::each_once;
};

/// For people: each object below the one that asked for it first, in the loader's order, with the
/// rule that found it; what is not found stands where it is asked for. One block for each argument.
std::string tree_text(const Trees& trees, const TreeStyle& style);

/// What is loaded: routes, a line each and as they are (no quotes), scripts and programs first, in
/// load order. Each path once, where it occurs first, whatever the number of programs.
std::string tree_list(const Trees& trees);

}  // namespace pack
