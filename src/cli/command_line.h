#pragma once

#include "cli/exit_status.h"

namespace pack {

/// Runs the program; errors are reported on stderr. Throws nothing of pack's own.
ExitStatus run_command_line(int argc, char** argv);

}  // namespace pack
