#pragma once

#include <string>
#include <vector>

#include "cli/access_options.h"
#include "verification.h"

namespace CLI {
class App;
}

namespace pack {

/// The verify command's options as they were typed.
struct VerifyOptions {
  std::vector<std::string> images;
  std::string platform;
  bool json = false;
  bool quiet = false;
  std::string progress = "auto";
  AccessOptions access;
};

/// Teaches the parser the options of the verify command; values land in `options`.
void add_verify_options(CLI::App& app, VerifyOptions& options);

/// One request an image. Throws UsageError for the first option that is wrong.
std::vector<VerifyRequest> resolve_verify_requests(const VerifyOptions& options,
                                                   const Surroundings& surroundings,
                                                   Progress* progress);

}  // namespace pack
