#pragma once

#include <string>

#include "cli/surroundings.h"
#include "transport/access.h"

namespace CLI {
class App;
}

namespace pack {

/// How registries and engines are reached, as it was typed: options of every command that reads or
/// writes images.
struct AccessOptions {
  bool insecure = false;
  std::string tls_ca;     ///< empty: not said
  std::string auth_file;  ///< likewise
};

/// Teaches the parser --insecure, --tls-ca and --authfile.
void add_access_options(CLI::App& app, AccessOptions& options, const char* group = "Network");

/// `progress` (null: nobody wants to know) must live as long as the result is used.
/// Throws UsageError for a file that cannot be one.
Access resolve_access(const AccessOptions& options, const Surroundings& surroundings,
                      Progress* progress);

}  // namespace pack
