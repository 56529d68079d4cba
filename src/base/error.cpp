#include "base/error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pack {

void throw_errno(std::string_view what) {
  const int number = errno;
  throw Error(std::string(what) + ": " + std::strerror(number));
}

std::string quoted(std::string_view text) {
  const auto plain = [](unsigned char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out(1, '"');
  for (const unsigned char c : text) {
    if (plain(c) || c == ' ') {
      out += static_cast<char>(c);
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += "\\x";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  out += '"';
  return out;
}

}  // namespace pack
