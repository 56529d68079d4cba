#pragma once

#include "elf/elf.h"
#include "elf/small_image.h"

namespace pack {

/// What LIEF finds in a small image, added to `facts`: lists grow, single values are replaced (of
/// several, loaders take the last). Throws ElfError when LIEF does not understand the image.
void add_lief_facts(const SmallImage& image, ElfFacts& facts);

}  // namespace pack
