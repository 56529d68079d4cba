// The folders that a process of glibc's loader searches: path lists with their variables replaced,
// each folder looked up once. A program that gains rights (secure_start.h) does not trust its user:
// LD_LIBRARY_PATH is void, and $ORIGIN counts only where it leads into a default folder, for the
// program could have been linked to another place.

#include <algorithm>

#include "base/error.h"
#include "closure/glibc_process.h"
#include "closure/secure_start.h"

namespace pack {

namespace {

constexpr std::string_view kNoSuchFolder = "no such folder";
constexpr std::string_view kNotTrusted =
    "not searched: the program gains rights (setuid, setgid or capabilities)";

/// The folder of a path, as the loader cuts it: up to the last '/'.
std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

void GlibcProcess::count_try() {
  constexpr size_t kMostTries = 1'000'000;
  if (++places_tried_ > kMostTries)
    throw Error(quoted(process_.objects[0].route) +
                " cannot be loaded: its libraries were searched "
                "at a million places without end; its RPATH or RUNPATH has too many folders");
}

void GlibcProcess::set_library_path() {
  if (!request_.library_path.empty()) {
    std::string list;
    for (const std::string& directory : request_.library_path) (list += directory) += ':';
    list.pop_back();
    library_path_ = looked_up(expand_path_list(list, ":;", tokens_of(0)));
    if (gains_rights(root_.tree(), *process_.objects[0].walk))
      for (LibraryFolder& folder : library_path_) folder.void_because = kNotTrusted;
  }
  // What makes a search depend on more than the name, when no RPATH or RUNPATH has a say.
  const auto part = [](auto number) { return '\n' + std::to_string(static_cast<int>(number)); };
  std::string key = part(machine().elf_class) + part(machine().byte_order) +
                    part(machine().number) + '\n' + std::to_string(cache_flags_);
  key += constants_.legacy_parts.empty() ? "\n" : "\nlegacy";
  for (const LibraryFolder& folder : default_folders_) key += '\n' + folder.route;
  key += '\n';
  for (const LibraryFolder& folder : library_path_)
    key += '\n' + folder.route + '\n' + std::string(folder.void_because);
  plain_searches_ = &root_.plain_searches(key);
}

DynamicTokens GlibcProcess::tokens_of(size_t object) const {
  // The kernel tells the program's real path; of a library only the route is known.
  const LoadedObject& it = process_.objects[object];
  const bool started = object == 0 && it.facts->program();
  return {.origin = folder_of(started ? it.walk->real.str() : it.route),
          .lib = constants_.lib,
          .platforms = constants_.platforms};
}

std::vector<LibraryFolder> GlibcProcess::looked_up(const std::vector<ExpandedText>& folders) {
  std::vector<LibraryFolder> out;
  out.reserve(folders.size());
  for (const ExpandedText& it : folders) {
    const bool there = !it.text.starts_with('/') || root_.walk_to(it.text)->found();
    out.push_back({it.text, there ? std::string_view() : kNoSuchFolder, it.platform});
  }
  return out;
}

std::vector<LibraryFolder> GlibcProcess::looked_up(const std::vector<std::string>& folders) {
  std::vector<ExpandedText> plain;
  plain.reserve(folders.size());
  for (const std::string& folder : folders) plain.push_back({folder, {}});
  return looked_up(plain);
}

std::vector<LibraryFolder> GlibcProcess::folders_of(const std::string& list, size_t object) {
  std::vector<LibraryFolder> folders = looked_up(expand_path_list(list, ":", tokens_of(object)));
  if (list.find("ORIGIN") == list.npos || !gains_rights(root_.tree(), *process_.objects[0].walk))
    return folders;
  DynamicTokens nowhere = tokens_of(object);
  nowhere.origin = "$ORIGIN";
  const std::vector<ExpandedText> unexpanded = expand_path_list(list, ":", nowhere);
  const auto& trusted = constants_.default_directories;
  for (LibraryFolder& folder : folders) {
    const bool plain = std::any_of(unexpanded.begin(), unexpanded.end(),
                                   [&](const ExpandedText& it) { return it.text == folder.route; });
    if (!plain && std::find(trusted.begin(), trusted.end(), folder.route) == trusted.end())
      folder.void_because = kNotTrusted;
  }
  return folders;
}

const std::vector<LibraryFolder>& GlibcProcess::rpath_of(size_t object) {
  auto& list = mapped_[object].rpath;
  const ElfFacts& facts = *process_.objects[object].facts;
  // An object's RPATH is void when it has a RUNPATH.
  const bool counts = facts.rpath && !facts.runpath;
  if (!list) list = counts ? folders_of(*facts.rpath, object) : std::vector<LibraryFolder>();
  return *list;
}

const std::vector<LibraryFolder>& GlibcProcess::runpath_of(size_t object) {
  auto& list = mapped_[object].runpath;
  const auto& runpath = process_.objects[object].facts->runpath;
  if (!list) list = runpath ? folders_of(*runpath, object) : std::vector<LibraryFolder>();
  return *list;
}

}  // namespace pack
