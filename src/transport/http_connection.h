#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "transport/http.h"

namespace pack {

/// One connection to an HTTP server: requests and their responses, one after the other.
///
/// start(), write_body() as often as it takes, end_body(), read_head(), read_body() until it gives
/// 0; then, if can_be_used_again(), from the start. Throws HttpError for all that goes wrong
/// with the other side, Error for a request that must not be sent (a line break in a header).
class HttpConnection {
 public:
  explicit HttpConnection(HttpRoute route);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// The request without its body; may wait with sending until there is more.
  void start(const HttpRequest& request);
  /// CONNECT (RFC 7231, 4.3.6) to "host:port", for which the route's proxy_authorization is sent.
  void start_tunnel(const std::string& authority);
  /// Sends what start() has kept.
  void flush();

  /// The next bytes of the body. Once the server has refused the request without waiting for all of
  /// it (401, 413), nothing more is sent: false.
  bool write_body(std::span<const std::byte> bytes);
  /// The body is complete.
  void end_body();

  /// Status and headers; responses that are only on the way (1xx) are passed over.
  HttpResponse read_head();
  /// At least one byte; 0 at the end of the body.
  size_t read_body(std::span<std::byte> into);

  /// A byte of the response has come.
  bool is_answered() const;
  /// Request and response are complete, and the server keeps the connection.
  bool can_be_used_again() const;
  /// The server has ended it while it was not used.
  bool is_stale();
  /// Whatever is used from now on fails.
  void close();
  /// The connection behind a CONNECT that was granted; nothing is left here.
  std::unique_ptr<Connection> release();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pack
