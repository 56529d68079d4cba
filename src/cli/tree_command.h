#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.h"

namespace pack {

/// `pack tree [OPTIONS] PROGRAM...`. `words` are those behind "tree". Throws UsageError, Error.
ExitStatus run_tree_command(std::vector<std::string> words);

}  // namespace pack
