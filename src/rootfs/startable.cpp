#include "rootfs/startable.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "closure/path_list.h"
#include "rootfs/image_closure.h"
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

/// Where the build host has a library that is opened later: taken along, or only suggested.
std::string found_on_host(const Closure& on_host, const Unopened& wanted) {
  const auto named = [&](const std::string& name) {
    return std::find(wanted.names.begin(), wanted.names.end(), name) != wanted.names.end();
  };
  for (const Process& process : on_host.processes) {
    for (const Edge& edge : process.edges)
      if (edge.later && named(edge.name)) return process.objects[edge.to].route;
    for (const Unopened& it : process.unopened)
      if (it.names == wanted.names && !it.found.empty()) return it.found;
  }
  return "";
}

std::string describe_unopened(const Unopened& it, const std::string& on_host) {
  std::string out;
  for (const std::string& name : it.names) out += (out.empty() ? "" : " or ") + quoted(name);
  out += ", " + describe(it.opening);
  const bool suggested = it.opening.priority == ElfDlopenNote::Priority::suggested;
  if (it.opening.opener.empty() || (!suggested && !on_host.empty()))
    return out + (on_host.empty() ? ", is not found" : ", is not found in the image") +
           ": what needs it will fail";
  if (!on_host.empty())
    return out + ", is not in the image: bring it along with --add " + quoted(on_host);
  return out + ", is not found: " +
         (suggested ? "if it is wanted, install it and bring it along with --add PATH"
                    : "install the package that has it, or go on without");
}

/// What would be opened while the program runs, and is not in the image.
void note_unopened(const Closure& on_host, const Closure& in_image,
                   std::vector<std::string>& notes) {
  std::set<std::string> said;
  for (const Process& process : in_image.processes) {
    for (const Unopened& it : process.unopened) {
      if (!it.found.empty()) continue;
      std::string note = describe_unopened(it, found_on_host(on_host, it));
      if (said.insert(note).second) notes.push_back(std::move(note));
    }
  }
}

void note_broken_notes(const Closure& in_image, std::vector<std::string>& notes) {
  std::set<std::string> said;
  for (const Process& process : in_image.processes)
    for (const LoadedObject& object : process.objects)
      if (object.facts->dlopen_notes_broken && said.insert(object.route).second)
        notes.push_back("a dlopen note of " + quoted(object.route) +
                        " cannot be understood: bring what it opens along with --add PATH");
}

/// What comes from the base is another file by nature, and no news.
void note_differences(const Bindings& on_host, const Closure& in_image, const Rootfs& rootfs,
                      std::vector<std::string>& notes) {
  for (const auto& [asked, object] : bindings_of(in_image)) {
    const auto before = on_host.find(asked);
    if (before == on_host.end() || before->second->walk->status.id == object->walk->status.id ||
        !rootfs.entries.contains(object->walk->real))
      continue;
    notes.push_back("in the image, " + quoted(asked.second) + " is " +
                    quoted(object->walk->real.str()) + "; here it is " +
                    quoted(before->second->walk->real.str()));
  }
}

}  // namespace

StartFindings check_startable(const Rootfs& rootfs, const FileTree& tree, ElfCache& elves,
                              const Closure& closure) {
  Closure in_image = find_image_closure(rootfs, tree, elves);
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
  note_broken_notes(in_image, findings.notes);
  note_differences(on_host, in_image, rootfs, findings.notes);
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
