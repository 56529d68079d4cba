#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "closure/ld_so_cache.h"
#include "closure/loader_constants.h"
#include "elf/elf_cache.h"
#include "source/walk.h"

namespace pack {

/// What the loaders of one root share, each read when first asked for and then kept.
class LoaderRoot {
 public:
  LoaderRoot(const FileTree& tree, ElfCache& elves) : tree_(tree), elves_(elves) {}

  const FileTree& tree() const { return tree_; }
  ElfCache& elves() { return elves_; }

  /// The root's /etc/ld.so.cache; nothing when there is none, or one that cannot be understood
  /// (the loader goes on without it, too).
  const LdSoCache* cache();
  /// The folders of its /etc/ld.so.conf.
  const std::vector<std::string>& conf_directories();
  /// The levels for which a library folder has variants: the folders in its glibc-hwcaps, bytewise
  /// sorted. `directory` is an absolute route.
  const std::vector<std::string>& hwcaps_levels(const std::string& directory);
  /// Of the loader at a location.
  const LoaderConstants& constants(const ImagePath& ld_so, const ElfMachine& machine);

 private:
  const FileTree& tree_;
  ElfCache& elves_;
  bool cache_read_ = false;
  std::optional<LdSoCache> cache_;
  std::optional<std::vector<std::string>> conf_directories_;
  std::map<std::string, std::vector<std::string>> hwcaps_levels_;
  std::map<ImagePath, LoaderConstants> constants_;
};

}  // namespace pack
