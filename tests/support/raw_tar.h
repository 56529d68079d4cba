#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace pack::test {

/// A ustar header written by hand, so that it can say anything.
struct RawHeader {
  std::string name;
  char type = '0';
  std::string size = "0";  ///< digits, or raw bytes of the field
  std::string mode = "644";
  std::string uid = "0";
  std::string gid = "0";
  std::string mtime = "0";
  std::string link_target = {};
};

/// A header block with its checksum set right.
inline std::string summed(std::string block) {
  std::memset(block.data() + 148, ' ', 8);
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%06o", sum);
  std::memcpy(block.data() + 148, digits.data(), 7);
  return block;
}

inline std::string raw_header(const RawHeader& header) {
  std::string block(512, '\0');
  const auto put = [&](size_t at, size_t size, std::string_view text) {
    std::memcpy(block.data() + at, text.data(), std::min(size, text.size()));
  };
  put(0, 100, header.name);
  put(100, 8, header.mode);
  put(108, 8, header.uid);
  put(116, 8, header.gid);
  put(124, 12, header.size);
  put(136, 12, header.mtime);
  block[156] = header.type;
  put(157, 100, header.link_target);
  put(257, 8, std::string_view("ustar\00000", 8));
  return summed(block);
}

inline std::string octal(uint64_t number) {
  std::array<char, 24> digits{};
  std::snprintf(digits.data(), digits.size(), "%llo", static_cast<unsigned long long>(number));
  return digits.data();
}

/// `text` filled up with zeroes to whole blocks.
inline std::string padded(std::string text) {
  text.resize((text.size() + 511) / 512 * 512);
  return text;
}

inline std::string raw_file(const std::string& name, const std::string& content) {
  return raw_header({.name = name, .size = octal(content.size())}) + padded(content);
}

inline std::string raw_link(const std::string& name, const std::string& target, char type = '2') {
  return raw_header({.name = name, .type = type, .mode = "777", .link_target = target});
}

inline std::string raw_folder(const std::string& name, const std::string& mode = "755") {
  return raw_header({.name = name, .type = '5', .mode = mode});
}

/// An extended header before a member; type 'x', 'g', 'L' or 'K'.
inline std::string raw_extension(char type, const std::string& body) {
  return raw_header({.name = "extension", .type = type, .size = octal(body.size())}) + padded(body);
}

/// A record of a pax header, its length counted.
inline std::string pax_record(const std::string& key, const std::string& value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return std::to_string(length) + ' ' + key + '=' + value + '\n';
}

inline std::string pax(const std::string& key, const std::string& value) {
  return raw_extension('x', pax_record(key, value));
}

inline const std::string kTarEnd(1024, '\0');

}  // namespace pack::test
