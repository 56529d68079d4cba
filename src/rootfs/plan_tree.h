#pragma once

#include "rootfs/rootfs.h"

namespace pack {

/// The planned image as a file tree, so that loaders' rules can be applied inside it before it
/// exists: the plan's entries over those of its base. Files keep the identity that they have in
/// `source`; the base's have others than all files of disks. Both must outlive the tree.
class PlanTree : public FileTree {
 public:
  PlanTree(const Rootfs& rootfs, const FileTree& source) : rootfs_(rootfs), source_(source) {}

  std::optional<FileStatus> status(const ImagePath& path) const override;
  std::string read_link(const ImagePath& path) const override;
  std::vector<std::string> list(const ImagePath& path) const override;
  std::unique_ptr<File> open(const ImagePath& path) const override;

 private:
  /// Null when the path is not planned.
  const Entry* find(const ImagePath& path) const;

  const Rootfs& rootfs_;
  const FileTree& source_;
};

}  // namespace pack
