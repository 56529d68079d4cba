// Which objects glibc's loader maps, and in which order (elf/rtld.c, elf/dl-deps.c).
//
// The kernel maps the program and, from its PT_INTERP, the loader itself. The loader then walks the
// list of objects mapped so far, from the front, and for each asks for its DT_NEEDED names in
// order, appending what is new: breadth first. A name that matches one already used to load an
// object, or an object's soname, is that object; a file (device and inode) that is mapped already
// is not mapped twice. What an object filters comes right before it (load_order.h). The loader's
// own place in the list is where it is first asked for by name (libc.so.6 does), else the end.
//
// How one name is searched for is in glibc_search.cpp.

#include "closure/glibc_process.h"

#include <algorithm>

#include "closure/libc_opens.h"
#include "closure/usual_loader.h"

namespace pack {

namespace {

/// A library that is loaded alone, without a program, does not name its loader. One that needs
/// nothing (libicudata, a loader itself) could be any loader's.
std::string interpreter_of(const ElfFacts& facts) {
  if (facts.interpreter) return *facts.interpreter;
  return facts.program() || facts.dependencies.empty() ? "" : usual_glibc_loader(facts);
}

}  // namespace

GlibcProcess::GlibcProcess(LoaderRoot& root, const ClosureRequest& request, LoadedObject program)
    : root_(root), request_(request) {
  order_.append(add(std::move(program), std::nullopt));
  map_interpreter();
  default_folders_ = looked_up(constants_.default_directories);
  set_library_path();
}

void GlibcProcess::map_interpreter() {
  const ElfFacts& facts = *process_.objects[0].facts;
  constants_ = loader_constants("", machine());
  cache_flags_ = ld_so_cache_flags(facts);
  const std::string route = interpreter_of(facts);
  if (route.empty()) return;
  Candidate found;
  if (!route.starts_with('/')) {
    found.why = "a relative path, which depends on the working directory";
  } else {
    found = root_.look_at(route, machine());
  }
  if (found.verdict != Candidate::Verdict::take) {
    // Plug-ins may be packed for another loader's program, which is then not here.
    if (!has_loader() && request_.subjects == Subjects::programs) return;
    process_.unresolved.push_back({.name = route,
                                   .needed_by = process_.objects[0].route,
                                   .broken = {},
                                   .searched = {{route, SearchRule::interpreter, found.why}}});
    return;
  }
  constants_ = root_.constants(found.walk->real, machine());
  cache_flags_ = ld_so_cache_flags(*found.facts);
  if (found.walk->status.id == process_.objects[0].walk->status.id) return;  // it is the loader
  if (has_loader() || request_.subjects == Subjects::programs_and_libraries)
    waiting_interpreter_ = LoadedObject{route, std::move(found.walk), std::move(found.facts), {}};
}

void GlibcProcess::load() {
  load_pending();
  open_later();
}

/// A static program searches the folders that were compiled into itself; the C library that it
/// opens with a library brings its own interpreter along by name. Static programs too large to be
/// read whole are rarely glibc's (Go).
bool GlibcProcess::can_open() {
  if (has_loader()) return true;
  const LoadedObject& program = process_.objects.front();
  if (!program.facts->program() || program.walk->status.size > LoaderRoot::kLargestLoader)
    return false;
  const LoaderConstants& own = root_.constants(program.walk->real, machine());
  if (own.default_directories == constants_.default_directories) return own_constants_;
  own_constants_ = true;
  constants_ = own;
  default_folders_ = looked_up(constants_.default_directories);
  plain_searches_ = &root_.plain_searches("of " + program.walk->real.str());
  return true;
}

void GlibcProcess::open(const std::string& route) {
  const size_t edges = process_.edges.size();
  if (const auto object = resolve(0, route, ElfDependency::Kind::needed)) order_.append(*object);
  if (process_.edges.size() > edges) process_.edges[edges].rule = SearchRule::program;
  load_pending();
  open_later();
}

void GlibcProcess::load_pending() {
  while (true) {
    if (const auto object = order_.next()) {
      load_dependencies_of(*object);
    } else if (!pending_variants_.empty()) {
      order_.append(pending_variants_.front());
      pending_variants_.erase(pending_variants_.begin());
    } else {
      return;
    }
  }
}

Process GlibcProcess::finish() && {
  if (waiting_interpreter_) order_.append(interpreter_object());
  put_in_order();
  process_.default_directories = constants_.default_directories;
  return std::move(process_);
}

/// What is loaded at the start opens more, and that again.
void GlibcProcess::open_later() {
  if (request_.opened_later == OpenedLater::left_out) return;
  for (; opened_later_ < process_.objects.size(); ++opened_later_) {
    open_for_libc(opened_later_);
    open_noted(process_, opened_later_);
  }
}

std::optional<size_t> GlibcProcess::open_from(size_t object, const std::string& name,
                                              IfMissing missing) {
  using Kind = ElfDependency::Kind;
  const auto opened =
      resolve(object, name, missing == IfMissing::noted ? Kind::needed : Kind::auxiliary);
  if (!opened) return std::nullopt;
  order_.append(*opened);
  load_pending();
  return opened;
}

std::string GlibcProcess::find_from(size_t object, const std::string& name) {
  if (const auto loaded = find_loaded(name)) return process_.objects[*loaded].route;
  const std::shared_ptr<const SearchOutcome> outcome = search(object, name);
  return outcome->found ? outcome->found->route : "";
}

void GlibcProcess::open_for_libc(size_t importer) {
  const auto known = names_.find("libc.so.6");
  // glibc's own libraries call each other without opening anything.
  if (known == names_.end() || known->second == importer) return;
  const size_t libc = known->second;
  const auto facts_of = [&](size_t object) { return process_.objects[object].facts; };
  for (const LibcOpens& opens : libc_opens(*facts_of(libc), *facts_of(importer))) {
    if (find_loaded(opens.library)) continue;
    const LaterOpening opening = {
        .opener = {},
        .purpose = opens.function + ", imported by " + process_.objects[importer].route};
    if (!try_open(process_, libc, opens.library, opening))
      process_.unopened.push_back({{opens.library}, opening, {}});
  }
}

void GlibcProcess::load_dependencies_of(size_t object) {
  const std::shared_ptr<const ElfFacts> facts = process_.objects[object].facts;
  for (const ElfDependency& dependency : facts->dependencies) {
    const auto to = resolve(object, dependency.name, dependency.kind);
    if (!to) continue;
    if (dependency.kind == ElfDependency::Kind::needed) {
      order_.append(*to);
    } else {
      order_.insert_before_current(*to);
    }
  }
}

std::optional<size_t> GlibcProcess::resolve(size_t from, const std::string& name,
                                            ElfDependency::Kind kind) {
  std::optional<size_t> loaded;
  if (name.find('$') == name.npos) {
    loaded = find_loaded(name);
  } else {
    loaded = find_loaded(expand_tokens(name, tokens_of(from)).back().text);
  }
  if (loaded) {
    process_.edges.push_back({from, *loaded, name, SearchRule::already_loaded, {}, {}, {}});
    return loaded;
  }
  const std::shared_ptr<const SearchOutcome> outcome = search(from, name);
  if (outcome->found) return take(from, name, *outcome);
  if (kind != ElfDependency::Kind::auxiliary)
    process_.unresolved.push_back({.name = name,
                                   .needed_by = process_.objects[from].route,
                                   .broken = outcome->broken,
                                   .searched = outcome->searched,
                                   .more_searched = outcome->more_searched});
  return std::nullopt;
}

/// Most searches depend on nothing but the name, and are made once for all programs.
std::shared_ptr<const SearchOutcome> GlibcProcess::search(size_t from, const std::string& name) {
  const ElfFacts& facts = *process_.objects[from].facts;
  const bool plain =
      !any_rpath_ && !facts.runpath && !facts.no_default_libraries() && name.find('/') == name.npos;
  if (!plain) return std::make_shared<const SearchOutcome>(GlibcSearch(*this, from).search(name));
  std::shared_ptr<const SearchOutcome>& known = (*plain_searches_)[name];
  if (!known) known = std::make_shared<const SearchOutcome>(GlibcSearch(*this, from).search(name));
  return known;
}

size_t GlibcProcess::take(size_t from, const std::string& name, const SearchOutcome& outcome) {
  const FoundLibrary& found = *outcome.found;
  const auto loaded = find_loaded(found.walk->status.id);
  const size_t to =
      loaded ? *loaded : add({found.route, found.walk, found.facts, found.hwcaps_level}, from);
  // What is remembered is the name with its variables replaced: two objects in two folders may both
  // ask for $ORIGIN/libx.so and mean two files.
  add_name(name.find('$') == name.npos ? name : found.route, to);
  process_.edges.push_back({from, to, name, found.rule, found.route, outcome.searched, {}});
  for (const FoundLibrary& variant : outcome.variants) add_variant(from, name, variant);
  return to;
}

void GlibcProcess::add_variant(size_t from, const std::string& name, const FoundLibrary& variant) {
  const auto same = std::find_if(
      process_.objects.begin(), process_.objects.end(),
      [&](const LoadedObject& it) { return it.walk->status.id == variant.walk->status.id; });
  if (same != process_.objects.end()) return;
  const size_t to = process_.objects.size();
  process_.objects.push_back({variant.route, variant.walk, variant.facts, variant.hwcaps_level});
  mapped_.push_back({.loader = from, .rpath = {}, .runpath = {}});
  pending_variants_.push_back(to);
  process_.edges.push_back({from, to, name, variant.rule, variant.route, {}, {}});
}

std::optional<size_t> GlibcProcess::find_loaded(const std::string& name) {
  if (const auto known = names_.find(name); known != names_.end()) return known->second;
  if (waiting_interpreter_ &&
      (waiting_interpreter_->route == name || waiting_interpreter_->facts->soname == name))
    return interpreter_object();
  return std::nullopt;
}

std::optional<size_t> GlibcProcess::find_loaded(FileId id) {
  if (const auto known = files_.find(id); known != files_.end()) return known->second;
  if (waiting_interpreter_ && waiting_interpreter_->walk->status.id == id)
    return interpreter_object();
  return std::nullopt;
}

size_t GlibcProcess::add(LoadedObject object, std::optional<size_t> loader) {
  const size_t index = process_.objects.size();
  add_name(object.route, index);
  if (object.facts->soname) add_name(*object.facts->soname, index);
  files_.emplace(object.walk->status.id, index);
  any_rpath_ = any_rpath_ || (object.facts->rpath && !object.facts->runpath);
  mapped_.push_back({.loader = loader, .rpath = {}, .runpath = {}});
  process_.objects.push_back(std::move(object));
  return index;
}

/// The loader asks its objects one after the other: the one mapped first answers to a name.
void GlibcProcess::add_name(const std::string& name, size_t object) {
  const auto [place, is_new] = names_.try_emplace(name, object);
  if (!is_new) place->second = std::min(place->second, object);
}

size_t GlibcProcess::interpreter_object() {
  LoadedObject object = std::move(*waiting_interpreter_);
  waiting_interpreter_.reset();
  const std::string route = object.route;
  process_.interpreter = add(std::move(object), std::nullopt);
  process_.edges.push_back(
      {0, *process_.interpreter, route, SearchRule::interpreter, route, {}, {}});
  return *process_.interpreter;
}

/// Until now, objects have stood in the order in which they were mapped. Object 0 stays the first
/// even where something filters it.
void GlibcProcess::put_in_order() {
  std::vector<size_t> order = order_.order();
  std::rotate(order.begin(), std::find(order.begin(), order.end(), 0U),
              std::find(order.begin(), order.end(), 0U) + 1);
  std::vector<size_t> place(order.size());
  for (size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<LoadedObject> objects;
  objects.reserve(order.size());
  for (const size_t object : order) objects.push_back(std::move(process_.objects[object]));
  process_.objects = std::move(objects);
  for (Edge& edge : process_.edges) {
    edge.from = place[edge.from];
    edge.to = place[edge.to];
  }
  if (process_.interpreter) process_.interpreter = place[*process_.interpreter];
}

}  // namespace pack
