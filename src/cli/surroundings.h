#pragma once

#include <map>
#include <optional>
#include <string>

namespace pack {

/// What of the caller's surroundings has a say in what pack does, and nothing else has.
struct Surroundings {
  std::string working_dir;  ///< absolute
  std::string path;         ///< PATH
  std::optional<std::string> ld_library_path;
  std::optional<std::string> source_date_epoch;
  /// All variables: only how registries and engines are reached asks for more than the above, and
  /// the credential helpers that it runs get them.
  std::map<std::string, std::string> environment = {};
};

/// As the process has them. Throws Error when there is no working directory.
Surroundings read_surroundings();

}  // namespace pack
