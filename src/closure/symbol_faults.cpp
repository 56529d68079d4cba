#include "closure/symbol_faults.h"

#include <algorithm>

namespace pack {

namespace {

template <typename Fault>
void add_new(std::vector<Fault>& faults, const std::vector<Fault>& more) {
  for (const Fault& fault : more)
    if (std::find(faults.begin(), faults.end(), fault) == faults.end()) faults.push_back(fault);
}

}  // namespace

void SymbolFaults::add(const SymbolFaults& more) {
  add_new(versions, more.versions);
  add_new(undefined, more.undefined);
  add_new(unchecked, more.unchecked);
}

SymbolFaults find_symbol_faults(const Closure& closure, const FileTree& tree, SymbolCheck check,
                                SymbolCache& cache) {
  SymbolFaults faults;
  SettledVersions settled;
  for (const Process& process : closure.processes) {
    faults.add(
        {.versions = find_missing_versions(process, settled), .undefined = {}, .unchecked = {}});
    if (check == SymbolCheck::versions) continue;
    if (process.unresolved.empty()) {
      faults.add({{}, find_undefined_symbols(process, tree, cache), {}});
    } else {
      faults.add({{}, {}, {process.objects.front().route}});
    }
  }
  return faults;
}

}  // namespace pack
