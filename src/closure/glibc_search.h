#pragma once

#include <memory>
#include <string>
#include <vector>

#include "closure/candidate.h"
#include "closure/search_rule.h"

namespace pack {

class GlibcProcess;

/// What a search for one name came to.
struct SearchOutcome {
  bool found = false;
  std::string route;  ///< the path that the loader opens
  SearchRule rule = SearchRule::default_directory;
  Walk walk;
  std::shared_ptr<const ElfFacts> facts;
  std::string broken;              ///< the file that ended the search in an error, and why
  std::vector<Searched> searched;  ///< all that was tried and not taken
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
  bool no_default_libraries() const;

  GlibcProcess& process_;
  size_t from_;
  SearchOutcome outcome_;
};

}  // namespace pack
