#pragma once

#include "closure/closure.h"
#include "rootfs/rootfs_builder.h"

namespace pack {

/// Over a base, `closure` is that in the image, and only folders that no loader there searches by
/// itself make a new file.
/// Plans the path file of each musl loader in the closure (/etc/ld-musl-ARCH.path): as the root has
/// it, when it has one; where libraries were found through LD_LIBRARY_PATH, a new one that has
/// their folders before those that the loader searches in the root. A path file that the user
/// added stays.
void put_musl_paths(RootfsBuilder& builder, const FileTree& tree, const Closure& closure);

}  // namespace pack
