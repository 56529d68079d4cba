// A request to a registry goes through three loops, from outside:
//
//   send_patiently   the same again after a pause, when the registry was busy or the wire broke
//   let_in           the same again with a (better) pass, when the registry answers 401
//   follow           the same elsewhere, when the answer is a redirect
//
// The pass is shown to the registry's own origin (scheme, host and port) and to nobody else: where
// a redirect or an upload's Location leads to another one, the request goes without.

#include "transport/registry_session.h"

#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "transport/client_pool.h"
#include "transport/credentials.h"
#include "transport/loopback.h"
#include "transport/registry_auth.h"
#include "transport/registry_redirect.h"
#include "transport/registry_retry.h"
#include "transport/secrets.h"

namespace pack {

namespace {

// A manifest has at most 4 MiB.
constexpr uint64_t kMaxAnswer = 8 * 1024 * 1024;
constexpr uint64_t kMaxTokenAnswer = 1024 * 1024;
constexpr uint64_t kMaxFailure = 64 * 1024;

/// One request on the wire.
using Perform = std::function<HttpResponse(const HttpRequest&)>;

std::string scope_of(const Repository& repository, std::string_view rights) {
  return "repository:" + repository.name + ":" + std::string(rights);
}

bool is_success(int status) { return status >= 200 && status < 300; }

/// What is left of `body`, as far as a message may need it.
std::string read_failure(const ByteReader& body) {
  std::string out;
  std::array<std::byte, 4096> piece{};
  while (out.size() < kMaxFailure) {
    const size_t n = body(piece);
    if (n == 0) break;
    out.append(reinterpret_cast<const char*>(piece.data()), n);
  }
  return out;
}

HttpRequest on_wire(const RegistryRequest& request, const Url& url) {
  return {.method = request.method,
          .url = url,
          .headers = request.headers,
          .body = request.body,
          .stream = request.stream ? request.stream() : ByteReader(),
          .stream_size = request.stream_size};
}

}  // namespace

struct RegistrySession::State {
  State(Repository of, Rights rights, const Access& given)
      : repository(std::move(of)),
        access(given),
        host(repository.domain == "docker.io" ? "registry-1.docker.io" : repository.domain),
        clients(std::make_shared<ClientPool>(connect_to_network(access))),
        auth(repository.domain, find_credentials(repository, access), access, secrets,
             [this](const HttpRequest& request) { return ask_token_server(request); }) {
    auth.add_scope(scope_of(repository, rights == Rights::pull ? "pull" : "pull,push"));
  }

  /// A registry that nobody has heard of yet will not be there in a second: that is told at once.
  /// One that has answered before may be starting anew.
  template <typename Request>
  auto contact(Request request) const {
    try {
      auto answer = request();
      was_heard = true;
      return answer;
    } catch (const HttpUnreachable& error) {
      if (was_heard) throw;
      throw Error(error.what());
    }
  }

  HttpResponse exchange(const HttpRequest& request, uint64_t limit) const {
    std::unique_ptr<HttpClient> client = clients->take();
    HttpResponse response = contact([&] { return client->send(request, limit); });
    clients->give_back(std::move(client));
    if (!is_success(response.status)) clean(response);
    return response;
  }

  /// A message will show it, and the server may repeat what it was sent.
  void clean(HttpResponse& failure) const {
    failure.body = secrets.without_in_body(failure.body.substr(0, kMaxFailure));
  }

  /// Errors may hold an address that the server has led to.
  template <typename Function>
  auto discreetly(Function function) const {
    try {
      return function();
    } catch (const HttpError& error) {
      const std::string text = secrets.without(error.what());
      if (text == error.what()) throw;
      throw HttpError(text);
    } catch (const Error& error) {
      const std::string text = secrets.without(error.what());
      if (text == error.what()) throw;  // as the type that it has
      throw Error(text);
    }
  }

