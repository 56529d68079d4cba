#pragma once

namespace pack {

/// What scripts rely on.
enum class ExitStatus {
  done = 0,
  failed = 1,  ///< the work failed
  usage = 2,   ///< the command line was wrong
  unsound = 3  ///< `verify` found the image wrong
};

}  // namespace pack
