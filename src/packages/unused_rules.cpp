// Why a library that is there is not found. The loader's rules leave out places that people expect
// to be searched (ld.so(8), "DESCRIPTION"; loader's order in closure/glibc_search.cpp):
//
//   - the RUNPATH of a program serves for what the program itself needs; what its libraries need is
//     not searched there (an RPATH would be);
//   - the RPATH of an object is void when that object, or the one that asks, has a RUNPATH;
//   - an object linked with -z nodefaultlib gets nothing out of the default folders;
//   - a folder of ld.so.conf is searched through /etc/ld.so.cache alone, which may be older;
//   - a file is found by its name: one with the right soname inside but another name is not.
//
// Only what would work is told: a library of the right machine stands there.

#include "packages/unused_rules.h"

#include <algorithm>

#include "closure/ld_so_conf.h"
#include "closure/loader_constants.h"
#include "closure/musl_loader.h"
#include "closure/path_list.h"
#include "packages/loadable.h"
#include "packages/package_text.h"

namespace pack {

namespace {

using Kind = MissingHint::Kind;

constexpr uint64_t kLargestCache = 64 << 20;
constexpr uint64_t kLargestLoader = 16 << 20;

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// The object, what first asked for it, and so on up to the program.
std::vector<size_t> chain_of(const Process& process, size_t object) {
  std::vector<size_t> chain = {object};
  while (chain.back() != 0) {
    const auto edge = std::find_if(process.edges.begin(), process.edges.end(), [&](const Edge& it) {
      return it.to == chain.back() && it.from != it.to;
    });
    const bool ends = edge == process.edges.end() ||
                      std::find(chain.begin(), chain.end(), edge->from) != chain.end();
    chain.push_back(ends ? 0 : edge->from);
  }
  return chain;
}

}  // namespace

struct UnusedRules::Search {
  const Process& process;
  size_t asker;
  const Unresolved& missing;
  std::vector<MissingHint> hints = {};

  const ElfFacts& facts(size_t object) const { return *process.objects[object].facts; }
};

/// A hint if the library is in that folder and the loader has not looked there.
bool UnusedRules::add(Search& search, Kind kind, const std::string& folder, size_t object) {
  const std::string path = folder + (folder.ends_with('/') ? "" : "/") + search.missing.name;
  const auto& searched = search.missing.searched;
  const bool looked = std::any_of(searched.begin(), searched.end(), [&](const Searched& place) {
    return place.path == path && kind != Kind::no_default_folders;
  });
  const bool told = std::any_of(search.hints.begin(), search.hints.end(),
                                [&](const MissingHint& hint) { return hint.path == path; });
  if (looked || told || !folder.starts_with('/') ||
      !is_loadable(tree_, elves_, path, search.facts(search.asker).machine))
    return false;
  search.hints.push_back({.kind = kind,
                          .name = search.missing.name,
                          .needed_by = search.missing.needed_by,
                          .path = path,
                          .package = {},
                          .object = search.process.objects[object].route,
                          .manager = {}});
  return true;
}

std::vector<std::string> UnusedRules::folders_of(const Process& process, size_t object,
                                                 const std::string& list) {
  const LoadedObject& it = process.objects[object];
  // The kernel tells the program's real path; of a library only the route is known.
  DynamicTokens tokens{
      .origin = folder_of(object == 0 ? walk(tree_, it.route).real.str() : it.route),
      .lib = {},
      .platforms = {}};
  if (list.find('$') != list.npos && process.interpreter) {
    const LoadedObject& loader = process.objects[*process.interpreter];
    const LoaderConstants constants =
        loader_constants(text_at(tree_, loader.route, kLargestLoader), loader.facts->machine);
    tokens.lib = constants.lib;
    tokens.platforms = constants.platforms;
  }
  std::vector<std::string> folders;
  for (ExpandedText& folder : expand_path_list(list, ":", tokens))
    folders.push_back(std::move(folder.text));
  return folders;
}

void UnusedRules::by_search_paths(Search& search) {
  const bool asker_has_runpath = search.facts(search.asker).runpath.has_value();
  for (const size_t object : chain_of(search.process, search.asker)) {
    const ElfFacts& facts = search.facts(object);
    if (facts.runpath && object != search.asker)
      for (const std::string& folder : folders_of(search.process, object, *facts.runpath))
        add(search, Kind::runpath_not_inherited, folder, object);
    if (facts.rpath && (facts.runpath || asker_has_runpath))
      for (const std::string& folder : folders_of(search.process, object, *facts.rpath))
        add(search, facts.runpath ? Kind::rpath_void : Kind::rpath_overridden, folder, object);
  }
}

void UnusedRules::by_default_folders(Search& search) {
  if (!search.facts(search.asker).no_default_libraries()) return;
  for (const std::string& folder : search.process.default_directories)
    if (add(search, Kind::no_default_folders, folder, search.asker)) return;
}

const std::vector<std::string>& UnusedRules::conf_folders() {
  if (!conf_folders_) conf_folders_ = ld_so_conf_directories(tree_);
  return *conf_folders_;
}

bool UnusedRules::cache_lists(const std::string& name, const ElfFacts& asker) {
  if (!cache_read_) {
    cache_read_ = true;
    const std::string bytes = text_at(tree_, "/etc/ld.so.cache", kLargestCache);
    if (!bytes.empty()) cache_ = decode_ld_so_cache(bytes);
  }
  // Without a cache, the folders of ld.so.conf were searched themselves.
  return !cache_ || find_in_ld_so_cache(*cache_, name, ld_so_cache_flags(asker)) != nullptr;
}

void UnusedRules::by_conf(Search& search) {
  if (!search.missing.broken.empty() ||
      cache_lists(search.missing.name, search.facts(search.asker)))
    return;
  for (const std::string& folder : conf_folders())
    if (add(search, Kind::cache_stale, folder, search.asker)) return;
}

const std::vector<std::string>& UnusedRules::names_in_folder(const std::string& folder) {
  const auto [place, is_new] = names_.try_emplace(folder);
  if (is_new) place->second = names_in(tree_, folder);
  return place->second;
}

/// libx.so.1.2 with the soname libx.so.1, where the link that ldconfig makes is not there.
void UnusedRules::by_soname(Search& search) {
  const std::string& name = search.missing.name;
  for (const Searched& place : search.missing.searched) {
    if (!place.path.starts_with('/') || !place.path.ends_with('/' + name)) continue;
    const std::string folder = folder_of(place.path);
    const auto& names = names_in_folder(folder);  // sorted
    for (auto it = std::lower_bound(names.begin(), names.end(), name + '.');
         it != names.end() && it->starts_with(name + '.'); ++it) {
      const std::string path = folder + '/' + *it;
      if (!is_loadable(tree_, elves_, path, search.facts(search.asker).machine)) continue;
      const Walk file = walk(tree_, path);
      if (elves_.read(tree_, file.real, file.status.id).facts->soname != name) continue;
      search.hints.push_back({.kind = Kind::link_missing,
                              .name = name,
                              .needed_by = search.missing.needed_by,
                              .path = path,
                              .package = {},
                              .object = {},
                              .manager = {}});
      return;
    }
  }
}

std::vector<MissingHint> UnusedRules::explain(const Process& process, size_t asker,
                                              const Unresolved& missing) {
  Search search{process, asker, missing};
  by_search_paths(search);
  if (!musl_loader(process)) {  // which knows neither
    by_default_folders(search);
    by_conf(search);
  }
  by_soname(search);
  return std::move(search.hints);
}

}  // namespace pack
