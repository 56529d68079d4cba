#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/decompress.h"
#include "base/connection.h"
#include "base/error.h"
#include "transport/access.h"
#include "transport/url.h"

namespace pack {

/// Names compare without case; order is kept.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// The first header of that name; empty when there is none.
std::string header_value(const HttpHeaders& headers, std::string_view name);

struct HttpRequest {
  std::string method = "GET";
  Url url;
  HttpHeaders headers;  ///< without Host, Content-Length, Transfer-Encoding, Connection
  std::string body;     ///< sent with its length, unless `stream` is set
  /// A body that is made while it is sent; `stream_size` bytes, or chunked when that is unknown.
  ByteReader stream = {};
  std::optional<uint64_t> stream_size = {};
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;  ///< when it was not streamed
};

/// The connection failed or ended early, or what came is no HTTP: it may be worth another try.
class HttpError : public Error {
 public:
  using Error::Error;
};

/// Nobody is there at all, see UnreachableError.
class HttpUnreachable : public HttpError {
 public:
  using HttpError::HttpError;
};

/// No byte has moved for as long as Patience says.
class HttpTimeout : public HttpError {
 public:
  using HttpError::HttpError;
};

/// A way to a server, just opened.
struct HttpRoute {
  /// Straight, or through a tunnel.
  template <std::derived_from<Connection> Opened>
  HttpRoute(std::unique_ptr<Opened> to_server) : connection(std::move(to_server)) {}

  std::unique_ptr<Connection> connection;
  /// By a proxy that reads the requests (plain http), they name the whole URL (RFC 7230, 5.3.2).
  enum class Target { path, whole_url };
  Target target = Target::path;
  std::string proxy_authorization = {};  ///< header for that proxy; empty: none
};

/// HTTP/1.1 with connections that are kept for the next request. Follows no redirects, knows no
/// credentials of servers. One thread at a time; make one for each thread.
class HttpClient {
 public:
  /// How a connection to a URL's host is made.
  using Connect = std::function<HttpRoute(const Url&)>;

  explicit HttpClient(Connect connect);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// A response body of at most `limit` bytes. A kept connection that the server has closed in the
  /// meantime is replaced once, when nothing of a streamed body was read yet. Throws HttpError;
  /// Error when the body is larger.
  HttpResponse send(const HttpRequest& request, uint64_t limit);

  /// The body is for reading: status and headers are there, body is read through the reader, which
  /// belongs to this client and must not be used after the next request. It throws HttpError when
  /// the connection ends before the body does.
  struct Download {
    HttpResponse response;
    ByteReader body;
  };
  Download download(const HttpRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Connects as `access` says: TLS with its CAs, proxies by https_proxy, http_proxy, no_proxy (with
/// CONNECT for https; their credentials are sent to them only). Throws HttpError or HttpUnreachable
/// when there is no connection, TlsError when the other side is not to be trusted.
HttpClient::Connect connect_to_network(const Access& access);

}  // namespace pack
