#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.h"

namespace pack {

/// `pack inspect [OPTIONS] IMAGE`. `words` are those behind "inspect". Throws UsageError, Error.
ExitStatus run_inspect_command(std::vector<std::string> words);

}  // namespace pack
