#pragma once

#include <string>
#include <vector>

#include "closure/symbol_faults.h"

namespace pack {

/// The whole report of missing symbol versions and undefined symbols, as the loader words them,
/// and what to do. `of_base`: those of the libraries that are the base image's.
std::string describe_faults(const SymbolFaults& faults, const std::vector<std::string>& of_base);

/// The same where it is tolerated: one line each, without a line end.
std::vector<std::string> fault_notes(const SymbolFaults& faults);

}  // namespace pack
