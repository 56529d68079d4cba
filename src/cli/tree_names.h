#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "closure/chains.h"

namespace pack {

/// The rule that found an edge's file, with the object whose list it was where that is known:
/// "RUNPATH of /opt/app/prog", "ld.so.cache".
std::string rule_of(const Process& process, const Edge& edge);

/// Chains from a program to what goes by a name.
struct NamedChains {
  struct End {
    std::vector<Chain> chains;
    std::string missing;  ///< the chain ends in this name, which was not found; else empty
  };
  std::vector<End> ends;
  bool complete = true;  ///< false: the shortest kMaxChains of each end
  bool empty() const { return ends.empty(); }
};

inline constexpr size_t kMaxChains = 1000;  ///< to one object

/// `name` as in objects_named(), or the name of a library that is not found. An end without chains
/// is the program itself, or what it misses itself.
NamedChains chains_to(const Process& process, std::string_view name);

}  // namespace pack
