#include "needs/image_start.h"

#include <optional>

#include "closure/path_list.h"

namespace pack {

namespace {

std::optional<std::string> variable(const ImageConfig& config, const std::string& name) {
  for (const std::string& entry : config.env)
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  return std::nullopt;
}

std::string path_of(const ImageConfig& config) {
  return variable(config, "PATH").value_or(std::string(kDefaultPath));
}

std::string folder_of(const ImageConfig& config) {
  return config.working_dir.starts_with('/') ? config.working_dir : "/" + config.working_dir;
}

std::string from(const std::string& folder, const std::string& path) {
  return path.starts_with('/') ? path : folder + (folder.ends_with('/') ? "" : "/") + path;
}

/// Where a word may lead, in order.
std::vector<std::string> routes_of(const std::string& word, const ImageConfig& config) {
  if (word.find('/') != word.npos) return {from(folder_of(config), word)};
  std::vector<std::string> routes;
  for (const std::string& folder : split_path_list(path_of(config), ":"))
    if (folder.starts_with('/')) routes.push_back(from(folder, word));
  return routes;
}

std::string why_not_found(const std::string& word, const ImageConfig& config,
                          const std::string& not_executable) {
  if (!not_executable.empty()) return quoted(not_executable) + " is not executable";
  return quoted(word) + " is not in the image" +
         (word.find('/') == word.npos ? ", on its PATH (" + path_of(config) + ")" : "");
}

/// The route of the file that is executed. Throws Error when there is none.
std::string find_word(const FileTree& tree, const std::string& word, const ImageConfig& config) {
  std::string not_executable;
  for (const std::string& route : routes_of(word, config)) {
    const Walk file = walk(tree, route);
    if (file.found(FileKind::directory) && word.find('/') != word.npos)
      throw Error(quoted(word) + " is a folder, and no program");
    if (!file.found(FileKind::regular)) continue;
    if (file.status.mode & 0111) return route;
    if (not_executable.empty()) not_executable = route;
  }
  throw Error(why_not_found(word, config, not_executable));
}

std::vector<std::string> library_path_of(const ImageConfig& config) {
  std::vector<std::string> folders;
  for (const std::string& folder :
       split_path_list(variable(config, "LD_LIBRARY_PATH").value_or(""), ":;"))
    folders.push_back(folder.starts_with('$') ? folder : from(folder_of(config), folder));
  return folders;
}

}  // namespace

ImageStart find_image_start(const FileTree& tree, ElfCache& elves, const ImageConfig& config,
                            OpenedLater opened_later) {
  ImageStart start;
  start.words = config.entrypoint;
  start.words.insert(start.words.end(), config.cmd.begin(), config.cmd.end());
  if (start.words.empty()) return start;
  try {
    start.program = find_word(tree, start.words.front(), config);
    start.needs = find_needs(tree, elves, {start.program}, {}, path_of(config));
    start.closure = find_closure(tree, elves,
                                 {.programs = start.needs.programs,
                                  .library_path = library_path_of(config),
                                  .without_cache = WithoutCache::go_without,
                                  .opened_later = opened_later});
  } catch (const Error& error) {
    start.failure = error.what();
  }
  return start;
}

}  // namespace pack
