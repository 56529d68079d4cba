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
#include <map>
#include <string_view>

namespace pack {

namespace {

/// What was loaded under which name: several for one name are variants of each other.
class Providers {
 public:
  explicit Providers(const Process& process) : process_(process) {
    for (const Edge& edge : process.edges) {
      by_name_[edge.name].push_back(edge.to);
      by_asker_[{edge.from, edge.name}].push_back(edge.to);
    }
  }

  /// For a library that `object` wants versions of. Mostly the object needs it itself; the loader
  /// takes any object of that name.
  std::vector<size_t> find(size_t object, const std::string& name) const {
    if (const auto own = by_asker_.find({object, name}); own != by_asker_.end()) return own->second;
    if (const auto any = by_name_.find(name); any != by_name_.end()) return any->second;
    for (size_t i = 0; i < process_.objects.size(); ++i)
      if (process_.objects[i].facts->soname == name) return {i};
    return {};
  }

  /// It is reported already that this name was not found.
  bool known_missing(const std::string& name) const {
    return std::any_of(process_.unresolved.begin(), process_.unresolved.end(),
                       [&](const Unresolved& missing) { return missing.name == name; });
  }

 private:
  const Process& process_;
  std::map<std::string_view, std::vector<size_t>> by_name_;
  std::map<std::pair<size_t, std::string_view>, std::vector<size_t>> by_asker_;
};

bool satisfies(const ElfFacts& library, const std::string& version) {
  const std::vector<std::string>& defined = library.versions_defined;
  return defined.empty() || std::find(defined.begin(), defined.end(), version) != defined.end();
}

}  // namespace

bool compares_versions(const Process& process) {
  const std::string path = process.objects.front().facts->interpreter.value_or("");
  return !std::string_view(path).substr(path.rfind('/') + 1).starts_with("ld-musl-");
}

std::vector<MissingVersion> find_missing_versions(const Process& process) {
  std::vector<MissingVersion> missing;
  if (!compares_versions(process)) return missing;
  const Providers providers(process);
  const auto report = [&](MissingVersion found) {
    if (std::find(missing.begin(), missing.end(), found) == missing.end())
      missing.push_back(std::move(found));
  };
  for (size_t i = 0; i < process.objects.size(); ++i) {
    const LoadedObject& object = process.objects[i];
    for (const ElfVersionNeed& need : object.facts->versions_needed) {
      const std::vector<size_t> libraries = providers.find(i, need.file);
      // Here the loader does not even complain: an assertion fails, weak or not.
      if (libraries.empty() && !providers.known_missing(need.file))
        report({need.version, need.file, object.route});
      if (need.weak) continue;
      for (const size_t library : libraries)
        if (!satisfies(*process.objects[library].facts, need.version))
          report({need.version, process.objects[library].route, object.route});
    }
  }
  return missing;
}

std::string describe(const MissingVersion& missing) {
  return quoted(missing.file) + ": version `" + missing.version + "' not found (required by " +
         quoted(missing.needed_by) + ")";
}

}  // namespace pack
