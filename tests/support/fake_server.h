#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pack::test {

struct FakeRequest {
  std::string method;
  std::string target;  ///< path and query, as sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::string path() const;                                       ///< the target before '?'
  std::string header(const std::string& name) const;              ///< empty: not there
  std::vector<std::string> query(const std::string& name) const;  ///< all of that name, decoded
};

struct FakeResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  enum class Wire { whole, nothing, half_of_body };
  Wire wire = Wire::whole;             ///< what is sent before the connection is cut
  std::chrono::milliseconds delay{0};  ///< before the first byte
};

/// A key and a certificate that is its own authority, for 127.0.0.1 and localhost.
class ServerCertificate {
 public:
  /// Makes them with openssl(1) in `folder`.
  explicit ServerCertificate(const std::filesystem::path& folder);
  std::string file() const { return (folder_ / "fake.pem").string(); }
  std::string key() const { return (folder_ / "fake.key").string(); }

 private:
  std::filesystem::path folder_;
};

/// An HTTP server on 127.0.0.1 that does what a test tells it, for as long as it lives. Its sockets
/// are read by hand, because it must be able to do wrong, and to take headers of any size.
class FakeServer {
 public:
  /// One call at a time, in whichever thread.
  using Handler = std::function<FakeResponse(const FakeRequest&)>;

  explicit FakeServer(Handler handler);
  /// Speaks TLS.
  FakeServer(Handler handler, const ServerCertificate& certificate);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  uint16_t port() const;
  std::string authority() const;  ///< "127.0.0.1:PORT"
  std::string url() const;        ///< "http://127.0.0.1:PORT", "https://..."

  /// All that came so far, in order.
  std::vector<FakeRequest> requests() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pack::test
