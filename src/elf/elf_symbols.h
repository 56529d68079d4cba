#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf.h"

namespace pack {

/// A symbol of the dynamic symbol table that takes part in the linking of a process.
struct ElfSymbol {
  std::string_view name;     ///< lives as long as the ElfSymbols it is from
  std::string_view version;  ///< "GLIBC_2.34"; empty: none (of a definition: the base version)
  bool defined = false;      ///< here, for others to refer to; else it refers to one elsewhere
  bool weak = false;         ///< STB_WEAK: need not be defined anywhere
  /// Of a definition: only references that name its version mean it ("@", not "@@"). Of a
  /// reference: only a definition with its version will do (VERSYM_HIDDEN).
  bool hidden = false;
  /// Of a definition: it is of the first version of its file, or of none: references without a
  /// version mean it, hidden or not.
  bool oldest = false;
};

/// The symbols of one file. Moves, but is not copied: the names point into it.
struct ElfSymbols {
  ElfSymbols() = default;
  ElfSymbols(ElfSymbols&&) = default;
  ElfSymbols& operator=(ElfSymbols&&) = default;

  std::vector<ElfSymbol> symbols;  ///< in the order of the table
  bool versioned = false;          ///< has a DT_VERSYM
  std::vector<char> strings;       ///< the whole string table
};

/// Reads the whole dynamic symbol table (DT_SYMTAB, DT_VERSYM), its size from DT_GNU_HASH or
/// DT_HASH. Local symbols and those of types that loaders pass over are left out. Throws ElfError
/// for tables that are out of bounds, and for more than 4 million symbols or 512 MiB of names.
ElfSymbols read_elf_symbols(const File& file);

}  // namespace pack
