#include "support/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "support/shell.h"

namespace pack::test {

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string find_header(const Headers& headers, const std::string& name) {
  for (const auto& [key, value] : headers)
    if (::strcasecmp(key.c_str(), name.c_str()) == 0) return value;
  return "";
}

std::string url_decoded(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::vector<std::string> values_of(const std::string& form, const std::string& name) {
  std::vector<std::string> out;
  for (size_t at = 0; at < form.size();) {
    const size_t end = std::min(form.find('&', at), form.size());
    const std::string pair = form.substr(at, end - at);
    if (pair.starts_with(name + "=")) out.push_back(url_decoded(pair.substr(name.size() + 1)));
    at = end + 1;
  }
  return out;
}

/// One accepted connection, perhaps with TLS.
class Wire {
 public:
  Wire(int fd, SSL_CTX* tls) : fd_(fd) {
    if (tls == nullptr) return;
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, fd_);
    if (SSL_accept(ssl_) != 1) ended_ = true;
  }
  ~Wire() {
    if (ssl_ != nullptr) SSL_free(ssl_);
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// False at the end of the stream.
  bool fill() {
    char piece[16384];
    if (ended_) return false;
    const auto n =
        ssl_ != nullptr ? SSL_read(ssl_, piece, sizeof piece) : ::recv(fd_, piece, sizeof piece, 0);
    if (n <= 0) return !(ended_ = true);
    // A client that tries TLS first would wait for an answer that plain HTTP never gives.
    if (ssl_ == nullptr && input_.empty() && piece[0] == 0x16) return !(ended_ = true);
    input_.append(piece, static_cast<size_t>(n));
    return true;
  }

  /// Up to and with `end`; nothing when the stream ends before.
  std::optional<std::string> take_until(const std::string& end) {
    size_t at;
    while ((at = input_.find(end)) == input_.npos)
      if (!fill()) return std::nullopt;
    return take(at + end.size());
  }

  std::optional<std::string> take(size_t size) {
    while (input_.size() < size)
      if (!fill()) return std::nullopt;
    std::string out = input_.substr(0, size);
    input_.erase(0, size);
    return out;
  }

  void send(const std::string& text) {
    for (size_t sent = 0; sent < text.size();) {
      const auto n = ssl_ != nullptr
                         ? SSL_write(ssl_, text.data() + sent, static_cast<int>(text.size() - sent))
                         : ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<size_t>(n);
    }
  }

 private:
  int fd_;
  SSL* ssl_ = nullptr;
  bool ended_ = false;
  std::string input_;
};

std::optional<std::string> read_chunks(Wire& wire) {
  std::string out;
  while (true) {
    const auto line = wire.take_until("\r\n");
    if (!line) return std::nullopt;
    const size_t size = std::stoul(*line, nullptr, 16);
    const auto chunk = wire.take(size + 2);
    if (!chunk) return std::nullopt;
    if (size == 0) return out;
    out += chunk->substr(0, size);
  }
}

std::optional<FakeRequest> read_request(Wire& wire) {
  const auto head = wire.take_until("\r\n\r\n");
  if (!head) return std::nullopt;
  FakeRequest request;
  const size_t first = head->find(' ');
  const size_t second = head->find(' ', first + 1);
  request.method = head->substr(0, first);
  request.target = head->substr(first + 1, second - first - 1);
  for (size_t at = head->find("\r\n") + 2; at + 2 < head->size();) {
    const size_t end = head->find("\r\n", at);
    const size_t colon = head->find(':', at);
    request.headers.emplace_back(head->substr(at, colon - at),
                                 head->substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  if (request.header("Expect") == "100-continue") wire.send("HTTP/1.1 100 Continue\r\n\r\n");
  const std::string length = request.header("Content-Length");
  const bool chunked = request.header("Transfer-Encoding") == "chunked";
  const auto body =
      chunked ? read_chunks(wire) : wire.take(length.empty() ? 0 : std::stoul(length));
  if (!body) return std::nullopt;
  request.body = *body;
  return request;
}

/// True when the connection may be used on.
bool answer(Wire& wire, const FakeRequest& request, const FakeResponse& response) {
  std::this_thread::sleep_for(response.delay);
  if (response.wire == FakeResponse::Wire::nothing) return false;
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " Said\r\n";
  for (const auto& [name, value] : response.headers)
    out.append(name).append(": ").append(value) += "\r\n";
  if (find_header(response.headers, "Content-Length").empty())
    out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  out += "\r\n";
  const bool half = response.wire == FakeResponse::Wire::half_of_body;
  if (request.method != "HEAD")
    out += half ? response.body.substr(0, response.body.size() / 2) : response.body;
  wire.send(out);
  return !half;
}

}  // namespace

std::string FakeRequest::path() const { return target.substr(0, target.find('?')); }

std::string FakeRequest::header(const std::string& name) const {
  return find_header(headers, name);
}

std::vector<std::string> FakeRequest::query(const std::string& name) const {
  const size_t mark = target.find('?');
  return mark == target.npos ? std::vector<std::string>{}
                             : values_of(target.substr(mark + 1), name);
}

ServerCertificate::ServerCertificate(const std::filesystem::path& folder) : folder_(folder) {
  const ToolRun made = run(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=fake "
      "-addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout " +
      key() + " -out " + file());
  if (made.status != 0) throw std::runtime_error("openssl req: " + made.output);
}

struct FakeServer::State {
  State(Handler does, SSL_CTX* with) : handler(std::move(does)), tls(with) {
    ::signal(SIGPIPE, SIG_IGN);  // SSL_write(3) has no MSG_NOSIGNAL
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, any, size) != 0 || ::listen(listener, 64) != 0 ||
        ::getsockname(listener, any, &size) != 0)
      throw std::runtime_error("a fake server cannot listen on 127.0.0.1");
    port = ntohs(address.sin_port);
    threads.emplace_back([this] { accept_all(); });
  }

  ~State() {
    {
      const std::lock_guard lock(mutex);
      closing = true;
      ::shutdown(listener, SHUT_RDWR);
      for (const int fd : connections) ::shutdown(fd, SHUT_RDWR);
    }
    threads.front().join();  // no other is begun from here on
    for (size_t i = 1; i < threads.size(); ++i) threads[i].join();
    ::close(listener);
    SSL_CTX_free(tls);
  }

  void accept_all() {
    while (true) {
      const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      const std::lock_guard lock(mutex);
      if (fd < 0 || closing) {
        if (fd >= 0) ::close(fd);
        return;
      }
      connections.insert(fd);
      threads.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    {
      Wire wire(fd, tls);
      while (const auto request = read_request(wire))
        if (!answer(wire, *request, decide(*request))) break;
    }
    const std::lock_guard lock(mutex);
    connections.erase(fd);
    ::close(fd);
  }

  FakeResponse decide(const FakeRequest& request) {
    {
      const std::lock_guard lock(mutex);
      requests.push_back(request);
    }
    const std::lock_guard lock(handler_mutex);
    return handler(request);
  }

  Handler handler;
  SSL_CTX* tls;
  int listener = -1;
  uint16_t port = 0;
  std::mutex handler_mutex;
  mutable std::mutex mutex;  // for all below
  bool closing = false;
  std::set<int> connections;
  std::vector<std::thread> threads;  // the first accepts
  std::vector<FakeRequest> requests;
};

FakeServer::FakeServer(Handler handler)
    : state_(std::make_unique<State>(std::move(handler), nullptr)) {}

FakeServer::FakeServer(Handler handler, const ServerCertificate& certificate) {
  SSL_CTX* tls = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_file(tls, certificate.file().c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls, certificate.key().c_str(), SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error("a fake server cannot use its certificate");
  state_ = std::make_unique<State>(std::move(handler), tls);
}

FakeServer::~FakeServer() = default;

uint16_t FakeServer::port() const { return state_->port; }
std::string FakeServer::authority() const { return "127.0.0.1:" + std::to_string(port()); }
std::string FakeServer::url() const {
  return (state_->tls != nullptr ? "https://" : "http://") + authority();
}

std::vector<FakeRequest> FakeServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

}  // namespace pack::test
