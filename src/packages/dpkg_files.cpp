// Which installed package owns a file, by dpkg's data (dpkg-query(1), "dpkg --search").
//
// /var/lib/dpkg/info/PACKAGE.list, or PACKAGE:ARCHITECTURE.list for one that can be installed for
// several, names every path of a package, one a line. Images that are made without dpkg
// ("distroless") have /var/lib/dpkg/status.d/PACKAGE.md5sums instead: "MD5SUM  usr/lib/libz.so.1",
// without symlinks.

#include <cstring>

#include "packages/package_files.h"
#include "packages/package_text.h"

namespace pack {

namespace {

constexpr uint64_t kLargestList = 64 << 20;

/// The bytes behind the last '/', as memrchr finds it: this runs over every path of the system.
std::string_view last_component(std::string_view path) {
  const void* slash = ::memrchr(path.data(), '/', path.size());
  return slash ? path.substr(static_cast<size_t>(static_cast<const char*>(slash) - path.data()) + 1)
               : path;
}

struct FileList {
  std::string_view folder;
  std::string_view ending;
  /// Number of bytes before the path, and what the path lacks in front.
  size_t skip;
  std::string_view root;
};

constexpr FileList kLists[] = {{"/var/lib/dpkg/info", ".list", 0, ""},
                               {"/var/lib/dpkg/status.d", ".md5sums", 34, "/"}};

void search_list(std::string_view text, const FileList& list, const std::string& package,
                 const WantedNames& names, std::vector<OwnedFile>& out) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.size() <= list.skip) continue;
    const std::string_view path = line.substr(list.skip);
    if (names.contains(last_component(path)))
      out.push_back({std::string(list.root).append(path), package, "dpkg"});
  }
}

}  // namespace

std::vector<OwnedFile> dpkg_files(const FileTree& tree, const WantedNames& names) {
  std::vector<OwnedFile> out;
  for (const FileList& list : kLists) {
    const Walk folder = walk(tree, list.folder);
    if (!folder.found(FileKind::directory)) continue;
    for (const std::string& name : tree.list(folder.real)) {
      if (!name.ends_with(list.ending)) continue;
      const ImagePath path = folder.real.child(name);
      const auto status = tree.status(path);
      if (!status || status->kind != FileKind::regular) continue;
      search_list(read_whole(*tree.open(path), kLargestList), list,
                  name.substr(0, name.size() - list.ending.size()), names, out);
    }
  }
  return out;
}

}  // namespace pack
