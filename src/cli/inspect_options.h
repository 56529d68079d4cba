#pragma once

#include <string>

#include "cli/access_options.h"
#include "inspection.h"

namespace CLI {
class App;
}

namespace pack {

/// The inspect command's options as they were typed.
struct InspectOptions {
  std::string image;
  std::string platform;
  bool files = false;
  bool config = false;
  bool manifest = false;
  bool json = false;
  std::string why;  ///< empty: not said
  std::string colour = "auto";
  std::string progress = "auto";
  AccessOptions access;
};

/// Teaches the parser the options of the inspect command; values land in `options`.
void add_inspect_options(CLI::App& app, InspectOptions& options);

/// Throws UsageError for the first option that is wrong. For `progress` see resolve_access().
InspectRequest resolve_inspect_request(const InspectOptions& options,
                                       const Surroundings& surroundings, Progress* progress);

}  // namespace pack
