#include "cli/tree_names.h"

#include "base/error.h"

namespace pack {

std::string rule_of(const Process& process, const Edge& edge) {
  const std::string rule(describe(edge.rule));
  return edge.rule == SearchRule::runpath ? rule + " of " + quoted(process.objects[edge.from].route)
                                          : rule;
}

NamedChains chains_to(const Process& process, std::string_view name) {
  NamedChains out;
  const auto add = [&](size_t object, std::string missing) {
    Chains found = find_chains(process, object, kMaxChains);
    out.complete = out.complete && found.complete;
    if (!found.chains.empty() || object == 0)
      out.ends.push_back({std::move(found.chains), std::move(missing)});
  };
  for (const size_t object : objects_named(process, name)) add(object, "");
  for (const Unresolved& missing : process.unresolved) {
    if (missing.name != name) continue;
    for (size_t i = 0; i < process.objects.size(); ++i)
      if (process.objects[i].route == missing.needed_by) add(i, missing.name);
  }
  return out;
}

}  // namespace pack
