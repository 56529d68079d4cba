#include "elf/file_window.h"

#include <algorithm>
#include <span>

#include "elf/elf.h"

namespace pack {

namespace {

constexpr uint64_t kStartSize = 4096;

std::string read_bytes(const File& file, uint64_t offset, uint64_t length) {
  std::string bytes(length, '\0');
  if (file.read_at(offset, std::as_writable_bytes(std::span(bytes))) != length)
    throw ElfError("the file became shorter while it was read: do not change it meanwhile");
  return bytes;
}

}  // namespace

FileWindow::FileWindow(const File& file)
    : file_(file),
      size_(file.status().size),
      start_(read_bytes(file, 0, std::min(size_, kStartSize))) {}

std::string FileWindow::read(uint64_t offset, uint64_t length) const {
  if (offset <= start_.size() && length <= start_.size() - offset)
    return start_.substr(offset, length);
  return read_bytes(file_, offset, length);
}

}  // namespace pack
