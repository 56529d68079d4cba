#include "rootfs/plan_tree.h"

#include "source/memory_tree.h"

namespace pack {

namespace {

/// No disk has this device number: entries that pack makes itself are told apart by their address.
constexpr uint64_t kNoDevice = ~uint64_t{0};

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
  const auto entry = rootfs_.entries.find(path);
  if (entry == rootfs_.entries.end()) return std::nullopt;
  return status_of(entry->second);
}

std::string PlanTree::read_link(const ImagePath& path) const { return at(path).target; }

std::vector<std::string> PlanTree::list(const ImagePath& path) const {
  std::vector<std::string> names;
  for (auto it = rootfs_.entries.upper_bound(path); it != rootfs_.entries.end(); ++it) {
    if (it->first.parent() == path) names.emplace_back(it->first.name());
    // "/a.b" sorts between "/a" and "/a/b": only a path that cannot share the prefix ends it.
    if (!it->first.str().starts_with(path.str())) break;
  }
  return names;
}

std::unique_ptr<File> PlanTree::open(const ImagePath& path) const {
  const Entry& entry = at(path);
  if (entry.kind != EntryKind::file) throw Error(quoted(path.str()) + " is not a regular file");
  if (entry.source) return source_.open(*entry.source);
  return open_memory_file(entry.content, status_of(entry));
}

const Entry& PlanTree::at(const ImagePath& path) const {
  const auto entry = rootfs_.entries.find(path);
  if (entry == rootfs_.entries.end()) throw Error("no such file: " + quoted(path.str()));
  return entry->second;
}

}  // namespace pack
