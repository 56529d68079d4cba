#pragma once

#include <memory>
#include <string>
#include <vector>

#include "closure/candidate.h"
#include "closure/search_rule.h"

namespace pack {

class GlibcProcess;

/// A variant for better CPUs that stands before the file that every CPU can run.
struct FoundVariant {
  std::string hwcaps_level;
  std::string route;
  SearchRule rule = SearchRule::default_directory;
  Walk walk;
  std::shared_ptr<const ElfFacts> facts;
};

/// What a search for one name came to.
struct SearchOutcome {
  bool found = false;
  std::string route;  ///< the path that the loader opens
  SearchRule rule = SearchRule::default_directory;
  Walk walk;
  std::shared_ptr<const ElfFacts> facts;
  std::string broken;                  ///< the file that ended the search in an error, and why
  std::vector<Searched> searched;      ///< all that was tried and not taken
  std::vector<FoundVariant> variants;  ///< in the order met
};

/// The search for one name that object `from` of a process asks for.
class GlibcSearch {
 public:
  GlibcSearch(GlibcProcess& process, size_t from) : process_(process), from_(from) {}
  SearchOutcome search(const std::string& name) &&;

 private:
  // Each of these is true when the search is over, found or not.
  bool by_path(const std::string& name);
  bool by_rules(const std::string& name);
  bool by_rpath(const std::string& name);
  bool by_cache(const std::string& name);
  bool in_directories(const std::vector<std::string>& directories, SearchRule rule,
                      const std::string& name);
  bool attempt(const std::string& route, SearchRule rule);
  void note_variants(const std::string& directory, SearchRule rule, const std::string& name);
  void note_variant(const std::string& level, const std::string& route, SearchRule rule);
  void settle_for_variant();
  bool no_default_libraries() const;

  GlibcProcess& process_;
  size_t from_;
  SearchOutcome outcome_;
};

}  // namespace pack
