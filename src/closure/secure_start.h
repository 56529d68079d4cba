#pragma once

#include "source/walk.h"

namespace pack {

/// The kernel starts the program at the end of `program` with more rights than its user has:
/// setuid, setgid or file capabilities (AT_SECURE, getauxval(3)). Loaders then trust less. Opens
/// the file: to be asked only where it matters.
bool gains_rights(const FileTree& tree, const Walk& program);

}  // namespace pack
