#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "closure/closure.h"
#include "elf/elf_symbols.h"

namespace pack {

/// A symbol that an object refers to and that nothing in its process defines.
struct UndefinedSymbol {
  std::string name;
  std::string version;    ///< empty: any
  std::string needed_by;  ///< route of the object that refers to it
  bool operator==(const UndefinedSymbol&) const = default;
};

/// A file's symbols, definitions to be found by name.
struct SymbolIndex {
  explicit SymbolIndex(ElfSymbols symbols);
  SymbolIndex(const SymbolIndex&) = delete;
  SymbolIndex& operator=(const SymbolIndex&) = delete;

  const ElfSymbols file;
  std::unordered_multimap<std::string_view, const ElfSymbol*> definitions;
};

/// Reads each file's symbols once, however many processes map it. Keyed by identity, as ElfCache.
class SymbolCache {
 public:
  /// Throws Error when the file cannot be read, or its symbol tables are broken.
  const SymbolIndex& read(const FileTree& tree, const LoadedObject& object);

 private:
  std::map<FileId, std::unique_ptr<const SymbolIndex>> symbols_;
};

/// Looks every reference of every object of the process up as its loader would, were all of them
/// bound at start (LD_BIND_NOW; what `ldd -r` reports). Weak references may stay undefined.
/// In load order, in the order of each symbol table. Throws Error when a file cannot be read.
std::vector<UndefinedSymbol> find_undefined_symbols(const Process& process, const FileTree& tree,
                                                    SymbolCache& cache);

/// "undefined symbol: foo, version FOO_2 (/usr/bin/x)", as ldd(1) says it.
std::string describe(const UndefinedSymbol& missing);

}  // namespace pack
