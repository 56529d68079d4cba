#include "rootfs/startable.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "closure/path_list.h"
#include "rootfs/plan_tree.h"

namespace pack {

namespace {

/// Which file each object got for each name that it asked for.
using Bindings = std::map<std::pair<FileId, std::string>, const LoadedObject*>;

Bindings bindings_of(const Closure& closure) {
  Bindings out;
  for (const Process& process : closure.processes)
    for (const Edge& edge : process.edges)
      out.emplace(std::pair(process.objects[edge.from].walk->status.id, edge.name),
                  &process.objects[edge.to]);
  return out;
}

/// The routes that are still in the image.
std::vector<std::string> present(const FileTree& image, const std::vector<std::string>& routes) {
  std::vector<std::string> out;
  std::copy_if(routes.begin(), routes.end(), std::back_inserter(out),
               [&](const std::string& route) { return walk(image, route).found(); });
  return out;
}

/// The user asked for it to be left out: by the name that is searched for, or by the file that the
/// name led to on the build host.
bool left_out(const Rootfs& rootfs, const Bindings& on_host, const Unresolved& missing) {
  const std::string_view name = std::string_view(missing.name);
  const std::string_view last = name.substr(name.rfind('/') + 1);
  for (const auto& [path, reason] : rootfs.left_out)
    if (path.name() == last) return true;
  return std::any_of(on_host.begin(), on_host.end(), [&](const auto& binding) {
    return binding.first.second == missing.name &&
           rootfs.left_out.contains(binding.second->walk->real);
  });
}

/// What the C library opened on the build host and would not find in the image.
void note_unopened(const Closure& on_host, const Closure& in_image,
                   std::vector<std::string>& notes) {
  std::set<std::string> expected;
  for (const Process& process : on_host.processes)
    for (const Edge& edge : process.edges)
      if (!edge.opened_for.empty()) expected.insert(edge.name);
  for (const Process& process : in_image.processes)
    for (const Unopened& it : process.unopened)
      if (expected.contains(it.name))
        notes.push_back(quoted(it.name) + ", which the C library opens for " + it.opened_for +
                        ", is not found in the image: that call will fail");
}

void note_differences(const Bindings& on_host, const Closure& in_image,
                      std::vector<std::string>& notes) {
  for (const auto& [asked, object] : bindings_of(in_image)) {
    const auto before = on_host.find(asked);
    if (before == on_host.end() || before->second->walk->status.id == object->walk->status.id)
      continue;
    notes.push_back("in the image, " + quoted(asked.second) + " is " +
                    quoted(object->walk->real.str()) + "; here it is " +
                    quoted(before->second->walk->real.str()));
  }
}

}  // namespace

StartFindings check_startable(const Rootfs& rootfs, const FileTree& tree, ElfCache& elves,
                              const Closure& closure) {
  const PlanTree image(rootfs, tree);
  Closure in_image = find_closure(image, elves,
                                  {.programs = present(image, rootfs.programs),
                                   .libraries = present(image, rootfs.libraries),
                                   .library_path = {},
                                   .without_cache = WithoutCache::go_without,
                                   .opened_by_libc = OpenedByLibc::taken});
  const Bindings on_host = bindings_of(closure);
  StartFindings findings;
  for (const Process& process : in_image.processes) {
    for (const Unresolved& missing : process.unresolved) {
      if (left_out(rootfs, on_host, missing)) {
        findings.notes.push_back(quoted(missing.name) + ", which " + quoted(missing.needed_by) +
                                 " needs, is left out by --exclude: it must be there at run time");
      } else {
        findings.missing.push_back(missing);
      }
    }
  }
  note_unopened(closure, in_image, findings.notes);
  note_differences(on_host, in_image, findings.notes);
  findings.closure = std::move(in_image);
  return findings;
}

void require_entrypoint(const Rootfs& rootfs, const FileTree& tree, const std::string& word,
                        const std::string& path, const std::string& working_dir) {
  const PlanTree image(rootfs, tree);
  std::vector<std::string> routes;
  if (word.starts_with('/')) {
    routes = {word};
  } else if (word.find('/') != word.npos) {
    routes = {(working_dir.empty() ? "" : working_dir) + '/' + word};
  } else {
    for (const std::string& folder : split_path_list(path, ":"))
      if (folder.starts_with('/')) routes.push_back(folder + '/' + word);
  }
  for (const std::string& route : routes) {
    const Walk file = walk(image, route);
    if (!file.found(FileKind::regular)) continue;
    if (file.status.mode & 0111) return;
    throw Error("the entrypoint " + quoted(route) +
                " is not executable: give it the right mode with --chmod " + quoted(route) +
                ":755");
  }
  throw Error("the entrypoint " + quoted(word) + " is not in the image" +
              (word.find('/') == word.npos ? " on its PATH (" + path + ")" : "") +
              ": name a program that is, or bring it along with --add");
}

}  // namespace pack
