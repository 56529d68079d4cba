#include "rootfs/plan.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "closure/ld_so_conf.h"
#include "rootfs/accounts.h"
#include "rootfs/essentials.h"
#include "rootfs/loader_cache.h"
#include "rootfs/musl_path.h"
#include "rootfs/plan_tree.h"
#include "rootfs/rootfs_builder.h"

namespace pack {

namespace {

void put_programs(RootfsBuilder& builder, const FileTree& tree, const PlanRequest& request) {
  for (const std::string& program : request.programs)
    builder.put_route(program, walk(tree, program), {.kind = ReasonKind::program});
}

void put_scripts(RootfsBuilder& builder, const FileTree& tree, const Needs& needs) {
  for (const ScriptUse& use : needs.scripts)
    builder.put_route(use.program, walk(tree, use.program),
                      {.kind = ReasonKind::script, .by = use.script, .detail = use.line});
}

Reason reason_of(const Process& process, const Edge& edge) {
  const std::string& by = process.objects[edge.from].route;
  if (edge.rule == SearchRule::interpreter) return {.kind = ReasonKind::interpreter, .by = by};
  if (edge.later)
    return {.kind = ReasonKind::opened,
            .by = by,
            .detail = edge.name,
            .rule = edge.rule,
            .opening = describe(*edge.later)};
  return {.kind = ReasonKind::needed, .by = by, .detail = edge.name, .rule = edge.rule};
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
void list_loadable(Rootfs& rootfs, const Needs& needs, const Additions& additions) {
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
}

void put_requested(RootfsBuilder& builder, const PlanRequest& request) {
  for (const DirectoryRequest& directory : request.directories) {
    Entry entry;
    entry.mode = directory.mode;
    entry.reason = {.kind = ReasonKind::added, .by = "--mkdir " + directory.path.str()};
    builder.put(directory.path, std::move(entry), RootfsBuilder::Claim::override);
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
    if (gone.empty() && !in_additions)
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
                " matches nothing in the image");
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

}  // namespace

Rootfs plan_rootfs(const FileTree& tree, ElfCache& elves, const Needs& needs,
                   const Closure& closure, const Additions& additions, const PlanRequest& request) {
  const bool bare = request.essentials == Essentials::left_out;
  RootfsBuilder builder(tree);
  put_programs(builder, tree, request);
  put_scripts(builder, tree, needs);
  put_closure(builder, tree, closure);
  put_additions(builder, tree, additions);
  put_link_targets(builder, tree, additions);
  put_requested(builder, request);
  put_musl_paths(builder, tree, closure);
  if (!bare) put_essentials(builder);
  note_left_out(builder.rootfs(), additions, request.excludes);
  leave_out(builder.rootfs(), request.excludes);
  // Last, for it lists what is left.
  if (!any_matches(request.excludes, ImagePath(kLoaderCachePath)))
    put_loader_cache(builder, tree, elves, closure, cache_folders(tree, request),
                     bare ? LoaderCachePolicy::if_needed : LoaderCachePolicy::always);
  Rootfs rootfs = std::move(builder.rootfs());
  list_loadable(rootfs, needs, additions);
  apply_overrides(rootfs, tree, request);
  rootfs.notes.insert(rootfs.notes.end(), additions.notes.begin(), additions.notes.end());
  say_kept_rights(rootfs);
  return rootfs;
}

}  // namespace pack
