#pragma once

#include "rootfs/rootfs.h"

namespace pack {

/// Takes out of a complete plan what the base has in the same place with the same content, mode,
/// owner and capabilities, and folders of the base that hold nothing new. Compares bytes of files
/// only where all else is equal; `tree` is where the plan's files are. Says which files replace the
/// base's. Nothing happens without a base.
void drop_unchanged(Rootfs& rootfs, const FileTree& tree);

}  // namespace pack
