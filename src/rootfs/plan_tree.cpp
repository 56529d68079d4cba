#include "rootfs/plan_tree.h"

#include <algorithm>

#include "source/memory_tree.h"

namespace pack {

namespace {

/// No disk has this device number: entries that pack makes itself are told apart by their address.
constexpr uint64_t kNoDevice = ~uint64_t{0};
/// Nor this one: it is that of the base's files.
constexpr uint64_t kBaseDevice = kNoDevice - 1;

FileStatus status_of(const Entry& entry) {
  FileStatus status;
  if (entry.source) status = entry.source_status;
  if (!entry.source) status.id = {kNoDevice, reinterpret_cast<uint64_t>(&entry)};
  switch (entry.kind) {
    case EntryKind::directory:
      status.kind = FileKind::directory;
      break;
    case EntryKind::symlink:
      status.kind = FileKind::symlink;
      break;
    case EntryKind::file:
      status.kind = FileKind::regular;
      break;
  }
  status.mode = entry.mode;
  status.size = entry.kind == EntryKind::symlink ? entry.target.size() : entry.size();
  return status;
}

}  // namespace

std::optional<FileStatus> PlanTree::status(const ImagePath& path) const {
  if (path.is_root())
    return FileStatus{.kind = FileKind::directory, .mode = 0755, .id = {kNoDevice, 0}};
  if (const Entry* entry = find(path)) return status_of(*entry);
  if (!rootfs_.base) return std::nullopt;
  std::optional<FileStatus> status = rootfs_.base->status(path);
  if (status) status->id = {kBaseDevice, status->id.inode};
  return status;
}

std::string PlanTree::read_link(const ImagePath& path) const {
  if (const Entry* entry = find(path)) return entry->target;
  if (!rootfs_.base) throw Error("no such file: " + quoted(path.str()));
  return rootfs_.base->read_link(path);
}

std::vector<std::string> PlanTree::list(const ImagePath& path) const {
  std::vector<std::string> names;
  for (auto it = rootfs_.entries.upper_bound(path); it != rootfs_.entries.end(); ++it) {
    if (it->first.parent() == path) names.emplace_back(it->first.name());
    // "/a.b" sorts between "/a" and "/a/b": only a path that cannot share the prefix ends it.
    if (!it->first.str().starts_with(path.str())) break;
  }
  const auto below = rootfs_.base ? rootfs_.base->status(path) : std::nullopt;
  if (!below || below->kind != FileKind::directory) return names;
  for (std::string& name : rootfs_.base->list(path)) names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::unique_ptr<File> PlanTree::open(const ImagePath& path) const {
  const Entry* entry = find(path);
  if (!entry && rootfs_.base) return rootfs_.base->open(path);
  if (!entry) throw Error("no such file: " + quoted(path.str()));
  if (entry->kind != EntryKind::file) throw Error(quoted(path.str()) + " is not a regular file");
  if (entry->source) return source_.open(*entry->source);
  return open_memory_file(entry->content, status_of(*entry));
}

const Entry* PlanTree::find(const ImagePath& path) const {
  const auto entry = rootfs_.entries.find(path);
  return entry == rootfs_.entries.end() ? nullptr : &entry->second;
}

}  // namespace pack
