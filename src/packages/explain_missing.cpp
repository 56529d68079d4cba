// Explaining goes from the certain to the likely: a rule of the loader that just does not apply; a
// file that an installed package owns, gone or out of the loader's sight; and only where the root
// itself has nothing, a package that could be installed. Every database is read once for all names,
// and the indexes, which are large, only when a name is left for them.

#include "packages/explain_missing.h"

#include <algorithm>
#include <set>

#include "packages/loadable.h"
#include "packages/package_files.h"
#include "packages/package_index.h"
#include "packages/unused_rules.h"

namespace pack {

namespace {

using Kind = MissingHint::Kind;

constexpr int kMostElsewhere = 3;  // a name can be in many private folders

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// A missing file and, when a loader misses it, the object that asks.
struct Case {
  const Unresolved* missing;
  const Process* process = nullptr;
  size_t asker = 0;
  std::vector<MissingHint> hints = {};

  const std::shared_ptr<const ElfFacts>& facts() const { return process->objects[asker].facts; }
  bool is_path() const { return missing->name.find('/') != std::string::npos; }
  bool explains_itself() const { return !missing->broken.empty(); }
};

bool belongs_to(const Unresolved& missing, const Process& process) {
  return std::any_of(process.unresolved.begin(), process.unresolved.end(),
                     [&](const Unresolved& it) {
                       return it.name == missing.name && it.needed_by == missing.needed_by;
                     });
}

Case case_of(const Unresolved& missing, const Closure& closure) {
  Case out{&missing};
  for (const Process& process : closure.processes) {
    if (!belongs_to(missing, process)) continue;
    for (size_t i = 0; i < process.objects.size(); ++i)
      if (process.objects[i].route == missing.needed_by) {
        out.process = &process;
        out.asker = i;
        return out;
      }
  }
  return out;
}

/// Reads one package database; what cannot be read tells nothing.
template <typename Read>
auto tolerant(const Read& read) -> decltype(read()) {
  try {
    return read();
  } catch (const Error&) {
    return {};
  }
}

class Explanation {
 public:
  Explanation(const FileTree& tree, ElfCache& elves) : tree_(tree), elves_(elves) {}

  void by_rules(std::vector<Case>& cases) {
    UnusedRules rules(tree_, elves_);
    for (Case& it : cases)
      if (it.process && !it.is_path() && !it.explains_itself())
        it.hints = tolerant([&] { return rules.explain(*it.process, it.asker, *it.missing); });
  }

  void by_owned_files(std::vector<Case>& cases) {
    WantedNames names;
    for (const Case& it : cases)
      if (it.hints.empty() && !it.explains_itself()) names.insert(last_of(it.missing->name));
    if (names.empty()) return;
    for (const auto read : {dpkg_files, apk_files, rpm_files})
      for (const OwnedFile& file : tolerant([&] { return read(tree_, names); }))
        for (Case& it : cases)
          if (last_of(it.missing->name) == last_of(file.path)) add(it, file);
    for (Case& it : cases) keep_best(it);
  }

  void by_indexes(std::vector<Case>& cases) {
    std::vector<WantedLibrary> wanted;
    std::set<std::string> names;
    for (const Case& it : cases)
      if (it.hints.empty() && !it.explains_itself() && it.process &&
          names.insert(it.missing->name).second)
        wanted.push_back({it.missing->name, it.facts()});
    if (wanted.empty()) return;
    for (const auto read : {apt_offers, apk_offers})
      for (const OfferedPackage& offer : tolerant([&] { return read(tree_, wanted); }))
        add(cases, offer);
  }

 private:
  /// The loader has looked into the folder of that path, or would have.
  bool is_searched(const Case& it, const std::string& path) const {
    const Walk folder = walk(tree_, folder_of(path));
    return std::any_of(it.missing->searched.begin(), it.missing->searched.end(),
                       [&](const Searched& place) {
                         if (place.path == path) return true;
                         if (!place.path.starts_with('/')) return false;
                         const Walk looked = walk(tree_, folder_of(place.path));
                         return folder.found() && looked.found() && looked.real == folder.real;
                       });
  }

  void add(Case& it, const OwnedFile& file) const {
    const WalkEnd end = walk(tree_, file.path).end;
    const bool gone = end == WalkEnd::missing || end == WalkEnd::broken_link;
    Kind kind;
    if (gone && (it.missing->name == file.path || is_searched(it, file.path)))
      kind = Kind::deleted;
    else if (it.process && !it.explains_itself() &&
             is_loadable(tree_, elves_, file.path, it.facts()->machine))
      kind = Kind::elsewhere;
    else
      return;
    it.hints.push_back({.kind = kind,
                        .name = it.missing->name,
                        .needed_by = it.missing->needed_by,
                        .path = file.path,
                        .package = file.package,
                        .object = {},
                        .manager = file.manager});
  }

  /// What is gone explains more than what is elsewhere; a few of those are enough.
  static void keep_best(Case& it) {
    const auto is_deleted = [](const MissingHint& hint) { return hint.kind == Kind::deleted; };
    const auto& hints = it.hints;
    if (std::any_of(hints.begin(), hints.end(), is_deleted))
      std::erase_if(it.hints, [](const MissingHint& hint) { return hint.kind == Kind::elsewhere; });
    int left = kMostElsewhere;
    std::erase_if(it.hints, [&](const MissingHint& hint) {
      return hint.kind == Kind::elsewhere && left-- <= 0;
    });
  }

  static void add(std::vector<Case>& cases, const OfferedPackage& offer) {
    const Kind kind =
        offer.certainty == OfferedPackage::Certainty::listed ? Kind::offered : Kind::likely;
    for (Case& it : cases)
      if (it.missing->name == offer.library && it.process)
        it.hints.push_back({.kind = kind,
                            .name = it.missing->name,
                            .needed_by = it.missing->needed_by,
                            .path = {},
                            .package = offer.package,
                            .object = {},
                            .manager = offer.manager});
  }

  const FileTree& tree_;
  ElfCache& elves_;
};

}  // namespace

std::vector<MissingHint> find_missing_hints(const FileTree& tree, ElfCache& elves,
                                            const Closure& closure,
                                            const std::vector<Unresolved>& missing) {
  std::vector<Case> cases;
  cases.reserve(missing.size());
  for (const Unresolved& it : missing) cases.push_back(case_of(it, closure));
  Explanation explanation(tree, elves);
  explanation.by_rules(cases);
  explanation.by_owned_files(cases);
  explanation.by_indexes(cases);
  std::vector<MissingHint> out;
  for (Case& it : cases)
    for (MissingHint& hint : it.hints) out.push_back(std::move(hint));
  return out;
}

}  // namespace pack
