#include "rootfs/rootfs_builder.h"

#include "base/error.h"
#include "rootfs/plan_tree.h"

namespace pack {

namespace {

/// Folders are 0755 whatever they are on the build host, so that every user can start the program;
/// these two are the exception that every system makes.
uint32_t parent_mode(const ImagePath& path) {
  return path.str() == "/tmp" || path.str() == "/var/tmp" ? 01777 : 0755;
}

bool same_thing(const Entry& a, const Entry& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case EntryKind::directory:
      return true;
    case EntryKind::symlink:
      return a.target == b.target;
    case EntryKind::file:
      return a.source && b.source ? a.source_status.id == b.source_status.id
                                  : !a.source && !b.source && a.content == b.content;
  }
  return false;
}

std::string origin_of(const Entry& entry) {
  if (entry.source) return quoted(entry.source->str());
  if (entry.kind == EntryKind::symlink) return "the symlink to " + quoted(entry.target);
  if (!entry.reason.by.empty()) return quoted(entry.reason.by);
  return entry.kind == EntryKind::directory ? "the folder" : "what pack puts there";
}

}  // namespace

void RootfsBuilder::put_route(const std::string& route, const Walk& file, const Reason& reason,
                              Claim claim) {
  const bool has_end = !file.real.is_root();
  if (has_end && claim == Claim::keep_first && serves_from_base(route, reason)) return;
  const Reason on_the_way{.kind = ReasonKind::on_the_way, .by = route};
  for (const ImagePath& step : file.trail) {
    const auto status = tree_.status(step);
    if (!status)
      throw Error(quoted(step.str()) + " went away while pack was reading: run it again");
    Entry entry;
    entry.reason = on_the_way;
    if (status->kind == FileKind::symlink) {
      entry = entry_from(step, *status, on_the_way);
    } else {
      entry.mode = parent_mode(step);
    }
    put(step, std::move(entry), Claim::keep_first);
  }
  if (!has_end) return;
  const ImagePath place = put(file.real, entry_from(file.real, file.status, reason), claim);
  lead(route, place, reason, claim);
}

void RootfsBuilder::put_copy(const ImagePath& source, const FileStatus& status,
                             const ImagePath& destination, const Reason& reason) {
  put(destination, entry_from(source, status, reason), Claim::override);
}

ImagePath RootfsBuilder::put(const ImagePath& path, Entry entry, Claim claim) {
  if (path.name().starts_with(".wh."))
    throw Error(
        quoted(path.str()) +
        " cannot be in an image: layers use names that start with \".wh.\" to delete files");
  ImagePath place = settle(path);
  const auto existing = rootfs_.entries.find(place);
  if (existing != rootfs_.entries.end()) {
    put_over_plan(place, existing->second, std::move(entry), claim);
  } else if (rootfs_.base && rootfs_.base->status(place)) {
    put_over_base(place, std::move(entry), claim);
  } else {
    rootfs_.entries.emplace(place, std::move(entry));
  }
  return place;
}

void RootfsBuilder::put_over_plan(const ImagePath& place, Entry& old, Entry entry, Claim claim) {
  if (claim != Claim::override) {
    require_same_role(place, old, entry);
    return;
  }
  if (same_thing(old, entry)) {
    // The user's own folder or file decides mode and reason over one that came by itself.
    old = std::move(entry);
    return;
  }
  if (old.kind == EntryKind::directory)
    throw Error(quoted(place.str()) + " must be a folder, because files are planned below it; " +
                origin_of(entry) + " cannot take its place");
  if (entry.kind == EntryKind::directory) {
    const Walk target = walk(PlanTree(rootfs_, tree_), place.str());
    if (old.kind == EntryKind::symlink && target.found(FileKind::directory)) return;
    throw Error(quoted(place.str()) + " is planned as " + origin_of(old) +
                " and cannot be a folder as well");
  }
  rootfs_.notes.push_back(quoted(place.str()) + ": " + origin_of(entry) + " (" + entry.reason.by +
                          ") replaces " + origin_of(old));
  old = std::move(entry);
}

void RootfsBuilder::require_same_role(const ImagePath& path, const Entry& old,
                                      const Entry& entry) const {
  const bool wanted = entry.kind == EntryKind::directory;
  const bool is_folder = old.kind == EntryKind::symlink
                             ? walk(PlanTree(rootfs_, tree_), path.str()).found(FileKind::directory)
                             : old.kind == EntryKind::directory;
  // A symlink that leads nowhere yet may stand for either.
  if (wanted == is_folder || old.kind == EntryKind::symlink || entry.kind == EntryKind::symlink)
    return;
  throw Error(quoted(path.str()) + " is planned as " + (is_folder ? "a folder" : "a file") + " (" +
              origin_of(old) + "), but must be " + (wanted ? "a folder" : "a file") + " for " +
              origin_of(entry));
}

Entry RootfsBuilder::entry_from(const ImagePath& source, const FileStatus& status,
                                const Reason& reason) const {
  Entry entry;
  entry.reason = reason;
  entry.mode = status.mode;
  switch (status.kind) {
    case FileKind::directory:
      break;
    case FileKind::symlink:
      entry.kind = EntryKind::symlink;
      entry.mode = 0777;
      entry.target = tree_.read_link(source);
      break;
    default:
      entry.kind = EntryKind::file;
      entry.source = source;
      entry.source_status = status;
      entry.capabilities = tree_.open(source)->capabilities();
  }
  return entry;
}

ImagePath RootfsBuilder::settle(const ImagePath& path) {
  const ImagePath parent = path.parent();
  if (parent.is_root()) return path;
  const Walk there = walk(PlanTree(rootfs_, tree_), parent.str());
  if (there.found(FileKind::directory)) return there.real.child(path.name());
  if (there.found() || there.end != WalkEnd::missing)
    throw Error(quoted(path.str()) + " cannot be in the image: " + quoted(there.real.str()) +
                (there.found() ? " is not a folder there"
                               : " stands in the way (" + std::string(describe(there.end)) + ")"));
  Entry folder;
  folder.mode = parent_mode(parent);
  folder.reason = {.kind = ReasonKind::on_the_way, .by = path.str()};
  put(parent, std::move(folder), Claim::keep_first);
  return settle(path);
}

}  // namespace pack
