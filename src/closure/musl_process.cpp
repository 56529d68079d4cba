// Which objects musl's loader maps, and in which order (ldso/dynlink.c, 1.2.x).
//
// The interpreter is the C library itself. Its own path and every name that starts like libc.,
// libm. or libpthread. means the loader, and no file is looked for. Other names are asked for
// breadth first, in the order of DT_NEEDED. A name without '/' is known when an earlier search
// found a file under it; sonames count for nothing. Otherwise the search runs, and what it finds is
// a new object unless the file (device and inode) is mapped already. The program is left out of
// both comparisons. A found file that turns out to be a C library is not taken: the loader puts
// itself there. DT_FILTER and DT_AUXILIARY are not looked at, nor are hwcaps, caches and versions.
//
// The loader's place in the list is where it is first asked for, else the end.
//
// In RPATH and RUNPATH, $ORIGIN is the folder of the program's real path or of the path by which a
// library was found. A list with any other '$' is void. How one name is searched for is in
// musl_search.cpp.

#include "closure/musl_process.h"

#include <algorithm>

#include "closure/candidate.h"
#include "closure/musl_search.h"
#include "closure/secure_start.h"
#include "elf/elf_symbols.h"

namespace pack {

namespace {

/// The folder of a path, as the loader cuts it: "/p" is in "", so that $ORIGIN/lib is /lib.
std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// By what the loader tells a C library, its own or another's (load_library()).
bool defines_a_libc(const File& file) {
  const auto defines = [](const ElfSymbols& table, std::string_view name) {
    return std::any_of(table.symbols.begin(), table.symbols.end(), [&](const ElfSymbol& symbol) {
      return symbol.defined && symbol.name == name;
    });
  };
  try {
    const ElfSymbols table = read_elf_symbols(file);
    return defines(table, "__libc_start_main") && defines(table, "stdin");
  } catch (const ElfError&) {
    return false;  // the loader would find nothing in it, either
  }
}

/// The length of $ORIGIN at the start of `text`, 0 when it is something else. Unlike glibc's
/// loader, musl's does not mind what follows: $ORIGINAL is "$ORIGIN" and "AL".
size_t origin_length(std::string_view text) {
  for (const std::string_view spelling : {"$ORIGIN", "${ORIGIN}"})
    if (text.starts_with(spelling)) return spelling.size();
  return 0;
}

}  // namespace

MuslProcess::MuslProcess(LoaderRoot& root, const ClosureRequest& request, LoadedObject program)
    : root_(root), explain_(request.explain), opening_later_(request.opened_later) {
  const ElfFacts& facts = *program.facts;
  const std::string interpreter =
      facts.interpreter ? *facts.interpreter : musl_loader_for(root.tree(), root.elves(), facts);
  gains_rights_ = facts.program() && gains_rights(root.tree(), *program.walk);
  process_.objects.push_back(std::move(program));
  mapped_.emplace_back();
  map_interpreter(interpreter);
  if (const auto loader = musl_loader(interpreter))
    system_folders_ = musl_system_folders(root.tree(), *loader);
  library_path_.rule = SearchRule::library_path;
  if (gains_rights_) return;
  for (const std::string& element : request.library_path)
    for (std::string& folder : parse_musl_path(element))
      library_path_.folders.push_back(std::move(folder));
}

void MuslProcess::map_interpreter(const std::string& route) {
  loader_route_ = route;
  Candidate found;
  if (!route.starts_with('/')) {
    found.why = "a relative path, which depends on the working directory";
  } else {
    found = root_.look_at(route, machine());
  }
  if (found.verdict == Candidate::Verdict::take) {
    waiting_loader_ = LoadedObject{route, std::move(found.walk), std::move(found.facts), {}};
    return;
  }
  process_.unresolved.push_back({.name = route,
                                 .needed_by = process_.objects[0].route,
                                 .broken = {},
                                 .searched = {{route, SearchRule::interpreter, found.why}}});
}

void MuslProcess::load() {
  load_pending();
  if (opening_later_ == OpenedLater::left_out) return;
  // What is loaded at the start opens more, and that again.
  for (; opened_later_ < process_.objects.size(); ++opened_later_)
    open_noted(process_, opened_later_);
}

void MuslProcess::load_pending() {
  for (; loaded_ < process_.objects.size(); ++loaded_) load_needed_of(loaded_);
}

/// Whoever calls dlopen(), the search is the program's (dlopen() in ldso/dynlink.c).
std::optional<size_t> MuslProcess::open_from(size_t, const std::string& name, IfMissing missing) {
  const auto opened = resolve(0, name, missing);
  load_pending();
  return opened;
}

std::string MuslProcess::find_from(size_t, const std::string& name) {
  if (is_the_loader(name)) return loader_route_;
  if (const auto known = short_names_.find(name); known != short_names_.end())
    return process_.objects[known->second].route;
  const SearchOutcome outcome = MuslSearch(root_, machine(), explain_).search(name, places_for(0));
  return outcome.found ? outcome.found->route : "";
}

void MuslProcess::open(const std::string& route) {
  resolve(0, route);
  if (!process_.edges.empty() && process_.edges.back().name == route)
    process_.edges.back().rule = SearchRule::program;
  load();
}

Process MuslProcess::finish() && {
  if (waiting_loader_) loader_object();
  process_.default_directories = system_folders_.folders;
  return std::move(process_);
}

void MuslProcess::load_needed_of(size_t object) {
  const std::shared_ptr<const ElfFacts> facts = process_.objects[object].facts;
  for (const ElfDependency& dependency : facts->dependencies)
    if (dependency.kind == ElfDependency::Kind::needed) resolve(object, dependency.name);
}

std::optional<size_t> MuslProcess::resolve(size_t from, const std::string& name,
                                           IfMissing missing) {
  const auto refer_to = [&](size_t to) {
    process_.edges.push_back({from, to, name, SearchRule::already_loaded, {}, {}, {}});
    return to;
  };
  if (is_the_loader(name)) {
    // Without a loader, that one is what is missing.
    if (!has_loader_object()) return std::nullopt;
    return refer_to(loader_object());
  }
  if (const auto known = short_names_.find(name); known != short_names_.end())
    return refer_to(known->second);
  SearchOutcome outcome = MuslSearch(root_, machine(), explain_).search(name, places_for(from));
  if (!outcome.found) {
    if (missing == IfMissing::noted)
      process_.unresolved.push_back({.name = name,
                                     .needed_by = process_.objects[from].route,
                                     .broken = std::move(outcome.broken),
                                     .searched = std::move(outcome.searched)});
    return std::nullopt;
  }
  const FoundLibrary& found = *outcome.found;
  const size_t to = object_of(found, from);
  if (found.rule != SearchRule::path && to != process_.interpreter) {
    // The name that counts from now on is that by which the object itself was found.
    const std::string& route = process_.objects[to].route;
    short_names_.emplace(route.substr(route.rfind('/') + 1), to);
  }
  process_.edges.push_back(
      {from, to, name, found.rule, found.route, std::move(outcome.searched), {}});
  return to;
}

size_t MuslProcess::object_of(const FoundLibrary& found, size_t needed_by) {
  const FileId id = found.walk->status.id;
  if (const auto file = files_.find(id); file != files_.end()) return file->second;
  if (is_a_libc(found)) return loader_object();
  files_.emplace(id, process_.objects.size());
  process_.objects.push_back({found.route, found.walk, found.facts, {}});
  mapped_.push_back({.needed_by = needed_by, .rpath = {}});
  return process_.objects.size() - 1;
}

bool MuslProcess::is_the_loader(const std::string& name) const {
  return is_musl_itself(name) || name == loader_route_;
}

bool MuslProcess::is_a_libc(const FoundLibrary& found) const {
  if (!has_loader_object()) return false;
  const LoadedObject& loader =
      waiting_loader_ ? *waiting_loader_ : process_.objects[*process_.interpreter];
  if (found.walk->status.id == loader.walk->status.id) return true;
  // A C library needs no other and is called so, or not at all; so few symbols have to be read.
  const ElfFacts& facts = *found.facts;
  const bool suspect =
      facts.soname ? facts.soname->starts_with("libc.") : facts.dependencies.empty();
  return suspect && defines_a_libc(*root_.tree().open(found.walk->real));
}

size_t MuslProcess::loader_object() {
  if (process_.interpreter) return *process_.interpreter;
  process_.objects.push_back(std::move(*waiting_loader_));
  mapped_.emplace_back();
  waiting_loader_.reset();
  process_.interpreter = process_.objects.size() - 1;
  process_.edges.push_back(
      {0, *process_.interpreter, loader_route_, SearchRule::interpreter, loader_route_, {}, {}});
  return *process_.interpreter;
}

std::vector<const SearchFolders*> MuslProcess::places_for(size_t object) {
  std::vector<const SearchFolders*> places = {&library_path_};
  for (std::optional<size_t> it = object; it; it = mapped_[*it].needed_by)
    if (!rpath_of(*it).folders.empty()) places.push_back(&rpath_of(*it));
  places.push_back(&system_folders_);
  return places;
}

const SearchFolders& MuslProcess::rpath_of(size_t object) {
  auto& list = mapped_[object].rpath;
  if (!list) {
    const ElfFacts& facts = *process_.objects[object].facts;
    list.emplace();
    list->rule = facts.runpath ? SearchRule::runpath : SearchRule::rpath;
    list->owner = process_.objects[object].route;
    const auto& text = facts.runpath ? facts.runpath : facts.rpath;
    if (const auto expanded = expand(text.value_or(""), object))
      list->folders = parse_musl_path(*expanded);
  }
  return *list;
}

/// The list with $ORIGIN replaced (fixup_rpath()); nothing when it is void.
std::optional<std::string> MuslProcess::expand(const std::string& list, size_t object) const {
  if (list.find('$') == list.npos) return list;
  if (object == 0 && gains_rights_) return std::nullopt;
  // The kernel tells a program's real path; of a library only the route is known.
  const LoadedObject& it = process_.objects[object];
  const bool started = object == 0 && it.facts->program();
  const std::string origin = folder_of(started ? it.walk->real.str() : it.route);
  std::string out;
  for (std::string_view rest = list; !rest.empty();) {
    const size_t plain = std::min(rest.find('$'), rest.size());
    out += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    const size_t length = origin_length(rest);
    if (length == 0) return std::nullopt;
    out += origin;
    rest.remove_prefix(length);
  }
  return out;
}

}  // namespace pack
