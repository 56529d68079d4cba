#pragma once

#include <string>
#include <vector>

#include "closure/symbol_versions.h"
#include "closure/undefined_symbols.h"

namespace pack {

/// Which symbols of a process are looked up.
enum class SymbolCheck {
  versions,             ///< the versions alone, as the loader does before it starts a program
  versions_and_symbols  ///< every reference too, as with LD_BIND_NOW
};

/// What does not fit together though every file is there. Each once.
struct SymbolFaults {
  std::vector<MissingVersion> versions;
  std::vector<UndefinedSymbol> undefined;
  /// Programs whose references were not looked up, because libraries of theirs are missing.
  std::vector<std::string> unchecked;

  bool empty() const { return versions.empty() && undefined.empty(); }
  /// Adds what is not in it yet.
  void add(const SymbolFaults& more);
};

/// Checks all processes. Throws Error when a file's symbols cannot be read.
SymbolFaults find_symbol_faults(const Closure& closure, const FileTree& tree, SymbolCheck check,
                                SymbolCache& cache);

}  // namespace pack
