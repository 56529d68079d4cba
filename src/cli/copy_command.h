#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.h"

namespace pack {

/// `pack copy IMAGE... DEST`. `words` are those behind `copy`. Throws UsageError, Error.
ExitStatus run_copy_command(std::vector<std::string> words);

}  // namespace pack
