#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "archive/decompress.h"

namespace pack {

/// A member of a tar archive, as it was written; nothing about its path is cleaned or checked.
struct TarMember {
  enum class Kind {
    regular,
    directory,
    symlink,
    hard_link,
    fifo,
    character_device,
    block_device,
    other
  };
  Kind kind = Kind::regular;
  std::string path;
  uint32_t mode = 0;  ///< 0 to 07777
  uint64_t uid = 0;
  uint64_t gid = 0;
  int64_t mtime = 0;
  uint64_t size = 0;       ///< bytes of its content; 0 unless regular
  uint64_t offset = 0;     ///< where its content starts in the uncompressed archive
  bool is_sparse = false;  ///< then the content is not size bytes in one piece at offset
  std::string link_target;
  std::map<std::string, std::string> xattrs;  ///< raw values by name
};

/// An archive at random access.
struct SeekableBytes {
  uint64_t size = 0;
  /// Fills the span from `offset`; fewer bytes than asked only at the end.
  std::function<size_t(uint64_t offset, std::span<std::byte> into)> read_at;
};

/// Reads the members' headers, one after the other, skipping contents (they are not read).
/// Throws Error for what is damaged: sizes or numbers that are negative or too large, a giant pax
/// header, a member that is cut off, a NUL in a name.
class TarReader {
 public:
  explicit TarReader(SeekableBytes archive);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  /// The next member; nothing at the end.
  std::optional<TarMember> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pack
