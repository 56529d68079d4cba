// glibc's loader finds a library that is neither in a default folder nor in a RPATH or RUNPATH only
// through /etc/ld.so.cache; the ld.so.conf that led ldconfig there counts for nothing at run time.
// So the image needs a cache of its own, and it must hold
//   1. each name that the closure found through the host's cache, ld.so.conf or LD_LIBRARY_PATH,
//   2. and, so that plug-ins and `ldconfig -p` see what they would see after running ldconfig in
//      the image, each shared library in one of the folders: under its soname, when the folder has
//      a file or symlink of that name; a symlink that the linker uses (libx.so) under its own.
// Over a base image, the base's cache stays as long as it does. Where a new one is needed, it lists
// the base's libraries first, so that its own programs load what they did before.
//
// Where two folders have a library of one name, the loader takes the first entry: earlier folders
// come first, and only one entry a name and machine is kept.

#include "rootfs/loader_cache.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "closure/ld_so_cache.h"
#include "closure/ld_so_conf.h"
#include "closure/musl_loader.h"
#include "rootfs/plan_tree.h"

namespace pack {

namespace {

/// Marks the hwcap of an entry that has a glibc-hwcaps level (DL_CACHE_HWCAP_EXTENSION).
constexpr uint64_t kHwcapsExtension = uint64_t{1} << 62;

bool found_through_cache(SearchRule rule) {
  return rule == SearchRule::ld_so_cache || rule == SearchRule::ld_so_conf ||
         rule == SearchRule::library_path;
}

std::string folder_of(const std::string& route) {
  return route.substr(0, std::max<size_t>(route.rfind('/'), 1));
}

void add_once(std::vector<std::string>& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

/// Names that ldconfig looks at (search_dir() in glibc's elf/ldconfig.c).
bool looks_like_library(std::string_view name) {
  const bool loader =
      name.starts_with("ld-") || name.starts_with("ld.so.") || name.starts_with("ld64.so.");
  return (name.starts_with("lib") || loader) && name.find(".so") != name.npos;
}

class CacheBuilder {
 public:
  CacheBuilder(const FileTree& image, ElfCache& elves) : image_(image), elves_(elves) {}

  void add_edges(const Process& process) {
    for (const Edge& edge : process.edges) {
      if (!found_through_cache(edge.rule)) continue;
      const LoadedObject& library = process.objects[edge.to];
      if (walk(image_, library.route).found())
        add(edge.name, library.route, ld_so_cache_flags(*library.facts), library.hwcaps_level);
    }
  }

  void add_folder(const std::string& route) {
    const Walk folder = walk(image_, route);
    if (!folder.found(FileKind::directory)) return;
    add_libraries(route, folder, "");
    const std::string hwcaps = route + "/glibc-hwcaps";
    const Walk levels = walk(image_, hwcaps);
    if (!levels.found(FileKind::directory)) return;
    for (const std::string& level : image_.list(levels.real)) {
      const std::string below = hwcaps + '/' + level;
      const Walk variants = walk(image_, below);
      if (variants.found(FileKind::directory)) add_libraries(below, variants, level);
    }
  }

  std::vector<LdSoCacheEntry> take() && { return std::move(entries_); }

 private:
  void add_libraries(const std::string& route, const Walk& folder, const std::string& level) {
    for (const std::string& name : image_.list(folder.real))
      if (looks_like_library(name)) add_library(folder.real, route, name, level);
  }

  /// `place` is where the folder at the route `folder` really is.
  void add_library(const ImagePath& place, const std::string& folder, const std::string& name,
                   const std::string& level) {
    const std::string route = folder + '/' + name;
    const Walk file = walk(image_, route);
    if (!file.found(FileKind::regular)) return;
    const auto facts = elves_.read(image_, file.real, file.status.id).facts;
    if (!facts || facts->type != ElfType::shared || !facts->dynamic) return;
    const bool is_link = file.real != place.child(name);
    const std::string key = is_link ? key_of_link(name, *facts) : facts->soname.value_or(name);
    if (key == name || walk(image_, folder + '/' + key).found(FileKind::regular))
      add(key, folder + '/' + key, ld_so_cache_flags(*facts), level);
  }

  /// The name under which ldconfig lists a symlink: the soname, except for the one that ld(1) uses.
  static std::string key_of_link(const std::string& name, const ElfFacts& facts) {
    if (!facts.soname) return name;
    const bool for_linker = name.ends_with(".so") && facts.soname->starts_with(name);
    return for_linker ? name : *facts.soname;
  }

  void add(const std::string& name, const std::string& route, uint32_t flags,
           const std::string& level) {
    if (!seen_.emplace(name, flags, level).second) return;
    LdSoCacheEntry entry;
    entry.flags = flags;
    entry.name = name;
    entry.path = route;
    if (!level.empty()) {
      entry.hwcaps_level = level;
      entry.hwcap = kHwcapsExtension;
    }
    entries_.push_back(std::move(entry));
  }

  const FileTree& image_;
  ElfCache& elves_;
  std::set<std::tuple<std::string, uint32_t, std::string>> seen_;
  std::vector<LdSoCacheEntry> entries_;
};

/// The processes whose loader reads a cache: those with an interpreter that is not musl's.
std::vector<const Process*> cached_processes(const Closure& closure) {
  std::vector<const Process*> out;
  for (const Process& process : closure.processes)
    if (process.interpreter && !musl_loader(process)) out.push_back(&process);
  return out;
}

/// The folders of libraries that need a cache to be found; their variants stand below.
std::vector<std::string> folders_behind_cache(const Process& process) {
  std::vector<std::string> folders;
  for (const Edge& edge : process.edges) {
    const LoadedObject& library = process.objects[edge.to];
    if (found_through_cache(edge.rule) && library.hwcaps_level.empty())
      add_once(folders, folder_of(library.route));
  }
  return folders;
}

bool found_by(SearchRule rule, const std::vector<const Process*>& processes) {
  return std::any_of(processes.begin(), processes.end(), [&](const Process* process) {
    return std::any_of(process->edges.begin(), process->edges.end(),
                       [&](const Edge& edge) { return edge.rule == rule; });
  });
}

Entry cache_entry(CacheBuilder cache, const Process& process) {
  Entry entry;
  entry.kind = EntryKind::file;
  entry.mode = 0644;
  entry.reason.kind = ReasonKind::loader_cache;
  const ByteOrder order = process.objects.front().facts->machine.byte_order;
  entry.content = encode_ld_so_cache(std::move(cache).take(), order);
  return entry;
}

bool is_needed(const std::vector<const Process*>& processes) {
  for (const Process* process : processes) {
    const auto& searched = process->default_directories;
    for (const std::string& folder : folders_behind_cache(*process))
      if (std::find(searched.begin(), searched.end(), folder) == searched.end()) return true;
  }
  return false;
}

}  // namespace

void put_loader_cache(RootfsBuilder& builder, const FileTree& tree, ElfCache& elves,
                      const Closure& closure, const std::vector<std::string>& folders,
                      LoaderCachePolicy policy) {
  const auto processes = cached_processes(closure);
  if (processes.empty() || builder.has(ImagePath(kLoaderCachePath))) return;
  if (policy == LoaderCachePolicy::if_needed && !is_needed(processes)) return;

  const PlanTree image(builder.rootfs(), tree);
  CacheBuilder cache(image, elves);
  std::vector<std::string> all = folders;
  for (const Process* process : processes) {
    cache.add_edges(*process);
    for (const std::string& folder : folders_behind_cache(*process)) add_once(all, folder);
  }
  for (const Process* process : processes)
    for (const std::string& folder : process->default_directories) add_once(all, folder);
  for (const std::string& folder : all) cache.add_folder(folder);

  builder.put(ImagePath(kLoaderCachePath), cache_entry(std::move(cache), *processes.front()),
              RootfsBuilder::Claim::keep_first);
}

void put_loader_cache_over_base(RootfsBuilder& builder, const FileTree& tree, ElfCache& elves,
                                const Closure& in_image) {
  const auto processes = cached_processes(in_image);
  if (builder.has(ImagePath(kLoaderCachePath)) || !found_by(SearchRule::library_path, processes))
    return;
  const PlanTree image(builder.rootfs(), tree);
  CacheBuilder cache(image, elves);
  std::vector<std::string> all = ld_so_conf_directories(image);
  for (const Process* process : processes) {
    cache.add_edges(*process);
    for (const std::string& folder : process->default_directories) add_once(all, folder);
  }
  for (const Process* process : processes)
    for (const std::string& folder : folders_behind_cache(*process)) add_once(all, folder);
  for (const std::string& folder : all) cache.add_folder(folder);
  builder.put(ImagePath(kLoaderCachePath), cache_entry(std::move(cache), *processes.front()),
              RootfsBuilder::Claim::over_base);
}

}  // namespace pack
