#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elf/string_table.h"

namespace pack {

/// The dynamic symbol table, whose length no entry of the dynamic section tells.
struct SymbolTable {
  FileRange place;  ///< whole symbols, all inside their segment
  uint64_t count = 0;
};

enum class Extent {
  all,     ///< what the hash table leads to, too
  imports  ///< as many as hold every undefined symbol
};

/// Nothing for a file without one. Throws ElfError for one that is not mapped as far as its hash
/// table says, and for more than 4 million symbols.
std::optional<SymbolTable> locate_symbols(MappedElf& elf, Extent extent);

/// Those of `names` that the file has as undefined symbols, in the order of `names`.
std::vector<std::string> find_imports(MappedElf& elf, std::span<const std::string_view> names);

}  // namespace pack
