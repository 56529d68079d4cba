// Logging in at a registry is a dialogue: a request without anything, 401 and what is wanted
// ("challenge"), then either name and password in every request (Basic), or a token (Bearer) that
// another server gives for name and password, or to anybody, and that is good for a while and for
// certain rights ("scopes").
//
// A token is asked for with all scopes that this session will need, and with what the challenge
// names. A second 401 means something only when there is something new to try: a scope that was
// not asked for yet, or a token that is older than the request. Anything else would be a loop.

#include "transport/registry_auth.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace pack {

namespace {

// Before the end of a token's life: what a request takes until it is looked at.
constexpr std::chrono::seconds kMargin{10};
// A registry may demand further scopes; more than this is no repository's need.
constexpr size_t kMaxScopes = 16;

const AuthChallenge* find_scheme(const std::vector<AuthChallenge>& challenges,
                                 std::string_view scheme) {
  const auto found = std::find_if(challenges.begin(), challenges.end(),
                                  [&](const AuthChallenge& one) { return one.scheme == scheme; });
  return found == challenges.end() ? nullptr : &*found;
}

/// The scope `have` holds all rights of `wanted` ("repository:NAME:pull,push").
bool covers(const std::string& have, const std::string& wanted) {
  const size_t colon = wanted.rfind(':');
  if (have == wanted) return true;
  if (colon == wanted.npos || have.rfind(':') != colon ||
      have.compare(0, colon, wanted, 0, colon) != 0)
    return false;
  const std::string rights = "," + have.substr(colon + 1) + ",";
  for (size_t at = colon + 1; at <= wanted.size();) {
    const size_t end = std::min(wanted.find(',', at), wanted.size());
    if (rights.find("," + wanted.substr(at, end - at) + ",") == rights.npos) return false;
    at = end + 1;
  }
  return true;
}

}  // namespace

RegistryAuth::RegistryAuth(std::string registry, Credentials credentials, const Access& access,
                           Secrets& secrets, TokenExchange exchange)
    : registry_(std::move(registry)),
      credentials_(std::move(credentials)),
      access_(access),
      secrets_(secrets),
      exchange_(std::move(exchange)) {
  for (const std::string* secret :
       {&credentials_.password, &credentials_.identity_token, &credentials_.registry_token})
    secrets_.add(*secret);
  if (!credentials_.password.empty()) secrets_.add(basic_authorization(credentials_).substr(6));
}

void RegistryAuth::add_scope(const std::string& scope) {
  const std::lock_guard lock(mutex_);
  if (std::find(scopes_.begin(), scopes_.end(), scope) == scopes_.end()) scopes_.push_back(scope);
}

Pass RegistryAuth::pass() {
  const std::lock_guard lock(mutex_);
  if (Clock::now() >= renew_after_) get_token(*bearer_);
  return pass_;
}

bool RegistryAuth::renew(const Pass& refused, const std::vector<AuthChallenge>& challenges) {
  const std::lock_guard lock(mutex_);
  if (refused.number != pass_.number) return true;  // another thread was faster
  if (const AuthChallenge* bearer = find_scheme(challenges, "bearer"))
    return renew_bearer(refused, *bearer);
  if (find_scheme(challenges, "basic") != nullptr) return renew_basic(refused);
  if (challenges.empty())
    throw Error(registry_ +
                " wants a login (401) and does not say of which kind; ask its operator");
  throw Error(registry_ + " wants a login by " + quoted(challenges.front().scheme) +
              ", which pack does not know; it knows Basic and Bearer");
}

bool RegistryAuth::renew_basic(const Pass& refused) {
  const bool has_password = !credentials_.username.empty() || !credentials_.password.empty();
  if (refused.number != 0 || !has_password) return false;
  keep(basic_authorization(credentials_));
  return true;
}

bool RegistryAuth::renew_bearer(const Pass& refused, const AuthChallenge& challenge) {
  if (!credentials_.registry_token.empty()) {
    if (refused.number != 0) return false;
    keep("Bearer " + credentials_.registry_token);
    return true;
  }
  for (std::string& scope : new_scopes(challenge)) scopes_.push_back(std::move(scope));
  get_token(challenge);
  return true;
}

std::vector<std::string> RegistryAuth::new_scopes(const AuthChallenge& challenge) const {
  const std::string demanded = challenge.parameter("scope");
  std::vector<std::string> out;
  for (size_t at = 0; at < demanded.size();) {
    const size_t end = std::min(demanded.find(' ', at), demanded.size());
    const std::string scope = demanded.substr(at, end - at);
    at = end + 1;
    const bool known = std::any_of(scopes_.begin(), scopes_.end(),
                                   [&](const std::string& have) { return covers(have, scope); });
    if (!scope.empty() && !known && scopes_.size() + out.size() < kMaxScopes) out.push_back(scope);
  }
  return out;
}

bool RegistryAuth::demands_more(const std::vector<AuthChallenge>& challenges) {
  const std::lock_guard lock(mutex_);
  const AuthChallenge* bearer = find_scheme(challenges, "bearer");
  return bearer != nullptr && !new_scopes(*bearer).empty();
}

void RegistryAuth::get_token(const AuthChallenge& challenge) {
  const Token token = fetch_token({.realm = token_realm(challenge, access_),
                                   .service = challenge.parameter("service"),
                                   .scopes = scopes_,
                                   .credentials = credentials_},
                                  exchange_);
  secrets_.add(token.value);
  bearer_ = AuthChallenge(challenge);
  renew_after_ = Clock::now() + std::max(token.lifetime - kMargin, token.lifetime / 2);
  keep("Bearer " + token.value);
}

void RegistryAuth::keep(std::string authorization) {
  pass_ = {.authorization = std::move(authorization), .number = pass_.number + 1};
}

}  // namespace pack
