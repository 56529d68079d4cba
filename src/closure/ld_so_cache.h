#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf.h"

namespace pack {

/// One library that ldconfig found. Names follow glibc's struct file_entry_new.
struct LdSoCacheEntry {
  uint32_t flags = 0;  ///< kind and ABI, see ld_so_cache_flags
  std::string name;    ///< what is asked for: the soname
  std::string path;    ///< where it is
  /// Not 0: for CPUs that have these capabilities. With a hwcaps_level, bit 62 and the ISA level
  /// (bits 32 to 41); its low half is then an index, which is not kept here.
  uint64_t hwcap = 0;
  /// "x86-64-v3": from a folder glibc-hwcaps/x86-64-v3.
  std::optional<std::string> hwcaps_level;

  bool operator==(const LdSoCacheEntry&) const = default;
};

/// The content of an /etc/ld.so.cache, entries in the order of the file.
struct LdSoCache {
  /// Loaders of the other byte order ignore the whole file.
  ByteOrder byte_order = ByteOrder::little;
  std::vector<LdSoCacheEntry> entries;

  bool operator==(const LdSoCache&) const = default;
};

/// Understands the format of glibc 2.2 and later, alone or behind the old one, and the old one
/// alone. Throws Error for anything else, and when something points out of the file.
LdSoCache decode_ld_so_cache(std::string_view bytes);

/// The file that loaders of `byte_order` read, in the newer format alone (glibc 2.2 and later).
/// Entries are sorted as the loader's search needs it; of those that are alike in all but the path
/// the loader takes the first, and they stay in the given order. Names and paths have no NUL.
std::string encode_ld_so_cache(std::vector<LdSoCacheEntry> entries, ByteOrder byte_order);

/// The flags that ldconfig gives such a library (glibc, sysdeps/**/readelflib.c): the type, which
/// is always "libc6", and the ABI where one kind of machine has several.
uint32_t ld_so_cache_flags(const ElfFacts& facts);

/// What the loader of objects with `flags` (of ld_so_cache_flags) can get for a name, best first:
/// glibc-hwcaps variants from the highest level down, then the rest. Which one it takes depends on
/// the CPU. The entries must be sorted as the loader's binary search expects them.
std::vector<const LdSoCacheEntry*> ld_so_cache_matches(const LdSoCache& cache,
                                                       std::string_view name, uint32_t flags);

/// The one of the matches that asks least of the CPU; null when there is none.
const LdSoCacheEntry* find_in_ld_so_cache(const LdSoCache& cache, std::string_view name,
                                          uint32_t flags);

/// How the loader compares names (glibc, elf/dl-cache.c, _dl_cache_libcmp); its binary search
/// expects them in descending order: bytewise, but runs of digits by their value, and greater than
/// anything else. Negative, 0 or positive. Names that differ only in leading zeroes are one name.
int compare_library_names(std::string_view a, std::string_view b);

}  // namespace pack