  HttpResponse ask_token_server(const HttpRequest& request) const;
  struct Ping {
    std::string failure;        ///< why no registry answers; empty when one does
    bool may_pass = false;      ///< the next time it may be another
    bool is_untrusted = false;  ///< it speaks TLS: it is no use to try plain http
  };
  Ping ping(const Url& url) const;
  Url answering_root() const;
  Url find_root() const;
  Url known_root();
  Url target_of(const RegistryRequest& request);
  Error denied() const;
  HttpResponse converse(const RegistryRequest& request, Retry retry, const Perform& perform);
  HttpResponse let_in(const RegistryRequest& request, const Url& target, const Perform& perform);

  struct Reply {
    HttpResponse response;
    bool from_registry;  ///< itself, not from where it redirected to
  };
  Reply follow(const RegistryRequest& request, const Url& target, const Pass& pass,
               const Perform& perform);

  const Repository repository;
  const Access access;
  const std::string host;
  const std::shared_ptr<ClientPool> clients;
  Secrets secrets;
  RegistryAuth auth;
  std::mutex root_mutex;
  std::optional<Url> root;
  mutable std::atomic<bool> was_heard = false;
};

HttpResponse RegistrySession::State::ask_token_server(const HttpRequest& request) const {
  const std::string place = "the token server " + request.url.str();
  return send_patiently({}, place, [&] {
    RedirectPath path(request.method, request.url, access);
    HttpRequest next = request;
    while (true) {
      HttpResponse response = exchange(next, kMaxTokenAnswer);
      // What is posted holds the login itself.
      if (request.method != "GET" || !path.follow(response)) return response;
      next.url = path.url();
      if (!next.url.same_origin(request.url))
        std::erase_if(next.headers, [](const auto& one) { return one.first == "Authorization"; });
    }
  });
}

RegistrySession::State::Ping RegistrySession::State::ping(const Url& url) const {
  try {
    const HttpResponse response =
        exchange({.url = resolve_url(url, "/v2/"), .headers = {}, .body = {}}, kMaxTokenAnswer);
    // So do servers that speak TLS answer to plain http.
    if (response.status == 400) return {.failure = "it answers " + describe_failure(response)};
    return {};
  } catch (const HttpError& error) {
    return {.failure = error.what(), .may_pass = true};
  } catch (const UntrustedError& error) {
    return {.failure = error.what(), .is_untrusted = true};
  } catch (const Error& error) {
    return {.failure = error.what()};
  }
}

/// https before plain http. Throws HttpError when the next try may find more.
Url RegistrySession::State::answering_root() const {
  Url https = parse_url("https://" + host + "/");
  const Ping by_https = ping(https);
  if (by_https.failure.empty()) return https;
  if (by_https.is_untrusted) throw Error("the registry " + host + ": " + by_https.failure);
  Url http = parse_url("http://" + host + "/");
  const Ping by_http = ping(http);
  if (by_http.failure.empty()) return http;
  const std::string text =
      "no registry answers at " + host +
      (by_http.failure == by_https.failure ? " (" + by_http.failure + ")"
                                           : ", neither by https (" + by_https.failure +
                                                 ") nor by plain http (" + by_http.failure + ")");
  if (by_https.may_pass || by_http.may_pass) throw HttpError(text);
  throw Error(text);
}

Url RegistrySession::State::find_root() const {
  Url found = parse_url("https://" + host + "/");
  // Nothing to find out: the first request will show whether it is there.
  if (!access.insecure && !is_loopback(found.host)) return found;
  send_patiently({}, "the registry " + host, [&] {
    found = answering_root();
    return HttpResponse();
  });
  return found;
}

Url RegistrySession::State::known_root() {
  const std::lock_guard lock(root_mutex);
  if (!root) root = find_root();
  return *root;
}

Url RegistrySession::State::target_of(const RegistryRequest& request) {
  const Url from = known_root();
  Url target = resolve_url(from, request.target);
  if (from.scheme == "https" && target.scheme == "http" && !access.insecure)
    throw Error("the registry " + host + " sends on to plain http, to " + target.str() +
                "; use --insecure if that is no harm");
  return target;
}

Error RegistrySession::State::denied() const {
  const std::string login =
      repository.domain == "docker.io" ? "`docker login`" : "`docker login " + host + "`";
  const std::string what = "the registry " + repository.domain;
  if (auth.has_credentials())
    return Error(what + " refuses the stored login for " + repository.name +
                 "; log in again with " + login + " as somebody who has the right to it");
  return Error(what + " wants a login for " + repository.name +
               ", if there is such a repository; log in with " + login);
}

RegistrySession::State::Reply RegistrySession::State::follow(const RegistryRequest& request,
                                                             const Url& target, const Pass& pass,
                                                             const Perform& perform) {
  const Url home = known_root();
  RedirectPath path(request.method, target, access);
  while (true) {
    const bool at_home = path.url().same_origin(home);
    HttpRequest next = on_wire(request, path.url());
    if (at_home && !pass.authorization.empty())
      next.headers.emplace_back("Authorization", pass.authorization);
    HttpResponse response = perform(next);
    if (request.redirects == RegistryRequest::Redirects::refuse || !path.follow(response))
      return {.response = std::move(response), .from_registry = at_home};
  }
}

HttpResponse RegistrySession::State::let_in(const RegistryRequest& request, const Url& target,
                                            const Perform& perform) {
  for (int refusals = 0;; ++refusals) {
    const Pass pass = auth.pass();
    Reply reply = follow(request, target, pass, perform);
    HttpResponse& response = reply.response;
    if (response.status != 401 || !reply.from_registry) return std::move(response);
    const std::vector<AuthChallenge> challenges = challenges_of(response.headers);
    const bool has_hope = refusals == 0 || (refusals == 1 && auth.demands_more(challenges));
    if (!has_hope || !auth.renew(pass, challenges)) throw denied();
  }
}

HttpResponse RegistrySession::State::converse(const RegistryRequest& request, Retry retry,
                                              const Perform& perform) {
  return discreetly([&] {
    const Url target = target_of(request);
    const auto attempt = [&] { return let_in(request, target, perform); };
    if (retry == Retry::no) return attempt();
    return send_patiently({}, "the registry " + host, attempt);
  });
}

RegistrySession::RegistrySession(Repository repository, Rights rights, const Access& access)
    : state_(std::make_unique<State>(std::move(repository), rights, access)) {}
RegistrySession::~RegistrySession() = default;

const Repository& RegistrySession::repository() const { return state_->repository; }

void RegistrySession::add_pull_scope(const Repository& other) {
  state_->auth.add_scope(scope_of(other, "pull"));
}

HttpResponse RegistrySession::send(const RegistryRequest& request, Retry retry) {
  return state_->converse(request, retry, [this](const HttpRequest& next) {
    return state_->exchange(next, kMaxAnswer);
  });
}

RegistrySession::Download RegistrySession::download(const RegistryRequest& request) {
  ByteReader body;
  const auto perform = [&](const HttpRequest& next) {
    std::unique_ptr<HttpClient> client = state_->clients->take();
    HttpClient::Download download = state_->contact([&] { return client->download(next); });
    body = pooled(std::move(download.body), std::move(client), state_->clients);
    if (!is_success(download.response.status)) {
      download.response.body = read_failure(std::exchange(body, ByteReader()));
      state_->clean(download.response);
    }
    return std::move(download.response);
  };
  HttpResponse response = state_->converse(request, Retry::yes, perform);
  if (!body) body = [](std::span<std::byte>) { return size_t{0}; };
  return {.response = std::move(response), .body = std::move(body)};
}

std::string RegistrySession::without_secrets(std::string text) const {
  return state_->secrets.without(std::move(text));
}

Url RegistrySession::root() { return state_->known_root(); }

}  // namespace pack
