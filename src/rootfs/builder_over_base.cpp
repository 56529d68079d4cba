// Planning over a base image (--base): which of the base's paths stay, and which are replaced.
//
// A layer's entry replaces what lower layers have at that very place, whatever that is: an entry
// "lib/x" over a base whose /lib is a symlink makes a folder of it, and the base's C library is
// gone. So no entry is ever planned behind a symlink of the base (RootfsBuilder::settle walks
// through them), and a folder never takes the place of something else, nor the other way round.
//
// What comes by itself makes way for all that the base has. What the user names replaces files and
// symlinks; whether they differ at all is found out when the plan is complete (drop_unchanged). A
// folder that both have is the base's, for nobody who adds a file to /tmp means its mode.

#include <algorithm>

#include "base/error.h"
#include "rootfs/plan_tree.h"
#include "rootfs/rootfs_builder.h"

namespace pack {

namespace {

const char* describe(FileKind kind) {
  switch (kind) {
    case FileKind::directory:
      return "a folder";
    case FileKind::symlink:
      return "a symlink";
    case FileKind::regular:
      return "a file";
    default:
      return "a device, FIFO or socket";
  }
}

const char* describe(EntryKind kind) {
  return kind == EntryKind::directory ? "a folder"
         : kind == EntryKind::file    ? "a file"
                                      : "a symlink";
}

std::string folder_of(const std::string& route) {
  return route.substr(0, std::max<size_t>(route.rfind('/'), 1));
}

}  // namespace

bool RootfsBuilder::serves_from_base(const std::string& route, const Reason& reason) {
  if (!rootfs_.base) return false;
  const Walk there = walk(PlanTree(rootfs_, tree_), route);
  if (!there.found(FileKind::regular) || has(there.real)) return false;
  rootfs_.in_base.emplace(there.real, reason);
  return true;
}

void RootfsBuilder::lead(const std::string& route, const ImagePath& place, const Reason& reason,
                         Claim claim) {
  if (!rootfs_.base) return;
  const PlanTree image(rootfs_, tree_);
  const Walk there = walk(image, route);
  if (there.found() && (claim == Claim::keep_first || there.real == place)) return;
  const Walk folder = walk(image, folder_of(route));
  const ImagePath path(route);
  const ImagePath end = folder.found() ? folder.real.child(path.name()) : path;
  const auto planned = rootfs_.entries.find(end);
  if (planned != rootfs_.entries.end() && planned->second.kind == EntryKind::symlink &&
      planned->second.reason.kind == ReasonKind::on_the_way) {
    // The host's own symlink, which leads through one that is a folder in the base.
    planned->second.target = place.str();
    return;
  }
  Entry link;
  link.kind = EntryKind::symlink;
  link.mode = 0777;
  link.target = place.str();
  link.reason = reason;
  put(end, std::move(link), claim);
}

void RootfsBuilder::put_over_base(const ImagePath& place, Entry entry, Claim claim) {
  const FileStatus below = *rootfs_.base->status(place);
  const bool wants_folder = entry.kind == EntryKind::directory;
  const bool leads_to_folder =
      below.kind == FileKind::directory ||
      walk(PlanTree(rootfs_, tree_), place.str()).found(FileKind::directory);
  // What comes by itself may be a symlink here and a folder there: the route may work all the same.
  const bool may_differ = claim == Claim::keep_first && entry.kind == EntryKind::symlink;
  if (wants_folder != (wants_folder ? leads_to_folder : below.kind == FileKind::directory) &&
      !may_differ)
    throw Error(quoted(place.str()) + " is " + describe(below.kind) +
                " in the base image, but must be " + describe(entry.kind) + " for " +
                quoted(entry.reason.by.empty() ? "the image" : entry.reason.by));
  if (claim == Claim::keep_first) {
    if (below.kind != FileKind::directory && !wants_folder)
      rootfs_.in_base.emplace(place, entry.reason);
  } else if (!wants_folder) {
    rootfs_.entries.emplace(place, std::move(entry));
  } else if (below.kind == FileKind::directory) {
    rootfs_.entries.emplace(place, folder_of_base(place, entry.reason));
  }
}

Entry RootfsBuilder::folder_of_base(const ImagePath& place, const Reason& reason) const {
  const LayerNode& node = rootfs_.base->node(place);
  Entry folder;
  folder.mode = rootfs_.base->status(place)->mode;
  folder.uid = node.uid;
  folder.gid = node.gid;
  folder.xattrs = node.xattrs;
  // A label belongs to the machine that it was made on.
  folder.xattrs.erase("security.selinux");
  folder.reason = reason;
  return folder;
}

void RootfsBuilder::put_parents_of_base() {
  if (!rootfs_.base) return;
  std::map<ImagePath, Entry> parents;
  for (const auto& [path, entry] : rootfs_.entries)
    for (ImagePath parent = path.parent();
         !parent.is_root() && !has(parent) && !parents.contains(parent); parent = parent.parent())
      parents.emplace(parent,
                      folder_of_base(parent, {.kind = ReasonKind::on_the_way, .by = path.str()}));
  rootfs_.entries.merge(parents);
}

}  // namespace pack
