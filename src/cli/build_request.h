#pragma once

#include "cli/build_options.h"
#include "cli/surroundings.h"
#include "pack.h"

namespace pack {

/// Checks every option and resolves it to what it means. Throws UsageError for the first that is
/// wrong.
BuildRequest resolve_request(const BuildOptions& options, const Surroundings& surroundings);

}  // namespace pack
