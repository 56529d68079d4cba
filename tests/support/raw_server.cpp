#include "support/raw_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "support/free_port.h"

namespace pack::test {
namespace {

int listen_on(const sockaddr* address, socklen_t size) {
  const int listener = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || ::bind(listener, address, size) != 0 || ::listen(listener, 16) != 0)
    throw std::runtime_error("a test server cannot listen");
  return listener;
}

}  // namespace

struct RawServer::State {
  State(Session what, int socket) : session(std::move(what)), listener(socket) {
    if (::pipe(stop) != 0) throw std::runtime_error("no pipe");
    thread = std::thread([this] { serve(); });
  }
  ~State() {
    ::close(stop[1]);
    thread.join();
    ::close(stop[0]);
    ::close(listener);
  }

  void serve() {
    while (true) {
      pollfd ready[2] = {{listener, POLLIN, 0}, {stop[0], POLLIN, 0}};
      ::poll(ready, 2, -1);
      if (ready[1].revents) return;
      const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      session(socket, connections++);
      ::close(socket);
    }
  }

  Session session;
  int listener;
  int stop[2];
  std::atomic<int> connections = 0;
  std::thread thread;
};

RawServer::RawServer(Session session) {
  const sockaddr_in address = loopback(0);
  state_ = std::make_unique<State>(
      std::move(session), listen_on(reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

RawServer::RawServer(Session session, const std::string& unix_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
  state_ = std::make_unique<State>(
      std::move(session), listen_on(reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

RawServer::~RawServer() = default;

uint16_t RawServer::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(state_->listener, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

int RawServer::connections() const { return state_->connections; }

std::string read_head(int socket) {
  std::string head;
  for (char c; !head.ends_with("\r\n\r\n") && ::recv(socket, &c, 1, 0) == 1;) head += c;
  return head;
}

bool send_text(int socket, const std::string& text) {
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

void splice_sockets(int one, int other) {
  pollfd ready[2] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
  while (::poll(ready, 2, -1) > 0)
    for (int i = 0; i < 2; ++i) {
      if (!ready[i].revents) continue;
      char piece[16 * 1024];
      const ssize_t n = ::recv(ready[i].fd, piece, sizeof piece, 0);
      if (n <= 0 || !send_text(ready[1 - i].fd, std::string(piece, static_cast<size_t>(n)))) return;
    }
}

int connect_to_port(uint16_t port) {
  const sockaddr_in address = loopback(port);
  const int out = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(out, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return out;
  ::close(out);
  return -1;
}

}  // namespace pack::test
