#pragma once

#include "closure/closure.h"
#include "rootfs/rootfs_builder.h"

namespace pack {

/// For Rootfs::programs and libraries, plans those libraries and interpreters of `on_host` that the
/// base image does not have: what the loaders find in the base is used. Returns the closure in the
/// image, where libraries in folders that its loaders do not search by themselves are found by
/// SearchRule::library_path: they need an ld.so.cache or musl's path file. What neither has stays
/// unresolved in it.
Closure put_closure_over_base(RootfsBuilder& builder, const FileTree& tree, ElfCache& elves,
                              const Closure& on_host);

}  // namespace pack
