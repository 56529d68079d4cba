#include "elf/file_window.h"

#include <algorithm>
#include <span>

#include "elf/elf.h"

namespace pack {

namespace {

/// The page cache's unit: whole pages cost no more than parts of them.
constexpr uint64_t kPage = 4096;

}  // namespace

FileWindow::FileWindow(const File& file) : file_(file), size_(file.status().size) {
  read(pieces_[0], 0, kPage);
}

std::string_view FileWindow::view(uint64_t offset, uint64_t length) {
  for (const Piece& piece : pieces_)
    if (piece.holds(offset, length)) return {piece.bytes.get() + (offset - piece.offset), length};
  Piece& oldest = pieces_[next_];
  next_ = next_ + 1 == pieces_.size() ? 1 : next_ + 1;
  read(oldest, offset, length);
  return {oldest.bytes.get() + (offset - oldest.offset), length};
}

void FileWindow::read(Piece& piece, uint64_t offset, uint64_t length) {
  const uint64_t from = offset / kPage * kPage;
  const uint64_t needed = offset + length - from;
  const uint64_t size = std::min((needed + kPage - 1) / kPage * kPage, size_ - from);
  piece = {from, size, std::make_unique_for_overwrite<char[]>(size)};
  if (file_.read_at(from, std::as_writable_bytes(std::span(piece.bytes.get(), size))) != size)
    throw ElfError("the file became shorter while it was read: do not change it meanwhile");
}

}  // namespace pack
