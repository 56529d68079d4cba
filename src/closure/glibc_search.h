#pragma once

#include <string>
#include <vector>

#include "closure/candidate.h"
#include "closure/ld_so_cache.h"
#include "closure/search_outcome.h"

namespace pack {

class GlibcProcess;

/// A folder on a search path, looked up once.
struct LibraryFolder {
  std::string route;
  std::string_view void_because;  ///< why nothing is found in it: "no such folder"; a literal
  std::string platform;           ///< of CPUs that search it, see ExpandedText
};

/// The search for one name that object `from` of a process asks for.
class GlibcSearch {
 public:
  GlibcSearch(GlibcProcess& process, size_t from) : process_(process), from_(from) {}
  SearchOutcome search(const std::string& name) &&;

 private:
  void run(const std::string& name);
  // Each of these is true when the search is over, found or not.
  bool by_path(const std::string& name);
  bool by_rules(const std::string& name);
  bool by_rpath(const std::string& name);
  bool in_rpath_of(size_t object, const std::string& name);
  bool by_cache(const std::string& name);
  bool in_folders(const std::vector<LibraryFolder>& folders, SearchRule rule,
                  const std::string& name);
  Candidate::Verdict in_folder(const LibraryFolder& folder, SearchRule rule,
                               const std::string& name);
  Candidate::Verdict attempt(const std::string& route, SearchRule rule);
  std::string level_of(const LdSoCacheEntry& entry) const;
  void note_variant(const std::string& level, const std::string& route, SearchRule rule);
  void note(std::string_view folder, std::string_view rest, SearchRule rule,
            std::string_view verdict);
  void settle_for_variant();
  bool no_default_libraries() const;

  GlibcProcess& process_;
  size_t from_;
  bool notes_ = false;  ///< keep SearchOutcome::searched
  SearchOutcome outcome_;
};

}  // namespace pack
