#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.h"

namespace pack {

/// `pack verify [OPTIONS] IMAGE...`. `words` are those behind "verify". Throws UsageError, Error.
ExitStatus run_verify_command(std::vector<std::string> words);

}  // namespace pack
