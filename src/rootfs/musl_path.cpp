// musl's loader has no cache. Apart from RPATH, RUNPATH and LD_LIBRARY_PATH, which an image does
// not set, it searches the folders that its path file lists, or three default ones when there is no
// such file. So a library that was found through LD_LIBRARY_PATH starts in the image when its
// folder is in that file; and because the file replaces the default, what was searched before must
// be in it, too. Over a base image, whose programs read the same file, the base's folders come
// first.

#include "rootfs/musl_path.h"

#include <algorithm>
#include <map>

#include "closure/musl_path.h"
#include "rootfs/plan_tree.h"

namespace pack {

namespace {

using Folders = std::vector<std::string>;

void add_once(Folders& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

/// Where LD_LIBRARY_PATH led, in the order of the closure.
void add_folders_of_library_path(const Process& process, Folders& folders) {
  for (const Edge& edge : process.edges)
    if (edge.rule == SearchRule::library_path)
      add_once(folders, edge.route.substr(0, edge.route.rfind('/')));
}

Entry path_file(const Folders& folders) {
  Entry entry;
  entry.kind = EntryKind::file;
  entry.mode = 0644;
  entry.reason.kind = ReasonKind::loader_cache;
  for (const std::string& folder : folders) (entry.content += folder) += '\n';
  return entry;
}

void put_over_base(RootfsBuilder& builder, const FileTree& tree, const MuslLoader& loader,
                   const Folders& wanted) {
  if (wanted.empty()) return;
  Folders folders = musl_system_folders(PlanTree(builder.rootfs(), tree), loader).folders;
  for (const std::string& folder : wanted) add_once(folders, folder);
  builder.put(ImagePath(loader.path_file), path_file(folders), RootfsBuilder::Claim::over_base);
}

}  // namespace

void put_musl_paths(RootfsBuilder& builder, const FileTree& tree, const Closure& closure) {
  struct Wanted {
    MuslLoader loader;
    Folders folders;  ///< those that the loader would not search by itself
  };
  std::map<std::string, Wanted> files;  // by path: several programs share one
  for (const Process& process : closure.processes) {
    const auto loader = musl_loader(process);
    if (!loader) continue;
    Wanted& wanted = files.try_emplace(loader->path_file, Wanted{*loader, {}}).first->second;
    add_folders_of_library_path(process, wanted.folders);
  }
  const Reason reason{.kind = ReasonKind::loader_cache};
  for (auto& [route, wanted] : files) {
    const ImagePath path(route);
    if (builder.has(path)) continue;
    if (builder.rootfs().base) {
      put_over_base(builder, tree, wanted.loader, wanted.folders);
    } else if (wanted.folders.empty()) {
      const Walk file = walk(tree, route);
      if (file.found(FileKind::regular)) builder.put_route(route, file, reason);
    } else {
      for (const std::string& folder : musl_system_folders(tree, wanted.loader).folders)
        add_once(wanted.folders, folder);
      builder.put(path, path_file(wanted.folders), RootfsBuilder::Claim::keep_first);
    }
  }
}

}  // namespace pack
