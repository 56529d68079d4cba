#pragma once

#include <string>

#include "support/require.h"
#include "support/temp_dir.h"

namespace pack::test {

struct ToolRun {
  int status;          ///< exit status; 128 when a signal ended it
  std::string output;  ///< of stdout and stderr
};

/// Runs a line of shell.
ToolRun run(const std::string& command);

/// A folder that goes when the test ends.
class TemporaryFolder : public TempDir {
 public:
  std::string str() const { return path().string(); }
};

}  // namespace pack::test
