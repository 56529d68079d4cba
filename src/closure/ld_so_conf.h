#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/file_tree.h"

namespace pack {

/// One line of an ld.so.conf that says something, in the order of the file.
struct LdSoConfLine {
  enum class Kind { directory, include };
  Kind kind = Kind::directory;
  /// The folder as written, without trailing '/' and "=libtype"; or the pattern of an include.
  std::string text;
  bool operator==(const LdSoConfLine&) const = default;
};

/// The text alone, by the rules of ldconfig (glibc, elf/ldconfig.c, parse_conf); any bytes do.
std::vector<LdSoConfLine> parse_ld_so_conf(std::string_view text);

/// The folders that ldconfig reads because of the tree's /etc/ld.so.conf, in its order: those that
/// exist, each once, as first written. Lines that are no absolute path are left out: what they mean
/// depends on where ldconfig was started. No ld.so.conf: an empty list.
/// Throws Error when reading fails, or when includes lead to unreasonably many files.
std::vector<std::string> ld_so_conf_directories(const FileTree& tree);

}  // namespace pack
