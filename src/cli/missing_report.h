#pragma once

#include <string>
#include <vector>

#include "closure/closure.h"
#include "packages/missing_hint.h"

namespace pack {

/// Whose options the advice may name: `pack tree` cannot leave anything out.
enum class Advised { build, tree };

/// The whole report of missing files: which, who needs them, by which rules and where they were
/// searched and why each place was refused, what is known about them, what to do. Files that were
/// searched alike share one block. Empty for no missing file.
std::string describe_missing(const std::vector<Unresolved>& missing,
                             const std::vector<MissingHint>& hints = {},
                             Advised advised = Advised::build);

}  // namespace pack
