#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "closure/candidate.h"
#include "closure/hwcaps_folders.h"
#include "closure/ld_so_cache.h"
#include "closure/loader_constants.h"
#include "closure/search_outcome.h"
#include "elf/elf_cache.h"
#include "source/walk.h"

namespace pack {

/// What the loaders of one root share, each read when first asked for and then kept.
class LoaderRoot {
 public:
  /// Searches that do not depend on the asking object, by name.
  using PlainSearches = std::unordered_map<std::string, std::shared_ptr<const SearchOutcome>>;

  LoaderRoot(const FileTree& tree, ElfCache& elves) : tree_(tree), elves_(elves) {}

  const FileTree& tree() const { return tree_; }
  ElfCache& elves() { return elves_; }

  /// Where an absolute route ends.
  const std::shared_ptr<const Walk>& walk_to(const std::string& route);
  /// What a loader of objects of `machine` makes of the file at an absolute route. Valid until the
  /// next call.
  const Candidate& look_at(const std::string& route, const ElfMachine& machine);

  /// The root's /etc/ld.so.cache; nothing when there is none, or one that cannot be understood
  /// (the loader goes on without it, too).
  const LdSoCache* cache();
  /// The folders of its /etc/ld.so.conf.
  const std::vector<std::string>& conf_directories();
  /// What glibc's loader searches before a library folder itself. `directory` is an absolute route.
  const std::vector<HwcapsFolder>& hwcaps_folders(const std::string& directory,
                                                  const LoaderConstants& loader);
  /// In bytes; those of today have a quarter of a megabyte.
  static constexpr uint64_t kLargestLoader = 16 << 20;
  /// Of the loader at a location. Throws Error for a file larger than that.
  const LoaderConstants& constants(const ImagePath& ld_so, const ElfMachine& machine);
  /// Kept for processes that search alike: `key` says what they have in common.
  PlainSearches& plain_searches(const std::string& key) { return plain_searches_[key]; }

 private:
  const FileTree& tree_;
  ElfCache& elves_;
  bool cache_read_ = false;
  std::optional<LdSoCache> cache_;
  std::optional<std::vector<std::string>> conf_directories_;
  std::unordered_map<std::string, std::shared_ptr<const Walk>> walks_;
  struct Judged {
    ElfMachine machine;
    Candidate candidate;
  };
  std::unordered_map<std::string, std::vector<Judged>> candidates_;
  Candidate absent_;  ///< the last one with nothing behind it
  std::unordered_map<std::string, std::vector<HwcapsFolder>> hwcaps_folders_;
  std::map<ImagePath, LoaderConstants> constants_;
  std::map<std::string, PlainSearches> plain_searches_;
};

}  // namespace pack
