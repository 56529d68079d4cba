#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "transport/credentials.h"
#include "transport/http.h"
#include "transport/url.h"

namespace pack {

/// What a token server is asked for.
/// Source: docs.docker.com/registry/spec/auth: token (GET), oauth (POST).
struct TokenRequest {
  Url realm;
  std::string service;              ///< as the challenge says; may be empty
  std::vector<std::string> scopes;  ///< "repository:library/debian:pull"; none: a login alone
  Credentials credentials;          ///< empty: anonymously
};

struct Token {
  std::string value;
  /// How long it may be used from now on: expires_in, 60 s where the server does not say or
  /// says 0.
  std::chrono::seconds lifetime{60};
};

/// A response of the token server, retries included.
using TokenExchange = std::function<HttpResponse(const HttpRequest&)>;

/// Basic credentials as the value of an Authorization header.
std::string basic_authorization(const Credentials& credentials);

/// By GET; with an identity token by POST, which alone takes one. Throws Error, which holds no
/// secret: login refused, another failure, or an answer without a usable token.
Token fetch_token(const TokenRequest& request, const TokenExchange& exchange);

}  // namespace pack
