#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "closure/closure.h"
#include "closure/ld_so_cache.h"
#include "packages/missing_hint.h"

namespace pack {

/// Looks for libraries where the loader does not, though its user may think so: one object for all
/// that is missing in a tree, so that each folder and file is read once.
class UnusedRules {
 public:
  UnusedRules(const FileTree& tree, ElfCache& elves) : tree_(tree), elves_(elves) {}

  /// What would have found a name (without '/') that object `asker` of `process` asks for.
  std::vector<MissingHint> explain(const Process& process, size_t asker, const Unresolved& missing);

 private:
  struct Search;
  void by_search_paths(Search& search);
  void by_default_folders(Search& search);
  void by_conf(Search& search);
  void by_soname(Search& search);
  bool add(Search& search, MissingHint::Kind kind, const std::string& folder, size_t object);
  std::vector<std::string> folders_of(const Process& process, size_t object,
                                      const std::string& list);
  const std::vector<std::string>& names_in_folder(const std::string& folder);
  const std::vector<std::string>& conf_folders();
  bool cache_lists(const std::string& name, const ElfFacts& asker);

  const FileTree& tree_;
  ElfCache& elves_;
  std::map<std::string, std::vector<std::string>> names_;
  std::optional<std::vector<std::string>> conf_folders_;
  bool cache_read_ = false;
  std::optional<LdSoCache> cache_;
};

}  // namespace pack
