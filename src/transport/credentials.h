#pragma once

#include <string>

#include "transport/access.h"
#include "transport/image_content.h"

namespace pack {

/// How a user proves to a registry who they are. Of secrets, so never part of a message.
struct Credentials {
  std::string username;
  std::string password;
  std::string identity_token;  ///< changed for a token at the token server; instead of a password
  std::string registry_token;  ///< is itself what the registry wants as Bearer

  bool empty() const {
    return username.empty() && password.empty() && identity_token.empty() && registry_token.empty();
  }
  bool operator==(const Credentials&) const = default;
};

/// What the user's files and credential helpers hold for `repository`; empty: nothing. Asked in
/// this order, the first that has something wins: --authfile, $DOCKER_CONFIG/config.json (without
/// the variable: ~/.docker/config.json), $REGISTRY_AUTH_FILE,
/// $XDG_RUNTIME_DIR/containers/auth.json,
/// ~/.config/containers/auth.json. Throws Error when a file is damaged, --authfile is missing, or a
/// credential helper fails.
Credentials find_credentials(const Repository& repository, const Access& access);

}  // namespace pack
