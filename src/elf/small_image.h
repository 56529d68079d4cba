#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "elf/loader_view.h"

namespace pack {

/// A complete little ELF file that says the same to a loader as the one the view is from.
struct SmallImage {
  std::string bytes;
  size_t strings_at = 0;  ///< of the string table that its dynamic entries point into
};

enum class Versions { included, left_out };

/// One with these dynamic strings, at most 900: parsers limit the number of entries. The class,
/// byte order, type, flags, interpreter and, where they are included, versions are the view's.
SmallImage compose_small_image(const LoaderView& view, std::span<const DynamicString> strings,
                               Versions versions);

}  // namespace pack
