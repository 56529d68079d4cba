#include "cli/access_options.h"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "base/error.h"

namespace pack {

namespace {

/// Said now, and not after the half of a pull.
void require_file(const char* option, const std::string& path) {
  std::error_code failed;
  const std::filesystem::file_status status = std::filesystem::status(path, failed);
  if (!std::filesystem::exists(status))
    throw UsageError(std::string(option) + " " + quoted(path) + ": there is no such file");
  if (std::filesystem::is_directory(status))
    throw UsageError(std::string(option) + " " + quoted(path) + ": this is a folder, not a file");
}

}  // namespace

void add_access_options(CLI::App& app, AccessOptions& options, const char* group) {
  app.add_flag("--insecure", options.insecure,
               "plain http and unverified certificates are taken, too")
      ->group(group);
  app.add_option("--tls-ca", options.tls_ca, "trust the authorities in this PEM file, too")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--authfile", options.auth_file, "credentials, as in containers' auth.json")
      ->type_name("FILE")
      ->group(group);
}

Access resolve_access(const AccessOptions& options, const Surroundings& surroundings,
                      Progress* progress) {
  if (!options.tls_ca.empty()) require_file("--tls-ca", options.tls_ca);
  if (!options.auth_file.empty()) require_file("--authfile", options.auth_file);
  return {.insecure = options.insecure,
          .tls_ca = options.tls_ca,
          .auth_file = options.auth_file,
          .environment = surroundings.environment,
          .progress = progress};
}

}  // namespace pack
