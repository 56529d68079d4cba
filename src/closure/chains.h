#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "closure/closure.h"

namespace pack {

/// How a program comes to load a library: each element is an index into Process::edges, from the
/// program's own edge to the one that leads to the library.
using Chain = std::vector<size_t>;

struct Chains {
  std::vector<Chain> chains;  ///< shortest first; of one length in the order of the edges
  bool complete = true;       ///< false: there are more than were asked for
};

/// The objects of a process that go by `name`: its route, its real path, the file name of either,
/// its soname, or a name that it was asked for by. Indices, ascending.
std::vector<size_t> objects_named(const Process& process, std::string_view name);

/// All ways from the program (object 0) to an object that meet no object twice, at most `limit`.
/// None for the program itself, and for what nothing leads to.
Chains find_chains(const Process& process, size_t object, size_t limit);

}  // namespace pack
