#include "closure/musl_path.h"

#include <algorithm>

#include "source/walk.h"

namespace pack {

namespace {

constexpr uint64_t kLargestPathFile = 1 << 20;

/// fopen() says ENOENT: then, and only then, the loader takes its default.
bool is_absent(const Walk& file) {
  return file.end == WalkEnd::missing || file.end == WalkEnd::broken_link;
}

}  // namespace

std::vector<std::string> parse_musl_path(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  std::vector<std::string> folders;
  for (;;) {
    const size_t start = text.find_first_not_of(":\n");
    if (start == text.npos) return folders;
    text.remove_prefix(start);
    const size_t end = std::min(text.find_first_of(":\n"), text.size());
    folders.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

SearchFolders musl_system_folders(const FileTree& tree, const MuslLoader& loader) {
  const Walk file = walk(tree, loader.path_file);
  if (is_absent(file)) return {.folders = parse_musl_path(kMuslDefaultPath)};
  SearchFolders list{.rule = SearchRule::musl_path};
  if (!file.found(FileKind::regular)) return list;
  try {
    list.folders = parse_musl_path(read_whole(*tree.open(file.real), kLargestPathFile));
  } catch (const AccessDenied&) {
    // The loader could not read it either.
  }
  return list;
}

}  // namespace pack
