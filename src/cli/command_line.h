#pragma once

namespace pack {

/// What scripts rely on.
enum class ExitStatus {
  done = 0,
  failed = 1,  ///< the work failed
  usage = 2    ///< the command line was wrong
};

/// Runs the program; errors are reported on stderr. Throws nothing of pack's own.
ExitStatus run_command_line(int argc, char** argv);

}  // namespace pack
