#include "source/memory_tree.h"

#include <algorithm>

namespace pack {

namespace {

class MemoryFile : public File {
 public:
  MemoryFile(std::string content, FileStatus status)
      : content_(std::move(content)), status_(status) {}

  size_t read_at(uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= content_.size()) return 0;
    const size_t n = std::min<size_t>(into.size(), content_.size() - offset);
    std::copy_n(reinterpret_cast<const std::byte*>(content_.data()) + offset, n, into.data());
    return n;
  }
  FileStatus status() const override { return status_; }

 private:
  std::string content_;
  FileStatus status_;
};

}  // namespace

MemoryTree::MemoryTree(std::initializer_list<std::pair<std::string, Node>> nodes) {
  for (const auto& [path, node] : nodes) put(path, node);
}

void MemoryTree::put(const std::string& path, Node node) {
  const ImagePath where(path);
  for (ImagePath up = where; !up.is_root();) {
    up = up.parent();
    nodes_.try_emplace(up, Stored{directory(), next_inode_++});
  }
  nodes_.insert_or_assign(where, Stored{std::move(node), next_inode_++});
}

void MemoryTree::hard_link(const std::string& existing, const std::string& path) {
  const Stored original = at(ImagePath(existing));
  put(path, original.node);
  nodes_.at(ImagePath(path)).inode = original.inode;
}

std::optional<FileStatus> MemoryTree::status(const ImagePath& path) const {
  const auto found = nodes_.find(path);
  if (found == nodes_.end()) return std::nullopt;
  const auto& [node, inode] = found->second;
  // By name, not captured by [&]: clang 14 does not capture structured bindings.
  const auto same_file = [&, inode = inode](const auto& other) {
    return other.second.inode == inode;
  };
  return FileStatus{
      .kind = node.kind,
      .mode = node.mode,
      .size = node.text.size(),
      .id = {1, inode},
      .links = static_cast<uint64_t>(std::count_if(nodes_.begin(), nodes_.end(), same_file))};
}

std::string MemoryTree::read_link(const ImagePath& path) const { return at(path).node.text; }

std::vector<std::string> MemoryTree::list(const ImagePath& path) const {
  std::vector<std::string> names;
  for (const auto& [other, stored] : nodes_)
    if (!other.is_root() && other.parent() == path) names.emplace_back(other.name());
  return names;
}

std::unique_ptr<File> MemoryTree::open(const ImagePath& path) const {
  const FileStatus facts = *status(path);
  if (facts.kind != FileKind::regular) throw Error(quoted(path.str()) + " is not a regular file");
  return open_memory_file(at(path).node.text, facts);
}

const MemoryTree::Stored& MemoryTree::at(const ImagePath& path) const {
  const auto found = nodes_.find(path);
  if (found == nodes_.end()) throw Error("no such file: " + quoted(path.str()));
  return found->second;
}

std::unique_ptr<File> open_memory_file(std::string content, const FileStatus& status) {
  return std::make_unique<MemoryFile>(std::move(content), status);
}

MemoryTree::Node file(std::string content, uint32_t mode) {
  return {FileKind::regular, std::move(content), mode};
}
MemoryTree::Node directory(uint32_t mode) { return {FileKind::directory, {}, mode}; }
MemoryTree::Node symlink_to(std::string target) {
  return {FileKind::symlink, std::move(target), 0777};
}

}  // namespace pack
