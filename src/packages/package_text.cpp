#include "packages/package_text.h"

namespace pack {

namespace {

/// Longer than any stanza: what has no end for so long is no package data.
constexpr size_t kLongestStanza = 16 << 20;

}  // namespace

std::vector<std::string> names_in(const FileTree& tree, std::string_view folder) {
  const Walk end = walk(tree, folder);
  return end.found(FileKind::directory) ? tree.list(end.real) : std::vector<std::string>();
}

std::string text_at(const FileTree& tree, std::string_view route, uint64_t limit) {
  const Walk end = walk(tree, route);
  return end.found(FileKind::regular) ? read_whole(*tree.open(end.real), limit) : std::string();
}

ByteReader bytes_of(const File& file) {
  return [&file, offset = uint64_t{0}](std::span<std::byte> into) mutable {
    const size_t size = file.read_at(offset, into);
    offset += size;
    return size;
  };
}

std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

std::string_view field_of(std::string_view stanza, std::string_view field) {
  while (!stanza.empty()) {
    const std::string_view line = take_line(stanza);
    if (line.starts_with(field)) return line.substr(field.size());
  }
  return {};
}

void StanzaSink::write(std::span<const std::byte> bytes) {
  // The last piece may have stopped in the middle of an end.
  size_t search_from = rest_.size() < end_.size() ? 0 : rest_.size() - (end_.size() - 1);
  rest_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string_view text = rest_;
  size_t begin = 0;
  for (size_t end; (end = text.find(end_, search_from)) != text.npos; search_from = begin) {
    take(text.substr(begin, end - begin));
    begin = end + end_.size();
  }
  rest_.erase(0, begin);
  if (rest_.size() > kLongestStanza) throw Error("a stanza of package data is longer than 16 MiB");
}

void StanzaSink::finish() {
  if (!rest_.empty()) take(rest_);
  rest_.clear();
}

}  // namespace pack
