#pragma once

#include <optional>

#include "elf/elf.h"
#include "image/platform.h"

namespace pack {

/// Go's names for an ELF machine, as image configs use them; nothing for a machine without one.
std::optional<Platform> platform_of(const ElfFacts& facts);

}  // namespace pack
