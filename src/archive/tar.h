#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace pack {

/// One member of a tar archive, apart from its data.
struct TarEntry {
  enum class Kind { directory, regular, symlink, hard_link };
  Kind kind = Kind::regular;
  std::string path;   ///< relative, without trailing '/'
  uint32_t mode = 0;  ///< 0 to 07777
  uint32_t uid = 0;
  uint32_t gid = 0;
  int64_t mtime = 0;         ///< seconds since the epoch
  uint64_t size = 0;         ///< bytes of data; 0 unless regular
  std::string link_target;   ///< of a symlink; of a hard link: the path of the other member
  std::string capabilities;  ///< value of the xattr security.capability, raw; empty: none
  std::map<std::string, std::string> xattrs = {};  ///< others, raw values by name
};

inline constexpr uint64_t kTarBlock = 512;

/// The blocks in front of the member's data: one ustar header (POSIX.1-1988), preceded by a pax
/// extended header (POSIX.1-2001) only where ustar cannot say it. The same entry, the same bytes.
/// Throws Error when the entry cannot be written at all (a NUL in its path, say).
std::string tar_header(const TarEntry& entry);

/// The zero bytes behind data of `size` bytes, 0 to 511.
constexpr uint64_t tar_padding(uint64_t size) { return (kTarBlock - size % kTarBlock) % kTarBlock; }

/// The two zero blocks that end an archive.
inline constexpr uint64_t kTarTrailer = 2 * kTarBlock;

/// `count` zero bytes, at most kTarTrailer.
std::string_view tar_zeroes(uint64_t count);

}  // namespace pack
