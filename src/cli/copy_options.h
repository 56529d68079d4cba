#pragma once

#include <string>
#include <vector>

#include "cli/access_options.h"
#include "cli/surroundings.h"
#include "copies.h"

namespace CLI {
class App;
}

namespace pack {

/// The copy command's options as they were typed.
struct CopyOptions {
  std::vector<std::string> images;  ///< the last one is the destination
  std::vector<std::string> tags;
  bool all = false;
  std::string platform;
  std::string compression;
  std::vector<std::string> annotations;
  AccessOptions access;
  bool json = false;
  bool quiet = false;
  std::string colour = "auto";
  std::string progress = "auto";
};

/// Teaches the parser the options of `pack copy`; values land in `options`.
void add_copy_options(CLI::App& app, CopyOptions& options);

/// Checks every option and resolves it to what it means. `progress` may be null, and lives longer.
/// Throws UsageError for the first that is wrong.
CopyRequest resolve_copy_request(const CopyOptions& options, const Surroundings& surroundings,
                                 Progress* progress);

}  // namespace pack
