#include "rootfs/drop_unchanged.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "base/error.h"
#include "rootfs/plan_tree.h"
#include "source/walk.h"

namespace pack {

namespace {

/// Of what only the base may have: nothing of it would be left below an entry of the plan.
bool has_other_xattrs(const LayerNode& node) {
  return std::any_of(node.xattrs.begin(), node.xattrs.end(), [](const auto& xattr) {
    return xattr.first != "security.capability" && xattr.first != "security.selinux";
  });
}

std::string capabilities_of(const LayerNode& node) {
  const auto found = node.xattrs.find("security.capability");
  return found == node.xattrs.end() ? std::string() : found->second;
}

bool same_bytes(const File& a, const File& b, uint64_t size) {
  std::vector<std::byte> of_a(size_t{64} << 10);
  std::vector<std::byte> of_b(of_a.size());
  for (uint64_t offset = 0; offset < size;) {
    const size_t n = a.read_at(offset, of_a);
    if (n == 0 || b.read_at(offset, std::span(of_b).first(n)) != n ||
        std::memcmp(of_a.data(), of_b.data(), n) != 0)
      return false;
    offset += n;
  }
  return true;
}

bool same_file(const Rootfs& rootfs, const FileTree& tree, const ImagePath& path,
               const Entry& entry) {
  const FileStatus below = *rootfs.base->status(path);
  const LayerNode& node = rootfs.base->node(path);
  if (below.kind != FileKind::regular || below.mode != entry.mode || below.size != entry.size() ||
      capabilities_of(node) != entry.capabilities)
    return false;
  return same_bytes(*PlanTree(rootfs, tree).open(path), *rootfs.base->open(path), below.size);
}

bool is_unchanged(const Rootfs& rootfs, const FileTree& tree, const ImagePath& path,
                  const Entry& entry) {
  const auto below = rootfs.base->status(path);
  if (!below) return false;
  const LayerNode& node = rootfs.base->node(path);
  if (node.uid != entry.uid || node.gid != entry.gid) return false;
  switch (entry.kind) {
    case EntryKind::directory:
      return below->kind == FileKind::directory && below->mode == entry.mode;
    case EntryKind::symlink:
      return below->kind == FileKind::symlink && rootfs.base->read_link(path) == entry.target;
    case EntryKind::file:
      return !has_other_xattrs(node) && same_file(rootfs, tree, path, entry);
  }
  return false;
}

/// A file in the place of a symlink to a folder (/bin) would take away the way to all that is in
/// it.
void require_folders_kept(const Rootfs& rootfs) {
  for (const auto& [path, entry] : rootfs.entries)
    if (entry.kind == EntryKind::file && walk(*rootfs.base, path.str()).found(FileKind::directory))
      throw Error(quoted(path.str()) +
                  " is a folder in the base image, and no file can take its place; --add SRC:" +
                  quoted(path.str() + "/") + " puts the file into it");
}

void say_replaced(Rootfs& rootfs) {
  constexpr size_t kNamed = 5;
  size_t count = 0;
  std::string names;
  for (const auto& [path, entry] : rootfs.entries) {
    if (entry.kind == EntryKind::directory || !rootfs.base->status(path)) continue;
    if (++count <= kNamed) names += (names.empty() ? "" : ", ") + quoted(path.str());
  }
  if (count == 0) return;
  if (count > kNamed) names += " and " + std::to_string(count - kNamed) + " more";
  rootfs.notes.push_back("replaced in the base image: " + names);
}

}  // namespace

void drop_unchanged(Rootfs& rootfs, const FileTree& tree) {
  if (!rootfs.base) return;
  // From the last path to the first, so that a folder comes after all that it holds.
  std::set<ImagePath> with_content;
  for (auto it = rootfs.entries.end(); it != rootfs.entries.begin();) {
    --it;
    const auto& [path, entry] = *it;
    if (with_content.contains(path) || !is_unchanged(rootfs, tree, path, entry)) {
      with_content.insert(path.parent());
      continue;
    }
    if (entry.kind != EntryKind::directory) rootfs.in_base.emplace(path, entry.reason);
    it = rootfs.entries.erase(it);
  }
  require_folders_kept(rootfs);
  say_replaced(rootfs);
}

}  // namespace pack
