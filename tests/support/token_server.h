#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "support/fake_server.h"

namespace pack::test {

/// What a token server wants to see, and how it answers.
struct TokenRules {
  std::string path = "/token";
  std::string service = "registry.docker.io";
  std::string username = {};  ///< empty: everybody gets a token
  std::string password = {};
  std::string identity_token = {};     ///< not empty: wanted by POST instead
  std::string field = "token";         ///< or "access_token"
  std::string token_start = "token-";  ///< a number follows, another one for each token
  int expires_in = 0;                  ///< seconds; 0: it does not say
};

/// A token server in the manner of the Docker registry's specification. A wrong login gets 401, and
/// a wrong service 400.
class TokenServer {
 public:
  explicit TokenServer(TokenRules rules = {});

  /// The value of a WWW-Authenticate header that leads here.
  std::string challenge(const std::string& scope) const;
  /// This Authorization header holds a token that was given, with `scope` among its scopes.
  bool lets_in(const std::string& authorization, const std::string& scope) const;
  /// No token given so far lets in any more.
  void forget();

  std::string realm() const { return server_.url() + rules_.path; }
  std::vector<FakeRequest> requests() const { return server_.requests(); }

 private:
  FakeResponse answer(const FakeRequest& request);
  bool is_allowed(const FakeRequest& request) const;

  struct Given {
    std::string token;
    std::vector<std::string> scopes;
  };
  TokenRules rules_;
  mutable std::mutex mutex_;  // for all below
  std::vector<Given> given_;
  size_t forgotten_ = 0;
  FakeServer server_;  // the last, for it answers at once
};

}  // namespace pack::test
