#pragma once

#include <filesystem>
#include <optional>

#include "support/foreign_root.h"

namespace pack {

/// The ldconfig of another machine, which is linked statically and so runs emulated in any root:
/// taken out of Debian's package libc-bin, which apt fetches (signatures checked, in a state of its
/// own) the first time, and kept below ~/.cache/pack-tests. Nothing: Debian has none, no network.
std::optional<std::filesystem::path> foreign_ldconfig(const ForeignMachine& machine);

}  // namespace pack
