#include "base/socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace pack {

namespace {

/// An answer must bring this much while it is waited for as long as Patience::transfer.
constexpr uint64_t kLeast = 4096;

std::string seconds(std::chrono::milliseconds limit) {
  return limit < std::chrono::seconds(1) ? std::to_string(limit.count()) + " ms"
                                         : std::to_string(limit.count() / 1000) + " s";
}

bool may_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

SocketConnection::SocketConnection(Fd socket, std::string peer, std::chrono::milliseconds limit)
    : socket_(std::move(socket)), peer_(std::move(peer)), limit_(limit) {}

/// Which of the events has come. Throws Error when none does within the limit.
short SocketConnection::wait(short events) const {
  const auto end = std::chrono::steady_clock::now() + limit_;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd ready{.fd = socket_.get(), .events = events, .revents = 0};
    const int count = ::poll(&ready, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (count > 0) return ready.revents;
    if (count == 0) throw TimeoutError(peer_ + " did not move a byte for " + seconds(limit_));
    if (errno != EINTR) throw_errno("waiting for " + peer_);
  }
}

/// For the first byte of an answer, which may need thought, wait()'s limit is enough. What follows
/// it must not drip: only the time that we wait counts, not what the reader takes for itself.
void SocketConnection::wait_for_more() {
  const auto begin = std::chrono::steady_clock::now();
  wait(POLLIN);
  if (arrived_ == 0) return;
  waited_ += std::chrono::steady_clock::now() - begin;
  if (waited_ < limit_) return;
  if (arrived_ < kLeast)
    throw TimeoutError(peer_ + " is too slow: it sent " + std::to_string(arrived_) + " bytes in " +
                       seconds(limit_));
  waited_ = {};
  arrived_ = 1;  // still the same answer
}

size_t SocketConnection::read(std::span<std::byte> into) {
  while (true) {
    const ssize_t n = ::recv(socket_.get(), into.data(), into.size(), MSG_DONTWAIT);
    if (n >= 0) {
      arrived_ += static_cast<uint64_t>(n);
      return static_cast<size_t>(n);
    }
    if (!may_wait(errno)) throw_errno("reading from " + peer_);
    wait_for_more();
  }
}

/// None when the socket takes none at the moment. Not SIGPIPE: a reader that went away is an error.
size_t SocketConnection::write_some(std::span<const std::byte> bytes) {
  waited_ = {};  // what is read next answers this
  arrived_ = 0;
  const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n >= 0) return static_cast<size_t>(n);
  if (!may_wait(errno)) throw_errno("writing to " + peer_);
  return 0;
}

void SocketConnection::write(std::span<const std::byte> bytes) {
  while (true) {
    bytes = bytes.subspan(write_some(bytes));
    if (bytes.empty()) return;
    wait(POLLOUT);
  }
}

size_t SocketConnection::write_until_answer(std::span<const std::byte> bytes) {
  const size_t all = bytes.size();
  while (!bytes.empty()) {
    if (wait(POLLIN | POLLOUT) & (POLLIN | POLLHUP | POLLERR)) break;
    bytes = bytes.subspan(write_some(bytes));
  }
  return all - bytes.size();
}

bool SocketConnection::has_input() {
  pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, 0) > 0;
}

}  // namespace pack
