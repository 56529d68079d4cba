#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "source/file_tree.h"

namespace pack {

/// A file of which a few small pieces are read, many of them near each other.
class FileWindow {
 public:
  /// Reads the first 4 KiB: headers, PT_INTERP and often more.
  explicit FileWindow(const File& file);

  uint64_t size() const { return size_; }
  std::string_view start() const { return {pieces_[0].bytes.get(), pieces_[0].size}; }

  /// Exactly these bytes, valid until the next call; they must be inside the file (see holds).
  /// What was read lately is not read again. Throws Error when the file has become shorter
  /// meanwhile.
  std::string_view view(uint64_t offset, uint64_t length);

  bool holds(uint64_t offset, uint64_t length) const {
    return offset <= size_ && length <= size_ - offset;
  }

 private:
  struct Piece {
    uint64_t offset = 0;
    uint64_t size = 0;
    std::unique_ptr<char[]> bytes;
    bool holds(uint64_t at, uint64_t length) const {
      return at >= offset && at - offset <= size && length <= size - (at - offset);
    }
  };

  void read(Piece& piece, uint64_t offset, uint64_t length);

  const File& file_;
  uint64_t size_;
  std::array<Piece, 4> pieces_;  ///< the first is the file's start, the others are used in turn
  size_t next_ = 1;
};

}  // namespace pack
