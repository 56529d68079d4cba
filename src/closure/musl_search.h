#pragma once

#include <span>
#include <string>
#include <string_view>

#include "closure/loader_root.h"
#include "closure/musl_path.h"
#include "closure/search_outcome.h"

namespace pack {

/// One search by musl's loader; for one name.
class MuslSearch {
 public:
  MuslSearch(LoaderRoot& root, const ElfMachine& machine, Explain explain)
      : root_(root), machine_(machine), notes_(explain == Explain::every_search) {}

  /// `places` are in the order of the search; a name with a '/' passes them by.
  SearchOutcome search(const std::string& name, std::span<const SearchFolders* const> places) &&;

 private:
  void run(const std::string& name, std::span<const SearchFolders* const> places);
  /// True when the search is over, found or not.
  bool attempt(const std::string& route, const SearchFolders& place);
  void note(const std::string& route, const SearchFolders& place, std::string_view verdict);

  LoaderRoot& root_;
  const ElfMachine& machine_;
  bool notes_;  ///< keep SearchOutcome::searched
  SearchOutcome outcome_;
};

}  // namespace pack
