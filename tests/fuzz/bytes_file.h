#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "source/file_tree.h"

namespace pack {

/// A fuzzer's input as a file.
class BytesFile : public File {
 public:
  explicit BytesFile(std::string_view bytes) : bytes_(bytes) {}

  size_t read_at(uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= bytes_.size() || into.empty()) return 0;
    const size_t size = std::min<size_t>(into.size(), bytes_.size() - offset);
    std::memcpy(into.data(), bytes_.data() + offset, size);
    return size;
  }
  FileStatus status() const override {
    FileStatus status;
    status.size = bytes_.size();
    return status;
  }

 private:
  std::string_view bytes_;
};

}  // namespace pack
