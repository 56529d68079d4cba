#pragma once

#include <string>

#include "rootfs/rootfs.h"
#include "source/walk.h"

namespace pack {

/// Builds a plan path by path and keeps its invariants: parents are there, a planned symlink is
/// followed and never replaced by a folder, and what conflicts is said. With a base, all of that
/// holds for what the base has, too.
class RootfsBuilder {
 public:
  explicit RootfsBuilder(const FileTree& tree, std::shared_ptr<const LayerTree> base = {})
      : tree_(tree) {
    rootfs_.base = std::move(base);
  }

  /// What to do where the path is planned already with something else, or the base has it.
  enum class Claim {
    keep_first,  ///< it stays (parents, libraries, essentials)
    over_base,   ///< what is planned stays, what the base has is replaced (programs)
    override     ///< both are replaced, and a note says so (the user's own options)
  };

  /// A file where the tree has it, with every folder and symlink on its route, so that the route
  /// leads to it in the image. With keep_first, any file to which it leads in the base will do.
  void put_route(const std::string& route, const Walk& file, const Reason& reason,
                 Claim claim = Claim::keep_first);
  /// Makes a route lead to `place` where the base's own symlinks and folders lead elsewhere (over
  /// /lib as a folder, /usr/lib/x is not /lib/x): by a symlink at the route's end.
  void lead(const std::string& route, const ImagePath& place, const Reason& reason, Claim claim);
  /// A file or symlink of the tree at any place of the image.
  void put_copy(const ImagePath& source, const FileStatus& status, const ImagePath& destination,
                const Reason& reason);
  /// An entry that is complete in itself. Over a folder of the base, a folder is the base's own
  /// with all its attributes. Returns its place, behind the symlinks on its way.
  ImagePath put(const ImagePath& path, Entry entry, Claim claim);
  /// Plans the base's folders that hold planned paths, as the base has them: an engine would
  /// otherwise give them mode 0755 and root as owner.
  void put_parents_of_base();

  bool has(const ImagePath& path) const { return rootfs_.entries.contains(path); }
  Rootfs& rootfs() { return rootfs_; }

 private:
  Entry entry_from(const ImagePath& source, const FileStatus& status, const Reason& reason) const;
  void require_same_role(const ImagePath& path, const Entry& old, const Entry& entry) const;
  /// `path` with the symlinks planned for its parents followed, and missing parents planned.
  ImagePath settle(const ImagePath& path);
  /// The route leads to a file that is the base's and nothing planned; that is noted down.
  bool serves_from_base(const std::string& route, const Reason& reason);
  void put_over_plan(const ImagePath& place, Entry& old, Entry entry, Claim claim);
  void put_over_base(const ImagePath& place, Entry entry, Claim claim);
  Entry folder_of_base(const ImagePath& place, const Reason& reason) const;

  const FileTree& tree_;
  Rootfs rootfs_;
};

}  // namespace pack
