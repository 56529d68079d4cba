#pragma once

#include <string>
#include <vector>

#include "closure/closure.h"
#include "rootfs/rootfs.h"

namespace pack {

/// What the loaders load inside the image as planned, for those of Rootfs::programs and libraries
/// that are in it: only the image's own files and its own ld.so.cache exist there. `library_path`:
/// folders that are searched as if LD_LIBRARY_PATH named them.
Closure find_image_closure(const Rootfs& rootfs, const FileTree& tree, ElfCache& elves,
                           const std::vector<std::string>& library_path = {});

/// Why the library or interpreter at the end of an edge is in the image.
Reason reason_of(const Process& process, const Edge& edge);

}  // namespace pack
