#include "support/cutting_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/free_port.h"

namespace pack {

namespace {

bool send_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t count = ::send(fd, data, size, MSG_NOSIGNAL);
    if (count <= 0) return false;
    data += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

}  // namespace

struct CuttingProxy::State {
  struct Line {
    uint64_t passed[2] = {0, 0};  // since the connection began or cut() was called
    uint64_t era = 0;
  };

  explicit State(uint16_t to) : server_port(to) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listener, any, size) != 0 || ::listen(listener, 64) != 0 ||
        ::getsockname(listener, any, &size) != 0)
      throw std::runtime_error("a proxy cannot listen on 127.0.0.1");
    port = ntohs(address.sin_port);
    acceptor = std::thread([this] { accept_all(); });
  }

  ~State() {
    {
      const std::lock_guard lock(mutex);
      closing = true;
    }
    ::shutdown(listener, SHUT_RDWR);
    acceptor.join();
    for (std::thread& thread : lines) thread.join();
    ::close(listener);
  }

  void accept_all() {
    while (true) {
      const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      lines.emplace_back([this, client] { serve(client); });
    }
  }

  bool is_closing() const {
    const std::lock_guard lock(mutex);
    return closing;
  }

  void serve(int client) {
    sockaddr_in address = loopback(server_port);
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
      pass_counted(client, server);
    ::close(client);
    ::close(server);
  }

  void pass_counted(int client, int server) {
    {
      const std::lock_guard lock(mutex);
      most_at_once = std::max(most_at_once, ++at_once);
    }
    pass(client, server);
    const std::lock_guard lock(mutex);
    --at_once;
  }

  void pass(int client, int server) {
    pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    Line line;
    while (!is_closing()) {
      if (::poll(ends, 2, 50) <= 0) continue;
      for (int from = 0; from < 2; ++from)
        if (ends[from].revents != 0 && !pass_some(ends[from].fd, ends[1 - from].fd, from, line))
          return;
    }
  }

  /// False when the connection is over. `from` is the direction.
  bool pass_some(int source, int target, int from, Line& line) {
    char buffer[16384];
    const ssize_t count = ::recv(source, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    const auto size = static_cast<size_t>(count);
    const size_t allowed = allow(size, from, line);
    return send_all(target, buffer, allowed) && allowed == size;
  }

  /// How many of `size` bytes may still pass.
  size_t allow(size_t size, int direction, Line& line) {
    const std::lock_guard lock(mutex);
    if (line.era != era) line = {.era = era};
    size_t allowed = size;
    if (cuts_left > 0 && direction == cut_direction && line.passed[direction] + size > cut_after) {
      allowed = cut_after - std::min(cut_after, line.passed[direction]);
      --cuts_left;
      ++cut;
    }
    line.passed[direction] += allowed;
    passed[direction] += allowed;
    return allowed;
  }

  const uint16_t server_port;
  int listener = -1;
  uint16_t port = 0;
  std::thread acceptor;
  std::vector<std::thread> lines;  // the acceptor's until it has ended
  mutable std::mutex mutex;        // for all below
  bool closing = false;
  uint64_t era = 0;
  int cut_direction = 0;
  uint64_t cut_after = 0;
  int cuts_left = 0;
  int cut = 0;
  int at_once = 0;
  int most_at_once = 0;
  uint64_t passed[2] = {0, 0};
};

CuttingProxy::CuttingProxy(uint16_t server_port) : state_(std::make_unique<State>(server_port)) {}
CuttingProxy::~CuttingProxy() = default;

void CuttingProxy::cut(Direction direction, uint64_t bytes, int times) {
  const std::lock_guard lock(state_->mutex);
  ++state_->era;
  state_->cut_direction = direction == Direction::to_server ? 0 : 1;
  state_->cut_after = bytes;
  state_->cuts_left = times;
}

int CuttingProxy::cuts() const {
  const std::lock_guard lock(state_->mutex);
  return state_->cut;
}

int CuttingProxy::most_at_once() const {
  const std::lock_guard lock(state_->mutex);
  return state_->most_at_once;
}

uint64_t CuttingProxy::passed(Direction direction) const {
  const std::lock_guard lock(state_->mutex);
  return state_->passed[direction == Direction::to_server ? 0 : 1];
}

std::string CuttingProxy::authority() const { return "127.0.0.1:" + std::to_string(state_->port); }

}  // namespace pack
