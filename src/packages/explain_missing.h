#pragma once

#include <vector>

#include "closure/closure.h"
#include "packages/missing_hint.h"

namespace pack {

/// What can be told of files that a closure misses: rules of the loader that would have found them
/// but do not apply, and what the root's package data (dpkg and apt, apk, rpm) say. The tree is
/// read and nothing else; package data that cannot be read or understood tell nothing.
/// `missing` may hold what is in no process of `closure` (a script's interpreter, say): of such a
/// name, a path, only its package is looked for.
/// In the order of `missing`. For the failure path: it reads a few hundred files.
std::vector<MissingHint> find_missing_hints(const FileTree& tree, ElfCache& elves,
                                            const Closure& closure,
                                            const std::vector<Unresolved>& missing);

}  // namespace pack
