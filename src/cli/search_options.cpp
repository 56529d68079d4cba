#include "cli/search_options.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "closure/path_list.h"
#include "pack.h"

namespace pack {

namespace {

/// The folders in the place of LD_LIBRARY_PATH. As the loader has it, an empty element is the
/// working directory, and relative ones start there.
std::vector<std::string> resolve_library_path(const std::vector<std::string>& lists,
                                              const std::string& working_dir) {
  std::vector<std::string> folders;
  for (const std::string& list : lists) {
    for (std::string folder : split_path_list(list, ":;")) {
      if (!folder.starts_with('/') && !folder.starts_with('$')) folder = working_dir + '/' + folder;
      folders.push_back(std::move(folder));
    }
  }
  return folders;
}

HwcapsChoice resolve_hwcaps(const std::string& text) {
  if (text.empty() || text == "all") return {};
  HwcapsChoice choice{.all = false, .levels = {}};
  if (text == "none") return choice;
  for (const std::string& level : split_path_list(text, ",")) {
    if (level.empty() || level.find('/') != level.npos || level == "all" || level == "none")
      throw UsageError("--hwcaps " + quoted(text) +
                       ": write levels separated by commas, as x86-64-v2,x86-64-v3, or all, or "
                       "none");
    choice.levels.push_back(level);
  }
  return choice;
}

/// Absolute, without "." and repeated '/'. A ".." in front goes up from `from`, which has no
/// symlinks; any other stays where it is: only the walk through the tree knows what it means.
std::string route_of(const std::string& path, const std::string& from) {
  std::string route = path.starts_with('/') || from == "/" ? "" : from;
  bool in_front = !path.starts_with('/');
  for (const std::string& part : split_path_list(path, "/")) {
    if (part.empty() || part == ".") continue;
    in_front = in_front && part == "..";
    if (in_front) {
      route.resize(std::min(route.rfind('/'), route.size()));
    } else {
      (route += '/') += part;
    }
  }
  return route.empty() ? "/" : route;
}

}  // namespace

void add_search_options(CLI::App& app, SearchOptions& options, const char* group,
                        const char* hwcaps_default) {
  app.add_option("--root", options.root, "read from this folder as if it were /")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--library-path", options.library_paths,
                 "searched where the loader searches LD_LIBRARY_PATH")
      ->type_name("DIRS")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option(
         "--hwcaps", options.hwcaps,
         std::string("variants for better CPUs: levels, all or none [") + hwcaps_default + "]")
      ->type_name("LEVELS")
      ->group(group);
}

SearchPlaces resolve_search(const SearchOptions& options, const Surroundings& surroundings) {
  if (options.root.empty()) throw UsageError("--root: an empty path names no folder");
  const bool host = options.root == "/";
  SearchPlaces places{.root = options.root,
                      .working_dir = host ? surroundings.working_dir : "",
                      .program_path = host ? surroundings.path : std::string(kDefaultPath),
                      .library_path = {},
                      .hwcaps = resolve_hwcaps(options.hwcaps)};
  std::vector<std::string> lists = options.library_paths;
  if (host && surroundings.ld_library_path) lists.push_back(*surroundings.ld_library_path);
  places.library_path = resolve_library_path(lists, places.working_dir);
  return places;
}

std::vector<std::string> resolve_programs(const std::vector<std::string>& words,
                                          const SearchPlaces& places) {
  std::vector<std::string> programs;
  for (const std::string& word : words) {
    if (word.empty()) throw UsageError("an empty word names no program");
    const bool bare_name = word.find('/') == word.npos;
    programs.push_back(bare_name ? word : route_of(word, places.working_dir));
  }
  return programs;
}

}  // namespace pack
