#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.h"

namespace pack {

/// `pack [OPTIONS] PROGRAM... [-- ARG...]`. `words` are all of the command line.
/// Throws MissingError, UsageError, Error.
ExitStatus run_build_command(std::vector<std::string> words);

}  // namespace pack
