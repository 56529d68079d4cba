#include "cli/tree_chains.h"

#include "base/error.h"
#include "cli/tree_names.h"

namespace pack {

namespace {

constexpr const char* kStep = " -> ";

std::string line_of(const Process& process, const Chain& chain, const std::string& missing,
                    const Paint& paint) {
  std::string out = paint.strong(quoted(process.objects.front().route));
  for (const size_t i : chain) {
    const std::string name = quoted(process.edges[i].name);
    const bool last = missing.empty() && i == chain.back();
    out += kStep + (last ? paint.strong(name) : name);
  }
  if (!missing.empty()) return out + kStep + paint.wrong(quoted(missing) + " not found") + '\n';
  if (!chain.empty() && process.edges[chain.back()].rule != SearchRule::already_loaded)
    out += paint.faint(" [" + rule_of(process, process.edges[chain.back()]) + "]");
  return out + '\n';
}

}  // namespace

std::string tree_chains(const Trees& trees, std::string_view name, const Paint& paint) {
  std::string out;
  for (const TreeProcess& tree : trees.processes) {
    const NamedChains found = chains_to(tree.process, name);
    for (const NamedChains::End& end : found.ends) {
      if (end.chains.empty()) out += line_of(tree.process, {}, end.missing, paint);
      for (const Chain& chain : end.chains) out += line_of(tree.process, chain, end.missing, paint);
    }
    if (!found.complete) out += paint.faint("... and more: these are the shortest") + '\n';
  }
  return out;
}

}  // namespace pack
