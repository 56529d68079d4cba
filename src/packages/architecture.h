#pragma once

#include <string>

#include "elf/elf.h"

namespace pack {

/// The names that distributions give to the machine of an ELF file; empty where one has none.
struct ArchitectureNames {
  std::string debian;  ///< "arm64"; dpkg-architecture -L
  std::string alpine;  ///< "aarch64"; apk --print-arch
};

ArchitectureNames architecture_names(const ElfFacts& facts);

}  // namespace pack
