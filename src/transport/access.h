#pragma once

#include <map>
#include <string>

#include "base/progress.h"

namespace pack {

/// How places beyond the local disk may be reached: what the user said, and what of the caller's
/// environment has a say in it.
struct Access {
  bool insecure = false;  ///< plain http and unverified certificates are taken, too
  std::string tls_ca;     ///< PEM file with further certificate authorities; empty: the system's
  std::string auth_file;  ///< a containers' auth.json that goes before all others; empty: none
  /// Of the environment: DOCKER_HOST, DOCKER_CONFIG, HOME, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR,
  /// PATH (for credential helpers), HTTP_PROXY and its kind, SSL_CERT_FILE, ...
  std::map<std::string, std::string> environment;
  Progress* progress = nullptr;  ///< null: nobody wants to know

  /// A variable's value; empty when it is not set.
  std::string variable(const std::string& name) const {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  }
};

}  // namespace pack
