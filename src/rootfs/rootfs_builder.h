#pragma once

#include <string>

#include "rootfs/rootfs.h"
#include "source/walk.h"

namespace pack {

/// Builds a plan path by path and keeps its invariants: parents are there, a planned symlink is
/// followed and never replaced by a folder, and what conflicts is said.
class RootfsBuilder {
 public:
  explicit RootfsBuilder(const FileTree& tree) : tree_(tree) {}

  /// What to do where the path is planned already with something else.
  enum class Claim {
    keep_first,  ///< it stays (parents, essentials)
    override     ///< it is replaced, and a note says so (the user's own options)
  };

  /// A file where the tree has it, with every folder and symlink on its route.
  void put_route(const std::string& route, const Walk& file, const Reason& reason);
  /// A file or symlink of the tree at any place of the image.
  void put_copy(const ImagePath& source, const FileStatus& status, const ImagePath& destination,
                const Reason& reason);
  /// An entry that is complete in itself.
  void put(const ImagePath& path, Entry entry, Claim claim);

  bool has(const ImagePath& path) const { return rootfs_.entries.contains(path); }
  Rootfs& rootfs() { return rootfs_; }

 private:
  Entry entry_from(const ImagePath& source, const FileStatus& status, const Reason& reason) const;
  void require_same_role(const ImagePath& path, const Entry& old, const Entry& entry) const;
  /// `path` with the symlinks planned for its parents followed, and missing parents planned.
  ImagePath settle(const ImagePath& path);

  const FileTree& tree_;
  Rootfs rootfs_;
};

}  // namespace pack
