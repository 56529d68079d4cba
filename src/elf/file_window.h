#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "source/file_tree.h"

namespace pack {

/// A file of which a few small pieces are read, most of them near its start.
class FileWindow {
 public:
  /// Reads the first 4 KiB: headers, PT_INTERP and often more.
  explicit FileWindow(const File& file);

  uint64_t size() const { return size_; }
  std::string_view start() const { return start_; }

  /// Exactly these bytes; they must be inside the file (see holds). Throws Error when the file
  /// has become shorter meanwhile.
  std::string read(uint64_t offset, uint64_t length) const;

  bool holds(uint64_t offset, uint64_t length) const {
    return offset <= size_ && length <= size_ - offset;
  }

 private:
  const File& file_;
  uint64_t size_;
  std::string start_;
};

}  // namespace pack
