#pragma once

#include <string>

#include "cli/colour.h"
#include "trees.h"

namespace pack {

/// All that is wrong, for stderr: arguments that cannot be loaded, what is not found and where it
/// was searched, symbol versions, symbols. Empty when all is well.
std::string tree_faults(const Trees& trees, const Paint& paint);

}  // namespace pack
