// Symbol lookup as glibc's loader does it (do_lookup_x and check_match in elf/dl-lookup.c).
//
// Each reference is looked for in every object of the process, in load order, by name. Versions
// decide whether a definition of that name will do:
//
//   reference with a version:    the definition's version is the same; or the object has no
//                                versions at all; or the definition has none and is not hidden,
//                                unless the reference says that only its version will do
//   reference without a version: the object has no versions; or the definition is of its first
//                                version or of none; or it is the one default ("@@") of its name
//
// Objects that only stand in for others on better CPUs (glibc-hwcaps) count as definers only for
// their own references: on another CPU they are not there. musl goes by the name alone.

#include "closure/undefined_symbols.h"

#include <algorithm>

#include "closure/symbol_versions.h"

namespace pack {

namespace {

bool matches_version(const ElfSymbol& reference, const ElfSymbol& definition) {
  if (definition.version == reference.version) return true;
  return !reference.hidden && definition.version.empty() && !definition.hidden;
}

enum class Versions { compared, ignored };

/// One of the object's definitions of that name is what the reference means.
bool defines(const SymbolIndex& object, const ElfSymbol& reference, Versions versions) {
  const auto [first, last] = object.definitions.equal_range(reference.name);
  if (first == last) return false;
  if (versions == Versions::ignored || !object.file.versioned) return true;
  size_t defaults = 0;
  for (auto it = first; it != last; ++it) {
    const ElfSymbol& definition = *it->second;
    if (!reference.version.empty()) {
      if (matches_version(reference, definition)) return true;
    } else {
      if (definition.oldest) return true;
      if (!definition.hidden) ++defaults;
    }
  }
  return defaults == 1;
}

/// The objects in which a reference of this one is looked up.
std::vector<const SymbolIndex*> scope_of(const Process& process, const LoadedObject& object,
                                         const std::vector<const SymbolIndex*>& all) {
  std::vector<const SymbolIndex*> scope;
  for (size_t i = 0; i < all.size(); ++i)
    if (process.objects[i].hwcaps_level.empty() || !object.hwcaps_level.empty())
      scope.push_back(all[i]);
  return scope;
}

}  // namespace

SymbolIndex::SymbolIndex(ElfSymbols symbols) : file(std::move(symbols)) {
  for (const ElfSymbol& symbol : file.symbols)
    if (symbol.defined) definitions.emplace(symbol.name, &symbol);
}

const SymbolIndex& SymbolCache::read(const FileTree& tree, const LoadedObject& object) {
  std::unique_ptr<const SymbolIndex>& place = symbols_[object.walk->status.id];
  if (place) return *place;
  try {
    place = std::make_unique<const SymbolIndex>(read_elf_symbols(*tree.open(object.walk->real)));
  } catch (const ElfError& error) {
    throw Error("the symbols of " + quoted(object.route) + " cannot be checked: " + error.what());
  }
  return *place;
}

std::vector<UndefinedSymbol> find_undefined_symbols(const Process& process, const FileTree& tree,
                                                    SymbolCache& cache) {
  const Versions versions = compares_versions(process) ? Versions::compared : Versions::ignored;
  std::vector<const SymbolIndex*> all;
  for (const LoadedObject& object : process.objects) all.push_back(&cache.read(tree, object));
  std::vector<UndefinedSymbol> undefined;
  for (size_t i = 0; i < all.size(); ++i) {
    const LoadedObject& object = process.objects[i];
    const std::vector<const SymbolIndex*> scope = scope_of(process, object, all);
    for (const ElfSymbol& symbol : all[i]->file.symbols) {
      if (symbol.defined || symbol.weak) continue;
      const bool found = std::any_of(scope.begin(), scope.end(), [&](const SymbolIndex* definer) {
        return defines(*definer, symbol, versions);
      });
      if (!found)
        undefined.push_back({std::string(symbol.name), std::string(symbol.version), object.route});
    }
  }
  return undefined;
}

std::string describe(const UndefinedSymbol& missing) {
  return "undefined symbol: " + missing.name +
         (missing.version.empty() ? "" : ", version " + missing.version) + " (" +
         quoted(missing.needed_by) + ")";
}

}  // namespace pack
