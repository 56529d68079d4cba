#include "source/dangling_links.h"

#include <algorithm>
#include <array>

#include "source/walk.h"

namespace pack {

namespace {

/// OCI runtime-spec, config-linux.md, "Default Filesystems"; the files are those that Docker and
/// Podman mount into every container.
constexpr std::array<std::string_view, 7> kOfTheEngine = {
    "/proc", "/dev", "/sys", "/run", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};

constexpr std::array<std::string_view, 6> kDocumentation = {
    "/usr/share/doc",    "/usr/share/man",      "/usr/share/info",
    "/usr/share/locale", "/usr/share/doc-base", "/usr/local/share/man"};

template <typename Folders>
bool is_in(const ImagePath& path, const Folders& folders) {
  return std::any_of(folders.begin(), folders.end(), [&](std::string_view folder) {
    const std::string& text = path.str();
    return text.starts_with(folder) && (text.size() == folder.size() || text[folder.size()] == '/');
  });
}

class Search {
 public:
  explicit Search(const FileTree& tree) : tree_(tree) {}

  std::vector<DanglingLink> links;

  /// A stack of its own: an image may nest folders deeply.
  void run() {
    std::vector<ImagePath> open = {ImagePath()};
    while (!open.empty()) {
      const ImagePath folder = std::move(open.back());
      open.pop_back();
      for (const std::string& name : tree_.list(folder)) {
        const ImagePath path = folder.child(name);
        const std::optional<FileStatus> status = tree_.status(path);
        if (!status) continue;
        if (status->kind == FileKind::directory) open.push_back(path);
        if (status->kind == FileKind::symlink) check(path);
      }
    }
    std::sort(links.begin(), links.end(),
              [](const DanglingLink& a, const DanglingLink& b) { return a.path < b.path; });
  }

 private:
  void check(const ImagePath& path) {
    const Walk end = walk(tree_, path.str());
    if (end.found() || is_in(end.real, kOfTheEngine)) return;
    links.push_back({path, tree_.read_link(path), end.real, std::string(describe(end.end))});
  }

  const FileTree& tree_;
};

}  // namespace

std::vector<DanglingLink> find_dangling_links(const FileTree& tree) {
  Search search(tree);
  search.run();
  return std::move(search.links);
}

bool is_documentation(const DanglingLink& link) {
  return is_in(link.path, kDocumentation) || is_in(link.stop, kDocumentation);
}

}  // namespace pack
