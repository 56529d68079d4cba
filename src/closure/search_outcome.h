#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "closure/search_rule.h"
#include "elf/elf.h"
#include "source/walk.h"

namespace pack {

/// A file that a loader's search came to.
struct FoundLibrary {
  std::string route;  ///< the path that the loader opens
  SearchRule rule = SearchRule::default_directory;
  std::string hwcaps_level;  ///< see LoadedObject
  std::shared_ptr<const Walk> walk;
  std::shared_ptr<const ElfFacts> facts;
};

/// What a search for one name came to.
struct SearchOutcome {
  std::optional<FoundLibrary> found;
  std::vector<FoundLibrary> variants;  ///< for better CPUs, in the order met
  std::string broken;                  ///< the file that ended the search in an error, and why
  /// What was tried and not taken, see Unresolved. Of a search that found something only when that
  /// is asked for.
  std::vector<Searched> searched;
  size_t more_searched = 0;
};

}  // namespace pack
