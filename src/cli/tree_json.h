#pragma once

#include <string>
#include <string_view>

#include "trees.h"

namespace pack {

/// Everything that is known of the trees, as one JSON object: `programs`, each with its objects,
/// edges and what is wrong; `scripts` and `errors` of the arguments. With a `why`, every program
/// has `chains`, too. Paths that are not UTF-8 have U+FFFD where they are not.
std::string tree_json(const Trees& trees, std::string_view why = {});

}  // namespace pack
