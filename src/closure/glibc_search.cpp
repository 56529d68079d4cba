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
// has such entries, too (hwcaps_folders.h). An image may be started on any CPU, so the search is
// that of a CPU without any level, and the variants met on the way are noted beside what it finds.

#include "closure/glibc_search.h"

#include <algorithm>

#include "closure/glibc_process.h"

namespace pack {

namespace {

using Verdict = Candidate::Verdict;

bool is_over(Verdict verdict) { return verdict == Verdict::take || verdict == Verdict::stop; }

}  // namespace

SearchOutcome GlibcSearch::search(const std::string& name) && {
  notes_ = process_.request_.explain == Explain::every_search;
  run(name);
  if (!outcome_.found && !notes_) {
    // Most searches end well, and what they tried is of no interest. This one is to be explained.
    outcome_ = {};
    notes_ = true;
    run(name);
  }
  return std::move(outcome_);
}

void GlibcSearch::run(const std::string& name) {
  if (name.find('/') != name.npos) {
    by_path(name);
  } else {
    by_rules(name);
  }
  settle_for_variant();
}

bool GlibcSearch::by_rules(const std::string& name) {
  return by_rpath(name) || in_folders(process_.library_path_, SearchRule::library_path, name) ||
         in_folders(process_.runpath_of(from_), SearchRule::runpath, name) || by_cache(name) ||
         (!no_default_libraries() &&
          in_folders(process_.default_folders_, SearchRule::default_directory, name));
}

bool GlibcSearch::by_path(const std::string& name) {
  bool found = false;
  for (const ExpandedText& route : expand_tokens(name, process_.tokens_of(from_))) {
    if (route.platform.empty()) {
      found = is_over(attempt(route.text, SearchRule::path));
    } else {
      note_variant(route.platform, route.text, SearchRule::path);
    }
  }
  return found;
}

bool GlibcSearch::by_rpath(const std::string& name) {
  if (process_.process_.objects[from_].facts->runpath) return false;
  bool program_done = false;
  for (std::optional<size_t> object = from_; object; object = process_.mapped_[*object].loader) {
    if (in_rpath_of(*object, name)) return true;
    program_done = program_done || *object == 0;
  }
  return !program_done && in_rpath_of(0, name);
}

bool GlibcSearch::in_rpath_of(size_t object, const std::string& name) {
  const size_t before = outcome_.searched.size();
  const bool over = in_folders(process_.rpath_of(object), SearchRule::rpath, name);
  for (size_t i = before; i < outcome_.searched.size(); ++i)
    outcome_.searched[i].owner = process_.process_.objects[object].route;
  return over;
}

bool GlibcSearch::by_cache(const std::string& name) {
  const std::vector<std::string>& system = process_.constants_.default_directories;
  const auto in_system_folder = [&](const std::string& path) {
    return std::any_of(system.begin(), system.end(),
                       [&](const std::string& folder) { return path.starts_with(folder + '/'); });
  };
  const LdSoCache* cache = process_.root_.cache();
  if (!cache) {
    if (process_.request_.without_cache == WithoutCache::go_without) return false;
    std::vector<std::string> folders = process_.root_.conf_directories();
    if (no_default_libraries())
      std::erase_if(folders, [&](const std::string& it) { return in_system_folder(it + '/'); });
    return in_folders(process_.looked_up(folders), SearchRule::ld_so_conf, name);
  }
  const auto matches = ld_so_cache_matches(*cache, name, process_.cache_flags());
  if (matches.empty()) note("/etc/ld.so.cache", "", SearchRule::ld_so_cache, "not listed");
  for (const LdSoCacheEntry* match : matches) {
    if (no_default_libraries() && in_system_folder(match->path)) {
      note(match->path, "", SearchRule::ld_so_cache,
           "a default directory, which -z nodefaultlib bars");
    } else if (const std::string level = level_of(*match); !level.empty()) {
      note_variant(level, match->path, SearchRule::ld_so_cache);
    } else if (match->hwcap == 0 || !process_.constants_.legacy_parts.empty()) {
      // The first one that the CPU can run is the loader's choice, good or bad.
      return is_over(attempt(match->path, SearchRule::ld_so_cache));
    }
  }
  return false;
}

/// What an entry asks of the CPU; empty: nothing that is not everywhere.
std::string GlibcSearch::level_of(const LdSoCacheEntry& entry) const {
  if (entry.hwcaps_level) return *entry.hwcaps_level;
  return entry.hwcap == 0 ? "" : legacy_level(entry.path, process_.constants_.legacy_parts);
}

bool GlibcSearch::in_folders(const std::vector<LibraryFolder>& folders, SearchRule rule,
                             const std::string& name) {
  for (const LibraryFolder& folder : folders) {
    const Verdict verdict = in_folder(folder, rule, name);
    if (verdict != Verdict::pass_over) return is_over(verdict);
  }
  return false;
}

Verdict GlibcSearch::in_folder(const LibraryFolder& folder, SearchRule rule,
                               const std::string& name) {
  const std::string& route = folder.route;
  if (!folder.void_because.empty()) {
    note(route, '/' + name, rule, folder.void_because);
    return Verdict::pass_over;
  }
  if (!folder.platform.empty()) {
    note_variant(folder.platform, route + '/' + name, rule);
    return Verdict::pass_over;
  }
  // An empty element is the working directory: a relative route, which attempt() refuses.
  if (route.empty() || route == "/") return attempt(route + name, rule);
  if (route.starts_with('/')) {
    for (const HwcapsFolder& below : process_.root_.hwcaps_folders(route, process_.constants_)) {
      const std::string variant = below.route + '/' + name;
      if (!below.level.empty()) {
        note_variant(below.level, variant, rule);
      } else if (const Verdict verdict = attempt(variant, rule); is_over(verdict)) {
        return verdict;
      }
    }
  }
  return attempt(route + '/' + name, rule);
}

Verdict GlibcSearch::attempt(const std::string& route, SearchRule rule) {
  if (!route.starts_with('/')) {
    note(route, "", rule, "relative to the working directory, which an image does not fix");
    return Verdict::pass_over;
  }
  process_.count_try();
  const Candidate& candidate = process_.root_.look_at(route, process_.machine());
  if (candidate.verdict == Verdict::take) {
    outcome_.found = {route, rule, {}, candidate.walk, candidate.facts};
  } else {
    note(route, "", rule, candidate.why);
    if (candidate.verdict == Verdict::stop) outcome_.broken = quoted(route) + ": " + candidate.why;
  }
  return candidate.verdict;
}

void GlibcSearch::note(std::string_view folder, std::string_view rest, SearchRule rule,
                       std::string_view verdict) {
  if (!notes_) return;
  // A hostile file may ask for thousands of names in thousands of folders.
  constexpr size_t kMostOfOneSearch = 1'000;
  constexpr size_t kMostOfAllSearches = 100'000;
  if (outcome_.searched.size() == kMostOfOneSearch ||
      process_.places_noted_ == kMostOfAllSearches) {
    ++outcome_.more_searched;
    return;
  }
  ++process_.places_noted_;
  outcome_.searched.push_back({std::string(folder) += rest, rule, std::string(verdict), {}});
}

void GlibcSearch::note_variant(const std::string& level, const std::string& route,
                               SearchRule rule) {
  if (!route.starts_with('/')) return;
  const Candidate& candidate = process_.root_.look_at(route, process_.machine());
  if (candidate.verdict != Verdict::take) {
    if (candidate.walk->found())
      note(route, "", rule, candidate.why + " (for CPUs of " + level + " only)");
  } else if (!process_.request_.hwcaps.takes(level)) {
    note(route, "", rule, "for CPUs of " + level + " only, which --hwcaps leaves out");
  } else {
    outcome_.variants.push_back({route, rule, level, candidate.walk, candidate.facts});
  }
}

/// Where nothing is there for every CPU, the program starts on those of the variant's level.
void GlibcSearch::settle_for_variant() {
  if (outcome_.found || !outcome_.broken.empty() || outcome_.variants.empty()) return;
  outcome_.found = std::move(outcome_.variants.front());
  outcome_.found->hwcaps_level.clear();
  outcome_.variants.erase(outcome_.variants.begin());
}

bool GlibcSearch::no_default_libraries() const {
  return process_.process_.objects[from_].facts->no_default_libraries();
}

}  // namespace pack
