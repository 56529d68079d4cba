#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "transport/access.h"
#include "transport/auth_challenge.h"
#include "transport/credentials.h"
#include "transport/registry_token.h"
#include "transport/secrets.h"

namespace pack {

/// What a request shows to be let in, and which one in the order of those made.
struct Pass {
  std::string authorization;  ///< value of the header; empty: nothing is known to be wanted
  uint64_t number = 0;        ///< 0: the empty one
};

/// The login at one registry. Threads share it: while one gets a token, the others wait for it.
class RegistryAuth {
 public:
  /// `secrets` learns what is shown; it lives longer, as `access` does.
  RegistryAuth(std::string registry, Credentials credentials, const Access& access,
               Secrets& secrets, TokenExchange exchange);

  /// Tokens are asked for with this scope, too, from the next one on.
  void add_scope(const std::string& scope);

  /// For the next request. A token that is about to expire is replaced before.
  Pass pass();

  /// The registry answered 401 to a request with `refused`. True: the request is worth one more
  /// try, with pass(). False: nothing else could be shown. Throws Error when no token is given, or
  /// when the registry wants something that pack cannot.
  bool renew(const Pass& refused, const std::vector<AuthChallenge>& challenges);

  /// The challenges name a scope that no token was asked for yet.
  bool demands_more(const std::vector<AuthChallenge>& challenges);

  bool has_credentials() const { return !credentials_.empty(); }

 private:
  using Clock = std::chrono::steady_clock;

  std::vector<std::string> new_scopes(const AuthChallenge& challenge) const;
  void get_token(const AuthChallenge& challenge);
  void keep(std::string authorization);
  bool renew_basic(const Pass& refused);
  bool renew_bearer(const Pass& refused, const AuthChallenge& challenge);

  const std::string registry_;
  const Credentials credentials_;
  const Access& access_;
  Secrets& secrets_;
  const TokenExchange exchange_;

  std::mutex mutex_;  // for all below
  std::vector<std::string> scopes_;
  std::optional<AuthChallenge> bearer_;  // the last one; a token was got by it
  Clock::time_point renew_after_ = Clock::time_point::max();
  Pass pass_;
};

}  // namespace pack
