#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "transport/credentials.h"

namespace pack {

/// One question to a credential helper, the program docker-credential-NAME.
/// Source: github.com/docker/docker-credential-helpers (README, "Development").
struct HelperQuestion {
  std::string name;
  std::string server;                              ///< "https://index.docker.io/v1/", "quay.io"
  std::map<std::string, std::string> environment;  ///< of the helper; its PATH is searched
  std::chrono::milliseconds patience{std::chrono::seconds(30)};  ///< then it is killed
};

/// Runs it, without a shell. Nothing when it has no credentials for the server. Throws Error, which
/// shows none of what the helper wrote: a name with other characters than [A-Za-z0-9._-], not
/// found, failed, hangs, or answers nonsense. Callable while other threads run.
std::optional<Credentials> ask_credential_helper(const HelperQuestion& question);

}  // namespace pack
