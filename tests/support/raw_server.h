#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pack::test {

/// A server whose side of every connection is a function on the bare socket: for peers that
/// misbehave in ways that no real server does. On 127.0.0.1, or on a unix socket.
class RawServer {
 public:
  /// Called with the socket and the number of the connection, from 0; one connection at a time, in
  /// a thread of the server's. The socket is closed when it returns.
  using Session = std::function<void(int socket, int number)>;

  explicit RawServer(Session session);
  RawServer(Session session, const std::string& unix_path);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  uint16_t port() const;
  /// Connections so far.
  int connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What comes up to the empty line behind a request's headers, with it; less at the end.
std::string read_head(int socket);

/// All of the text; false when the other side is gone.
bool send_text(int socket, const std::string& text);

/// Sends back and forth what two sockets say, until one of them ends.
void splice_sockets(int one, int other);

/// A socket connected to 127.0.0.1:port; -1 when nobody listens.
int connect_to_port(uint16_t port);

}  // namespace pack::test
