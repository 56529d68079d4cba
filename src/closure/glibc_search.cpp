// Where glibc's loader looks for a name that object L asks for (_dl_map_object in elf/dl-load.c):
//
//   a name with '/'  is a path, once its variables are replaced;
//   otherwise        1. unless L has a RUNPATH: the RPATH of L, of the object that loaded L, and so
//                       on up, then of the program;
//                    2. LD_LIBRARY_PATH;
//                    3. the RUNPATH of L, and of nothing else;
//                    4. /etc/ld.so.cache, without its system folders under -z nodefaultlib;
//                    5. the default folders compiled into the loader, unless -z nodefaultlib.
//
// At each place a file of another machine is passed over; a broken file ends the search.
//
// In each folder, glibc-hwcaps/LEVEL/NAME comes before NAME on CPUs of that level, and the cache
// has such entries, too. An image may be started on any CPU, so the search is that of a CPU without
// any level, and the variants met on the way are noted beside what it finds.

#include "closure/glibc_search.h"

#include <algorithm>

#include "closure/glibc_process.h"

namespace pack {

SearchOutcome GlibcSearch::search(const std::string& name) && {
  if (name.find('/') != name.npos) {
    by_path(name);
    return std::move(outcome_);
  }
  by_rules(name);
  settle_for_variant();
  return std::move(outcome_);
}

bool GlibcSearch::by_rules(const std::string& name) {
  return by_rpath(name) || in_directories(process_.library_path_, SearchRule::library_path, name) ||
         in_directories(process_.runpath_of(from_), SearchRule::runpath, name) || by_cache(name) ||
         (!no_default_libraries() && in_directories(process_.constants_.default_directories,
                                                    SearchRule::default_directory, name));
}

bool GlibcSearch::by_path(const std::string& name) {
  for (const std::string& route : expand_tokens(name, process_.tokens_of(from_)))
    if (attempt(route, SearchRule::path)) return true;
  return false;
}

bool GlibcSearch::by_rpath(const std::string& name) {
  if (process_.process_.objects[from_].facts->runpath) return false;
  bool program_done = false;
  for (std::optional<size_t> object = from_; object; object = process_.mapped_[*object].loader) {
    if (in_directories(process_.rpath_of(*object), SearchRule::rpath, name)) return true;
    program_done = program_done || *object == 0;
  }
  return !program_done && in_directories(process_.rpath_of(0), SearchRule::rpath, name);
}

bool GlibcSearch::by_cache(const std::string& name) {
  const std::vector<std::string>& system = process_.constants_.default_directories;
  const auto in_system_folder = [&](const std::string& path) {
    return std::any_of(system.begin(), system.end(),
                       [&](const std::string& folder) { return path.starts_with(folder + '/'); });
  };
  const LdSoCache* cache = process_.root_.cache();
  if (!cache) {
    if (process_.without_cache_ == WithoutCache::go_without) return false;
    std::vector<std::string> folders = process_.root_.conf_directories();
    if (no_default_libraries())
      std::erase_if(folders, [&](const std::string& it) { return in_system_folder(it + '/'); });
    return in_directories(folders, SearchRule::ld_so_conf, name);
  }
  const ElfFacts& asking = *process_.process_.objects[from_].facts;
  const LdSoCacheEntry* entry = find_in_ld_so_cache(*cache, name, ld_so_cache_flags(asking));
  if (!entry) {
    outcome_.searched.push_back({"/etc/ld.so.cache", SearchRule::ld_so_cache, "not listed"});
    return false;
  }
  if (no_default_libraries() && in_system_folder(entry->path)) return false;
  for (const LdSoCacheEntry* match : ld_so_cache_matches(*cache, name, ld_so_cache_flags(asking)))
    if (match->hwcaps_level && match != entry)
      note_variant(*match->hwcaps_level, match->path, SearchRule::ld_so_cache);
  return attempt(entry->path, SearchRule::ld_so_cache);
}

bool GlibcSearch::in_directories(const std::vector<std::string>& directories, SearchRule rule,
                                 const std::string& name) {
  return std::any_of(directories.begin(), directories.end(), [&](const std::string& directory) {
    // An empty element is the working directory: a relative route, which attempt() refuses.
    const bool bare = directory.empty() || directory == "/";
    if (!bare) note_variants(directory, rule, name);
    return attempt(bare ? directory + name : directory + '/' + name, rule);
  });
}

bool GlibcSearch::attempt(const std::string& route, SearchRule rule) {
  if (!route.starts_with('/')) {
    outcome_.searched.push_back(
        {route, rule, "relative to the working directory, which an image does not fix"});
    return false;
  }
  Candidate candidate =
      look_at(process_.root_.tree(), process_.root_.elves(), route, process_.machine());
  if (candidate.verdict != Candidate::Verdict::take) {
    outcome_.searched.push_back({route, rule, candidate.why});
    if (candidate.verdict == Candidate::Verdict::pass_over) return false;
    outcome_.broken = quoted(route) + ": " + candidate.why;
    return true;
  }
  outcome_.found = true;
  outcome_.route = route;
  outcome_.rule = rule;
  outcome_.walk = std::move(candidate.walk);
  outcome_.facts = std::move(candidate.facts);
  return true;
}

void GlibcSearch::note_variants(const std::string& directory, SearchRule rule,
                                const std::string& name) {
  if (!directory.starts_with('/')) return;
  for (const std::string& level : process_.root_.hwcaps_levels(directory))
    note_variant(level, directory + "/glibc-hwcaps/" + level + '/' + name, rule);
}

void GlibcSearch::note_variant(const std::string& level, const std::string& route,
                               SearchRule rule) {
  Candidate candidate =
      look_at(process_.root_.tree(), process_.root_.elves(), route, process_.machine());
  if (candidate.verdict != Candidate::Verdict::take) return;
  outcome_.variants.push_back(
      {level, route, rule, std::move(candidate.walk), std::move(candidate.facts)});
}

/// Where nothing is there for every CPU, the program starts on those of the variant's level.
void GlibcSearch::settle_for_variant() {
  if (outcome_.found || !outcome_.broken.empty() || outcome_.variants.empty()) return;
  FoundVariant variant = std::move(outcome_.variants.front());
  outcome_.variants.erase(outcome_.variants.begin());
  outcome_.found = true;
  outcome_.route = std::move(variant.route);
  outcome_.rule = variant.rule;
  outcome_.walk = std::move(variant.walk);
  outcome_.facts = std::move(variant.facts);
}

bool GlibcSearch::no_default_libraries() const {
  return process_.process_.objects[from_].facts->no_default_libraries();
}

}  // namespace pack
