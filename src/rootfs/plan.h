#pragma once

#include <string>
#include <vector>

#include "base/path_pattern.h"
#include "closure/closure.h"
#include "needs/needs.h"
#include "rootfs/rootfs.h"

namespace pack {

struct ModeOverride {
  PathPattern pattern;
  uint32_t mode = 0;
};

struct OwnerOverride {
  PathPattern pattern;
  std::string owner;  ///< UID[:GID] or names of the image
};

struct SymlinkRequest {
  ImagePath path;
  std::string target;  ///< as it will stand in the image, relative or absolute
};

struct DirectoryRequest {
  ImagePath path;
  std::optional<uint32_t> mode = {};  ///< nothing: 0755, or what the base's folder there has
};

enum class Essentials { included, left_out };

/// The user's part of a plan.
struct PlanRequest {
  std::vector<std::string> programs;  ///< as spelled on the command line, made absolute
  std::vector<SymlinkRequest> symlinks;
  std::vector<DirectoryRequest> directories;
  std::vector<PathPattern> excludes;
  std::vector<ModeOverride> modes;
  std::vector<OwnerOverride> owners;
  std::vector<std::string> library_path;  ///< goes into the image's ld.so.cache or musl path
  HwcapsChoice hwcaps;                    ///< the variants of libraries that come along
  std::string working_dir;                ///< made in the image when not empty
  Essentials essentials = Essentials::included;
  std::shared_ptr<const LayerTree> base = {};  ///< what the plan is laid over; null: nothing
};

/// Fixes every path of the image, with mode, owner and reason. Throws Error for paths that exclude
/// each other and for overrides that match nothing. Over a base, the base's own files serve where
/// they can, and what it has identically is not planned (rootfs/base_closure.h, drop_unchanged.h).
Rootfs plan_rootfs(const FileTree& tree, ElfCache& elves, const Needs& needs,
                   const Closure& closure, const Additions& additions, const PlanRequest& request);

}  // namespace pack
