#pragma once

#include <optional>
#include <string>

#include "cli/build_options.h"
#include "pack.h"

namespace pack {

/// What of the caller's surroundings has a say in a build, and nothing else has.
struct Surroundings {
  std::string working_dir;  ///< absolute
  std::string path;         ///< PATH
  std::optional<std::string> ld_library_path;
  std::optional<std::string> source_date_epoch;
};

/// As the process has them. Throws Error when there is no working directory.
Surroundings read_surroundings();

/// Checks every option and resolves it to what it means. Throws UsageError for the first that is
/// wrong.
BuildRequest resolve_request(const BuildOptions& options, const Surroundings& surroundings);

}  // namespace pack
