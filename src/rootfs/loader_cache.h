#pragma once

#include <string>
#include <vector>

#include "closure/closure.h"
#include "rootfs/rootfs_builder.h"

namespace pack {

inline constexpr const char* kLoaderCachePath = "/etc/ld.so.cache";

/// When the image gets an /etc/ld.so.cache.
enum class LoaderCachePolicy {
  always,    ///< whenever a glibc program is in the image
  if_needed  ///< only when a library stands where the loader would not look without one
};

/// Plans the image's /etc/ld.so.cache: what ldconfig would list for the planned files in the
/// loader's default folders, in `folders` and in those where the closure found libraries, plus
/// every name that was found through the cache or LD_LIBRARY_PATH on the build host.
/// A cache that the user added stays.
void put_loader_cache(RootfsBuilder& builder, const FileTree& tree, ElfCache& elves,
                      const Closure& closure, const std::vector<std::string>& folders,
                      LoaderCachePolicy policy);

/// Replaces the base's /etc/ld.so.cache when a loader in the image finds a library only by
/// SearchRule::library_path (see put_closure_over_base): by what ldconfig would list for the base's
/// folders and the new ones, with the base's before the new ones. Else the base's stays.
void put_loader_cache_over_base(RootfsBuilder& builder, const FileTree& tree, ElfCache& elves,
                                const Closure& in_image);

}  // namespace pack
