// Which objects glibc's loader maps, and in which order (elf/rtld.c, elf/dl-deps.c).
//
// The kernel maps the program and, from its PT_INTERP, the loader itself. The loader then walks the
// list of objects mapped so far, from the front, and for each asks for its DT_NEEDED names in
// order, appending what is new: breadth first. A name that matches one already used to load an
// object, or an object's soname, is that object; a file (device and inode) that is mapped already
// is not mapped twice. The loader's own place in the list is where it is first asked for by name
// (libc.so.6 does), else the end.
//
// How one name is searched for is in glibc_search.cpp.

#include "closure/glibc_process.h"

#include <algorithm>

#include "closure/glibc_search.h"

namespace pack {

namespace {

/// The folder of a path, as the loader cuts it: up to the last '/'.
std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

GlibcProcess::GlibcProcess(LoaderRoot& root, const ClosureRequest& request, LoadedObject program)
    : root_(root), without_cache_(request.without_cache) {
  add(std::move(program), std::nullopt, "");
  map_interpreter();
  // The loader ignores the user's search path in a program that gains rights.
  if (request.library_path.empty() || gains_rights()) return;
  std::string list;
  for (const std::string& directory : request.library_path) (list += directory) += ':';
  list.pop_back();
  library_path_ = expand_path_list(list, ":;", tokens_of(0));
}

void GlibcProcess::map_interpreter() {
  const auto& interpreter = process_.objects[0].facts->interpreter;
  if (!interpreter) {
    constants_ = loader_constants("", machine());
    return;
  }
  const std::string route = *interpreter;
  const std::string program = process_.objects[0].route;
  Candidate found;
  if (!route.starts_with('/')) {
    found.why = "a relative path, which depends on the working directory";
  } else {
    found = look_at(root_.tree(), root_.elves(), route, machine());
  }
  if (found.verdict != Candidate::Verdict::take) {
    process_.unresolved.push_back({.name = route,
                                   .needed_by = program,
                                   .broken = {},
                                   .searched = {{route, SearchRule::interpreter, found.why}}});
    constants_ = loader_constants("", machine());
    return;
  }
  constants_ = root_.constants(found.walk.real, machine());
  waiting_interpreter_ = LoadedObject{route, std::move(found.walk), std::move(found.facts)};
}

void GlibcProcess::load() {
  for (size_t i = 0; i < process_.objects.size(); ++i) load_needed_of(i);
}

void GlibcProcess::open(const std::string& route) {
  const size_t before = process_.objects.size();
  resolve(0, route, Demand::required);
  if (!process_.edges.empty() && process_.edges.back().name == route)
    process_.edges.back().rule = SearchRule::program;
  for (size_t i = before; i < process_.objects.size(); ++i) load_needed_of(i);
}

Process GlibcProcess::finish() && {
  if (waiting_interpreter_) interpreter_object();
  process_.default_directories = constants_.default_directories;
  return std::move(process_);
}

void GlibcProcess::load_needed_of(size_t object) {
  const std::shared_ptr<const ElfFacts> facts = process_.objects[object].facts;
  for (const ElfDependency& dependency : facts->dependencies)
    resolve(
        object, dependency.name,
        dependency.kind == ElfDependency::Kind::auxiliary ? Demand::if_found : Demand::required);
}

void GlibcProcess::resolve(size_t from, const std::string& name, Demand demand) {
  // What is remembered is the name with its variables replaced: two objects in two folders may both
  // ask for $ORIGIN/libx.so and mean two files.
  const bool has_variables = name.find('$') != name.npos;
  for (const std::string& spelling : expand_tokens(name, tokens_of(from))) {
    if (const auto loaded = find_loaded(spelling)) {
      process_.edges.push_back({from, *loaded, name, SearchRule::already_loaded, {}, {}, {}});
      return;
    }
  }
  SearchOutcome outcome = GlibcSearch(*this, from).search(name);
  if (!outcome.found) {
    if (demand == Demand::required)
      process_.unresolved.push_back({.name = name,
                                     .needed_by = process_.objects[from].route,
                                     .broken = std::move(outcome.broken),
                                     .searched = std::move(outcome.searched)});
    return;
  }
  const std::string known_as = has_variables ? outcome.route : name;
  size_t to;
  if (const auto loaded = find_loaded(outcome.walk.status.id)) {
    to = *loaded;
    mapped_[to].names.insert(known_as);
  } else {
    to = add({outcome.route, std::move(outcome.walk), std::move(outcome.facts)}, from, known_as);
  }
  process_.edges.push_back({from, to, name, outcome.rule, outcome.route, {}, {}});
  for (FoundVariant& variant : outcome.variants) add_variant(from, name, std::move(variant));
}

void GlibcProcess::add_variant(size_t from, const std::string& name, FoundVariant variant) {
  if (find_loaded(variant.walk.status.id)) return;
  const size_t to = add({variant.route, std::move(variant.walk), std::move(variant.facts),
                         std::move(variant.hwcaps_level)},
                        from, "");
  process_.edges.push_back({from, to, name, variant.rule, variant.route, {}, {}});
}

std::optional<size_t> GlibcProcess::find_loaded(const std::string& name) {
  for (size_t i = 0; i < mapped_.size(); ++i)
    if (mapped_[i].names.contains(name) || process_.objects[i].facts->soname == name) return i;
  if (waiting_interpreter_ &&
      (waiting_interpreter_->route == name || waiting_interpreter_->facts->soname == name))
    return interpreter_object();
  return std::nullopt;
}

std::optional<size_t> GlibcProcess::find_loaded(FileId id) {
  for (size_t i = 0; i < process_.objects.size(); ++i)
    if (process_.objects[i].walk.status.id == id) return i;
  if (waiting_interpreter_ && waiting_interpreter_->walk.status.id == id)
    return interpreter_object();
  return std::nullopt;
}

size_t GlibcProcess::add(LoadedObject object, std::optional<size_t> loader,
                         const std::string& name) {
  Mapped mapped{.names = {object.route}, .loader = loader, .rpath = {}, .runpath = {}};
  if (!name.empty()) mapped.names.insert(name);
  mapped_.push_back(std::move(mapped));
  process_.objects.push_back(std::move(object));
  return process_.objects.size() - 1;
}

size_t GlibcProcess::interpreter_object() {
  LoadedObject object = std::move(*waiting_interpreter_);
  waiting_interpreter_.reset();
  process_.interpreter = add(std::move(object), std::nullopt, "");
  const std::string& route = process_.objects[*process_.interpreter].route;
  process_.edges.push_back(
      {0, *process_.interpreter, route, SearchRule::interpreter, route, {}, {}});
  return *process_.interpreter;
}

DynamicTokens GlibcProcess::tokens_of(size_t object) const {
  // The kernel tells the program's real path; of a library only the route is known.
  const LoadedObject& it = process_.objects[object];
  return {.origin = folder_of(object == 0 ? it.walk.real.str() : it.route),
          .lib = constants_.lib,
          .platforms = constants_.platforms};
}

bool GlibcProcess::gains_rights() const {
  const Walk& program = process_.objects[0].walk;
  return (program.status.mode & 06000) != 0 ||
         !root_.tree().open(program.real)->capabilities().empty();
}

/// A program that gains rights takes $ORIGIN only where it leads into a default folder: its user
/// could have linked it to a place of his own.
std::vector<std::string> GlibcProcess::folders_of(const std::string& list, size_t object) const {
  std::vector<std::string> folders = expand_path_list(list, ":", tokens_of(object));
  if (list.find("ORIGIN") == list.npos || !gains_rights()) return folders;
  DynamicTokens nowhere = tokens_of(object);
  nowhere.origin = "$ORIGIN";
  const std::vector<std::string> unexpanded = expand_path_list(list, ":", nowhere);
  std::erase_if(folders, [&](const std::string& folder) {
    const auto& trusted = constants_.default_directories;
    const bool plain = std::find(unexpanded.begin(), unexpanded.end(), folder) != unexpanded.end();
    return !plain && std::find(trusted.begin(), trusted.end(), folder) == trusted.end();
  });
  return folders;
}

const std::vector<std::string>& GlibcProcess::rpath_of(size_t object) {
  auto& list = mapped_[object].rpath;
  const ElfFacts& facts = *process_.objects[object].facts;
  // An object's RPATH is void when it has a RUNPATH.
  if (!list) {
    const bool counts = facts.rpath && !facts.runpath;
    list = folders_of(counts ? *facts.rpath : "", object);
  }
  return *list;
}

const std::vector<std::string>& GlibcProcess::runpath_of(size_t object) {
  auto& list = mapped_[object].runpath;
  if (!list) list = folders_of(process_.objects[object].facts->runpath.value_or(""), object);
  return *list;
}

}  // namespace pack
