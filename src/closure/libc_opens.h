#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "elf/elf.h"

namespace pack {

/// A library that glibc opens by itself, and whose import shows that it will.
struct LibcOpens {
  std::string library;   ///< "libgcc_s.so.1"
  std::string function;  ///< "pthread_cancel"
};

/// The imports to watch for (see ElfCache) so that libc_opens() can tell.
std::vector<std::string_view> libc_opens_imports();

/// What `libc` (the facts of libc.so.6) opens when somebody calls the functions that `importer`
/// imports, each library once; by ElfFacts::watched_imports.
std::vector<LibcOpens> libc_opens(const ElfFacts& libc, const ElfFacts& importer);

}  // namespace pack
