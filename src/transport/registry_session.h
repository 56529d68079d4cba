#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "transport/access.h"
#include "transport/http.h"
#include "transport/image_content.h"

namespace pack {

/// One request to a registry, below its API root.
struct RegistryRequest {
  std::string method = "GET";
  /// "/v2/library/debian/manifests/12", or an absolute URL that the registry gave (an upload's
  /// Location): then it is used as it is.
  std::string target;
  HttpHeaders headers;
  std::string body;
  /// A body that is streamed. Called anew for each try; without it, `body` is sent.
  std::function<ByteReader()> stream = {};
  std::optional<uint64_t> stream_size = {};
  enum class Redirects { follow, refuse };
  Redirects redirects = Redirects::follow;
};

/// The conversation with one registry about one repository: authentication (Basic, Bearer tokens
/// by scope), retries with backoff, redirects that never carry credentials to another host.
/// For several threads at once, which share tokens; each request uses a kept connection.
/// Source: distribution-spec; docs.docker.com/registry/spec/auth/token.
class RegistrySession {
 public:
  enum class Rights { pull, push };  ///< push: pull and push
  /// Finds credentials, makes no connection yet. Throws Error when a credential helper fails.
  RegistrySession(Repository repository, Rights rights, const Access& access);
  ~RegistrySession();
  RegistrySession(const RegistrySession&) = delete;
  RegistrySession& operator=(const RegistrySession&) = delete;

  const Repository& repository() const;

  /// A push that wants to mount blobs asks for pull rights on `other` too. Before any request.
  void add_pull_scope(const Repository& other);

  /// The response, whatever its status, after authentication, redirects and retries of 408, 429
  /// (Retry-After), 5xx and dropped connections. With Retry::no those are the caller's: as a
  /// response, or HttpError; but after a 401 or a redirect, which took nothing, a streamed body is
  /// sent again from its start in any case. Throws Error: no connection, still failing after 5
  /// tries, endless 401, redirect loop, denied.
  enum class Retry { yes, no };
  HttpResponse send(const RegistryRequest& request, Retry retry = Retry::yes);

  /// As send(), for a large body: passes it to a reader. Status is checked by the caller; where it
  /// is none of 2xx, the start of the body is in response.body. The download owns its connection,
  /// and may outlive the session.
  struct Download {
    HttpResponse response;
    ByteReader body;
  };
  Download download(const RegistryRequest& request);

  /// What a message is to show of a server's words: they may repeat a password or token.
  std::string without_secrets(std::string text) const;

  /// The Url below which the API is, found by the first request (https, or http where allowed).
  Url root();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The error sentence for a response that is not what was expected: status, and the registry's
/// own code and message (shortened, escaped). A session's responses hold no secret here.
std::string describe_failure(const HttpResponse& response);

}  // namespace pack
