#include "rootfs/plan.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "closure/ld_so_conf.h"
#include "rootfs/accounts.h"
#include "rootfs/base_closure.h"
#include "rootfs/drop_unchanged.h"
#include "rootfs/essentials.h"
#include "rootfs/image_closure.h"
#include "rootfs/loader_cache.h"
#include "rootfs/musl_path.h"
#include "rootfs/plan_tree.h"
#include "rootfs/rootfs_builder.h"

namespace pack {

namespace {

void put_programs(RootfsBuilder& builder, const FileTree& tree, const PlanRequest& request) {
  for (const std::string& program : request.programs)
    builder.put_route(program, walk(tree, program), {.kind = ReasonKind::program},
                      RootfsBuilder::Claim::over_base);
}

void put_scripts(RootfsBuilder& builder, const FileTree& tree, const Needs& needs) {
  for (const ScriptUse& use : needs.scripts)
    builder.put_route(use.program, walk(tree, use.program),
                      {.kind = ReasonKind::script, .by = use.script, .detail = use.line});
}

/// Libraries and interpreters, each at every path by which a search found it. An added program or
/// plug-in (SearchRule::program) is not put here: the user may have given it another place.
void put_closure(RootfsBuilder& builder, const FileTree& tree, const Closure& closure) {
  std::set<std::string> done;
  for (const Process& process : closure.processes) {
    for (const Edge& edge : process.edges) {
      const bool searched = edge.rule != SearchRule::program && !edge.route.empty();
      if (searched && done.insert(edge.route).second)
        builder.put_route(edge.route, walk(tree, edge.route), reason_of(process, edge));
    }
  }
}

void put_additions(RootfsBuilder& builder, const FileTree& tree, const Additions& additions) {
  for (const std::string& route : additions.routes) {
    Walk way = walk(tree, route);
    // What stands at its end is one of the files below, with its own mode.
    way.real = ImagePath();
    builder.put_route(route, way, {});
  }
  for (const Addition& addition : additions.files)
    builder.put_copy(addition.source, addition.status, addition.destination,
                     {.kind = ReasonKind::added, .by = addition.option});
  for (const std::string& route : additions.routes)
    if (const Walk file = walk(tree, route); file.found(FileKind::regular))
      builder.lead(route, file.real, {.kind = ReasonKind::added, .by = "--add " + route},
                   RootfsBuilder::Claim::over_base);
}

/// A symlink among the additions that leads out of them brings the file that it leads to, as long
/// as it means the same file in the image as on the build host.
void put_link_targets(RootfsBuilder& builder, const FileTree& tree, const Additions& additions) {
  for (const Addition& addition : additions.files) {
    if (addition.status.kind != FileKind::symlink) continue;
    const std::string link = addition.destination.str();
    if (walk(PlanTree(builder.rootfs(), tree), link).found()) continue;
    const std::string target = tree.read_link(addition.source);
    const std::string route = target.starts_with('/') ? target : link;
    const bool same_meaning = target.starts_with('/') || addition.source == addition.destination;
    const Walk file = walk(tree, route);
    if (same_meaning && file.found(FileKind::regular)) {
      builder.put_route(route, file,
                        {.kind = ReasonKind::added,
                         .by = addition.option,
                         .detail = "target of " + quoted(link)});
    } else {
      builder.rootfs().notes.push_back(quoted(link) + " is a symlink to " + quoted(target) +
                                       ", which is not in the image: add that, too, if it is used");
    }
  }
}

/// Where the programs and plug-ins that must load stand in the image.
void list_loadable(Rootfs& rootfs, const Needs& needs, const Additions& additions, ElfCache& elves,
                   const FileTree& image) {
  std::multimap<std::string, std::string> copies;
  for (const Addition& addition : additions.files)
    copies.emplace(addition.source.str(), addition.destination.str());
  const auto add_to = [&](std::vector<std::string>& list, const std::string& route) {
    const auto [first, last] = copies.equal_range(route);
    // A program may also be named on the command line, or be what a script runs: then it stands
    // in its own place, too. Where it does not, the startable check passes that over.
    list.push_back(route);
    for (auto copy = first; copy != last; ++copy)
      if (copy->second != route) list.push_back(copy->second);
  };
  for (const std::string& program : needs.programs) add_to(rootfs.programs, program);
  for (const std::string& library : needs.libraries) add_to(rootfs.libraries, library);
  for (const std::string& program : needs.in_base) {
    const Walk file = walk(image, program);
    // A script of the base is the base's own business.
    if (file.found(FileKind::regular) && elves.read(image, file.real, file.status.id).facts)
      rootfs.programs.push_back(program);
  }
}

void put_requested(RootfsBuilder& builder, const PlanRequest& request) {
  for (const DirectoryRequest& directory : request.directories) {
    Entry entry;
    entry.reason = {.kind = ReasonKind::added, .by = "--mkdir " + directory.path.str()};
    const ImagePath place =
        builder.put(directory.path, std::move(entry), RootfsBuilder::Claim::override);
    const auto planned = builder.rootfs().entries.find(place);
    if (directory.mode && planned != builder.rootfs().entries.end() &&
        planned->second.kind == EntryKind::directory)
      planned->second.mode = *directory.mode;
  }
  for (const SymlinkRequest& symlink : request.symlinks) {
    Entry entry;
    entry.kind = EntryKind::symlink;
    entry.mode = 0777;
    entry.target = symlink.target;
    entry.reason = {
        ReasonKind::added, "--symlink " + symlink.path.str() + ":" + symlink.target, {}};
    builder.put(symlink.path, std::move(entry), RootfsBuilder::Claim::override);
  }
  if (const ImagePath folder(request.working_dir.empty() ? "/" : request.working_dir);
      !folder.is_root()) {
    Entry entry;
    entry.reason = {.kind = ReasonKind::added, .by = "--workdir " + folder.str()};
    builder.put(folder, std::move(entry), RootfsBuilder::Claim::keep_first);
  }
}

/// What the excludes kept from being planned at all.
void note_left_out(Rootfs& rootfs, const Additions& additions,
                   const std::vector<PathPattern>& excludes) {
  for (const ImagePath& path : additions.left_out)
    rootfs.left_out.emplace(path, Reason{.kind = ReasonKind::added, .by = "--add"});
  if (const ImagePath cache(kLoaderCachePath); any_matches(excludes, cache))
    rootfs.left_out.emplace(cache, Reason{.kind = ReasonKind::loader_cache});
}

/// Says that a layer takes nothing away from the base; false when the base has no such thing.
bool say_stays(Rootfs& rootfs, const PathPattern& pattern) {
  if (!rootfs.base) return false;
  const auto used = std::find_if(rootfs.in_base.begin(), rootfs.in_base.end(),
                                 [&](const auto& path) { return pattern.matches(path.first); });
  std::string path;
  if (used != rootfs.in_base.end()) {
    path = used->first.str();
  } else if (pattern.str().starts_with('/') && rootfs.base->status(ImagePath(pattern.str()))) {
    path = pattern.str();
  }
  if (path.empty()) return false;
  rootfs.notes.push_back("--exclude " + quoted(pattern.str()) + ": " + quoted(path) +
                         " is in the base image and stays there");
  return true;
}

void leave_out(Rootfs& rootfs, const std::vector<PathPattern>& excludes) {
  for (const PathPattern& pattern : excludes) {
    std::set<ImagePath> gone;
    for (const auto& [path, entry] : rootfs.entries) {
      if (!pattern.matches(path) && !gone.contains(path.parent())) continue;
      gone.insert(path);
      if (entry.kind != EntryKind::directory) rootfs.left_out.insert_or_assign(path, entry.reason);
    }
    const bool in_additions =
        std::any_of(rootfs.left_out.begin(), rootfs.left_out.end(),
                    [&](const auto& path) { return pattern.matches(path.first); });
    const bool in_base = say_stays(rootfs, pattern);
    if (gone.empty() && !in_additions && !in_base)
      rootfs.notes.push_back("--exclude " + quoted(pattern.str()) +
                             " matches nothing in the image");
    for (const ImagePath& path : gone) rootfs.entries.erase(path);
  }
}

using Matching = bool (PathPattern::*)(const ImagePath&) const;

/// Calls `change` for every entry that the pattern names, symlinks aside: they have no mode, and
/// nobody means their owner.
template <typename Change>
void override_matching(Rootfs& rootfs, const PathPattern& pattern, Matching matches,
                       const char* option, Change change) {
  bool matched = false;
  for (auto& [path, entry] : rootfs.entries) {
    if (entry.kind == EntryKind::symlink || !(pattern.*matches)(path)) continue;
    matched = true;
    change(entry);
  }
  if (!matched)
    throw Error(std::string(option) + " " + quoted(pattern.str()) +
                (rootfs.base ? " matches nothing of the new layer: what only the base image has "
                               "stays as it is, unless --add or --mkdir puts it there anew"
                             : " matches nothing in the image"));
}

void apply_overrides(Rootfs& rootfs, const FileTree& tree, const PlanRequest& request) {
  for (const OwnerOverride& owner : request.owners) {
    const Owner value = parse_owner(PlanTree(rootfs, tree), owner.owner);
    override_matching(rootfs, owner.pattern, &PathPattern::matches, "--chown", [&](Entry& entry) {
      entry.uid = value.uid;
      if (value.gid) entry.gid = *value.gid;
    });
  }
  for (const ModeOverride& mode : request.modes)
    override_matching(rootfs, mode.pattern, &PathPattern::matches_itself, "--chmod",
                      [&](Entry& entry) { entry.mode = mode.mode; });
}

void say_kept_rights(Rootfs& rootfs) {
  for (const auto& [path, entry] : rootfs.entries) {
    if (entry.kind != EntryKind::file) continue;
    if (entry.mode & 06000)
      rootfs.notes.push_back(quoted(path.str()) + " keeps its " +
                             (entry.mode & 04000 ? "setuid" : "setgid") +
                             " bit: whoever runs it gains the rights of " +
                             (entry.mode & 04000 ? "user " + std::to_string(entry.uid)
                                                 : "group " + std::to_string(entry.gid)));
    if (!entry.capabilities.empty())
      rootfs.notes.push_back(quoted(path.str()) + " keeps its file capabilities");
  }
}

std::vector<std::string> cache_folders(const FileTree& tree, const PlanRequest& request) {
  std::vector<std::string> folders = request.library_path;
  for (const std::string& folder : ld_so_conf_directories(tree)) folders.push_back(folder);
  std::erase_if(folders, [](const std::string& folder) { return !folder.starts_with('/'); });
  return folders;
}

void put_cache(RootfsBuilder& builder, const FileTree& tree, ElfCache& elves,
               const Closure& closure, const PlanRequest& request) {
  if (any_matches(request.excludes, ImagePath(kLoaderCachePath))) return;
  if (request.base) {
    put_loader_cache_over_base(builder, tree, elves, closure);
  } else {
    put_loader_cache(builder, tree, elves, closure, cache_folders(tree, request),
                     request.essentials == Essentials::left_out ? LoaderCachePolicy::if_needed
                                                                : LoaderCachePolicy::always);
  }
}

}  // namespace

Rootfs plan_rootfs(const FileTree& tree, ElfCache& elves, const Needs& needs,
                   const Closure& closure, const Additions& additions, const PlanRequest& request) {
  RootfsBuilder builder(tree, request.base);
  Rootfs& rootfs = builder.rootfs();
  const PlanTree image(rootfs, tree);
  put_programs(builder, tree, request);
  put_scripts(builder, tree, needs);
  if (!request.base) put_closure(builder, tree, closure);
  put_additions(builder, tree, additions);
  put_link_targets(builder, tree, additions);
  put_requested(builder, request);
  list_loadable(rootfs, needs, additions, elves, image);
  const Closure over_base =
      request.base ? put_closure_over_base(builder, tree, elves, closure) : Closure();
  const Closure& in_image = request.base ? over_base : closure;
  put_musl_paths(builder, tree, in_image);
  if (request.essentials == Essentials::included) put_essentials(builder);
  note_left_out(rootfs, additions, request.excludes);
  leave_out(rootfs, request.excludes);
  // Last, for it lists what is left.
  put_cache(builder, tree, elves, in_image, request);
  builder.put_parents_of_base();
  apply_overrides(rootfs, tree, request);
  drop_unchanged(rootfs, tree);
  rootfs.notes.insert(rootfs.notes.end(), additions.notes.begin(), additions.notes.end());
  say_kept_rights(rootfs);
  return std::move(rootfs);
}

}  // namespace pack
