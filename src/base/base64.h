#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pack {

/// With padding, on one line (RFC 4648, 4).
std::string base64_encode(std::string_view bytes);

/// Nothing when `text` is no base64; missing padding is taken.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace pack
