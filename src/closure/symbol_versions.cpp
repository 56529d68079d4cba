// glibc's check of symbol versions, after everything is mapped (elf/dl-version.c).
//
// For each object, each record of its DT_VERNEED names a library (as its DT_NEEDED does) and the
// versions that are wanted of it. Each must stand in the DT_VERDEF of what was loaded under that
// name. A library without any DT_VERDEF is let pass: it may have been built without versions.
//
// A variant for better CPUs takes the place of the library that it is a variant of, so what is
// wanted of that library is wanted of the variant, too.

#include "closure/symbol_versions.h"

#include <algorithm>
#include <string_view>

namespace pack {

namespace {

/// What was loaded under which name: several for one name are variants of each other.
class Providers {
 public:
  explicit Providers(const Process& process) : process_(process) {
    edges_.resize(process.objects.size());
    for (const Edge& edge : process.edges) edges_[edge.from].push_back(&edge);
  }

  /// For a library that `object` wants versions of. Mostly the object needs it itself; the loader
  /// takes any object of that name.
  std::vector<size_t> find(size_t object, const std::string& name) const {
    std::vector<size_t> found;
    for (const Edge* edge : edges_[object])
      if (edge->name == name) found.push_back(edge->to);
    if (!found.empty()) return found;
    for (const Edge& edge : process_.edges)
      if (edge.name == name) found.push_back(edge.to);
    for (size_t i = 0; found.empty() && i < process_.objects.size(); ++i)
      if (process_.objects[i].facts->soname == name) found.push_back(i);
    return found;
  }

  SettledVersions::Bound bound(size_t object) const {
    SettledVersions::Bound bound = {process_.objects[object].facts};
    bound.reserve(1 + edges_[object].size());
    for (const Edge* edge : edges_[object]) bound.push_back(process_.objects[edge->to].facts);
    return bound;
  }

  /// All of its versions are wanted of libraries that it needs itself.
  bool needs_what_it_wants(size_t object) const {
    const auto& wants = process_.objects[object].facts->versions_needed;
    return std::all_of(wants.begin(), wants.end(), [&](const ElfVersionNeed& want) {
      return std::any_of(edges_[object].begin(), edges_[object].end(),
                         [&](const Edge* edge) { return edge->name == want.file; });
    });
  }

  /// It is reported already that this name was not found.
  bool known_missing(const std::string& name) const {
    return std::any_of(process_.unresolved.begin(), process_.unresolved.end(),
                       [&](const Unresolved& missing) { return missing.name == name; });
  }

 private:
  const Process& process_;
  std::vector<std::vector<const Edge*>> edges_;  ///< by the object that asks
};

bool satisfies(const ElfFacts& library, const std::string& version) {
  const std::vector<std::string>& defined = library.versions_defined;
  return defined.empty() || std::find(defined.begin(), defined.end(), version) != defined.end();
}

void add_missing(const Process& process, const Providers& providers, size_t object,
                 std::vector<MissingVersion>& missing) {
  const auto report = [&](MissingVersion found) {
    if (std::find(missing.begin(), missing.end(), found) == missing.end())
      missing.push_back(std::move(found));
  };
  const std::string& route = process.objects[object].route;
  for (const ElfVersionNeed& need : process.objects[object].facts->versions_needed) {
    const std::vector<size_t> libraries = providers.find(object, need.file);
    // Here the loader does not even complain: an assertion fails, weak or not.
    if (libraries.empty() && !providers.known_missing(need.file))
      report({need.version, need.file, route});
    if (need.weak) continue;
    for (const size_t library : libraries)
      if (!satisfies(*process.objects[library].facts, need.version))
        report({need.version, process.objects[library].route, route});
  }
}

}  // namespace

bool compares_versions(const Process& process) {
  const std::string path = process.objects.front().facts->interpreter.value_or("");
  return !std::string_view(path).substr(path.rfind('/') + 1).starts_with("ld-musl-");
}

bool SettledVersions::contains(const Bound& bound) const {
  const auto known = by_object_.find(bound.front().get());
  return known != by_object_.end() &&
         std::find(known->second.begin(), known->second.end(), bound) != known->second.end();
}

void SettledVersions::insert(Bound bound) {
  const ElfFacts* object = bound.front().get();
  by_object_[object].push_back(std::move(bound));
}

std::vector<MissingVersion> find_missing_versions(const Process& process,
                                                  SettledVersions& settled) {
  std::vector<MissingVersion> missing;
  if (!compares_versions(process)) return missing;
  const Providers providers(process);
  for (size_t i = 0; i < process.objects.size(); ++i) {
    SettledVersions::Bound bound = providers.bound(i);
    if (process.unresolved.empty() && settled.contains(bound)) continue;
    const size_t before = missing.size();
    add_missing(process, providers, i, missing);
    if (missing.size() == before && process.unresolved.empty() && providers.needs_what_it_wants(i))
      settled.insert(std::move(bound));
  }
  return missing;
}

std::string describe(const MissingVersion& missing) {
  return quoted(missing.file) + ": version `" + missing.version + "' not found (required by " +
         quoted(missing.needed_by) + ")";
}

}  // namespace pack
