#pragma once

#include <string_view>

namespace pack {

/// Image metadata is JSON (so UTF-8), and what it says ends up in C strings of the kernel (so no
/// NUL). Throws UsageError, naming `field`, when `text` cannot be kept in an image.
void require_text(std::string_view text, std::string_view field);

}  // namespace pack
