#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archive/decompress.h"
#include "base/bytes.h"
#include "source/walk.h"

namespace pack {

/// The names in a folder at an absolute route; none when there is no such folder.
std::vector<std::string> names_in(const FileTree& tree, std::string_view folder);

/// The content of a file at an absolute route, symlinks followed; empty when there is none.
/// Throws Error when it is larger than `limit` bytes.
std::string text_at(const FileTree& tree, std::string_view route, uint64_t limit);

/// A file from its start to its end. `file` must outlive the reader.
ByteReader bytes_of(const File& file);

/// Takes the first line off `text`, without its end.
std::string_view take_line(std::string_view& text);

/// The value of "FIELD: value" in a stanza of lines; empty when it is not there. `field` is written
/// with all that stands before the value ("Package: ").
std::string_view field_of(std::string_view stanza, std::string_view field);

/// What ends a stanza of most package data: an empty line.
inline constexpr std::string_view kEmptyLine = "\n\n";

/// Calls `take` with each stanza of a text that comes in pieces.
class StanzaSink : public ByteSink {
 public:
  explicit StanzaSink(std::string_view end = kEmptyLine) : end_(end) {}
  void write(std::span<const std::byte> bytes) final;
  using ByteSink::write;
  /// The last stanza may have no end behind it. Call once, last.
  void finish();

 protected:
  /// Without its end.
  virtual void take(std::string_view stanza) = 0;

 private:
  std::string_view end_;
  std::string rest_;
};

}  // namespace pack
