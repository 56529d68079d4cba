#include "base/base64.h"

#include <cstddef>
#include <cstdint>

namespace pack {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A last group has 2 or 3 characters, and its unused bits are zero: each text has one meaning.
bool ends_well(size_t characters, uint32_t group) {
  switch (characters % 4) {
    case 1:
      return false;
    case 2:
      return (group & 0xf) == 0;
    case 3:
      return (group & 0x3) == 0;
    default:
      return true;
  }
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  uint32_t group = 0;
  int bits = 0;
  for (const unsigned char byte : bytes) {
    group = (group << 8 | byte) & 0xffffff;
    for (bits += 8; bits >= 6; bits -= 6) out += kAlphabet[group >> (bits - 6) & 63];
  }
  if (bits > 0) out += kAlphabet[group << (6 - bits) & 63];
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 == 0 && text.ends_with('=')) text.remove_suffix(text.ends_with("==") ? 2 : 1);
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == kAlphabet.npos) return std::nullopt;
    group = (group << 6 | static_cast<uint32_t>(value)) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 0xff);
  }
  if (!ends_well(text.size(), group)) return std::nullopt;
  return out;
}

}  // namespace pack
