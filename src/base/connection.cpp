// Finding the other side. A host name may have several addresses, and some of them may lead
// nowhere (IPv6 on a machine without a route is usual): they are tried in the order of the
// resolver, each for its share of the time that is left, so that a dead one does not eat it all.

#include "base/connection.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/fd.h"
#include "base/socket.h"

namespace pack {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int result = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  const int number = errno;
  const std::string what = "the address of " + quoted(host) + " cannot be found: ";
  if (result == EAI_NONAME) throw UnreachableError(what + ::gai_strerror(result));
  if (result != 0)
    throw Error(what + (result == EAI_SYSTEM ? std::strerror(number) : ::gai_strerror(result)));
  return {found, &::freeaddrinfo};
}

/// 0, or why there is no connection (errno(3)).
int finish_connecting(const Fd& socket, milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    pollfd ready{.fd = socket.get(), .events = POLLOUT, .revents = 0};
    const int count = ::poll(&ready, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (count == 0) return ETIMEDOUT;
    if (count < 0 && errno != EINTR) return errno;
    if (count < 0) continue;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
  }
}

/// The socket, or the error number in `error`.
Fd try_address(const sockaddr* address, socklen_t size, milliseconds limit, int& error) {
  Fd socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  error = socket ? 0 : errno;
  if (!socket || ::connect(socket.get(), address, size) == 0) return socket;
  error = errno == EINPROGRESS || errno == EINTR ? finish_connecting(socket, limit) : errno;
  return error == 0 ? std::move(socket) : Fd();
}

std::string shown(const std::string& host, uint16_t port) {
  const std::string name = host.find(':') == host.npos ? host : '[' + host + ']';
  return quoted(name + ':' + std::to_string(port));
}

}  // namespace

std::unique_ptr<Connection> connect_tcp(const std::string& host, uint16_t port,
                                        const Patience& patience) {
  const Addresses addresses = resolve(host, port);
  const auto end = Clock::now() + patience.connect;
  int left = 0, error = 0;
  for (const addrinfo* it = addresses.get(); it; it = it->ai_next) ++left;
  for (const addrinfo* it = addresses.get(); it; it = it->ai_next, --left) {
    const auto share = std::chrono::ceil<milliseconds>((end - Clock::now()) / left);
    Fd socket = try_address(it->ai_addr, it->ai_addrlen, share, error);
    if (!socket) continue;
    const int on = 1;  // whole requests are written at once: waiting for more would only delay them
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return std::make_unique<SocketConnection>(std::move(socket), shown(host, port),
                                              patience.transfer);
  }
  const std::string what = "connecting to " + shown(host, port);
  if (error == ECONNREFUSED) throw UnreachableError(what + ": " + std::strerror(error));
  errno = error;
  throw_errno(what);
}

std::unique_ptr<Connection> connect_unix(const std::string& path, const Patience& patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw Error("the path of the socket " + quoted(path) + " is too long, at most " +
                std::to_string(sizeof address.sun_path - 1) + " bytes are possible");
  path.copy(address.sun_path, path.size());
  const auto end = Clock::now() + patience.connect;
  int error = 0;
  Fd socket;
  do {
    if (error == EAGAIN) ::poll(nullptr, 0, 10);  // too many others are waiting to be taken
    socket = try_address(reinterpret_cast<const sockaddr*>(&address), sizeof address,
                         patience.connect, error);
  } while (error == EAGAIN && Clock::now() < end);
  if (socket)
    return std::make_unique<SocketConnection>(std::move(socket), quoted(path), patience.transfer);
  errno = error;
  throw_errno("connecting to " + quoted(path));
}

}  // namespace pack
