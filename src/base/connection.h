#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace pack {

/// A stream to another process or machine, with a time limit on every wait.
class Connection {
 public:
  virtual ~Connection() = default;
  /// At least one byte; 0 when the other side has ended. Throws Error, also after `patience`.
  virtual size_t read(std::span<std::byte> into) = 0;
  /// All of them. Throws Error, also after `patience`.
  virtual void write(std::span<const std::byte> bytes) = 0;
};

/// No byte has moved for so long: the other side hangs.
struct Patience {
  std::chrono::milliseconds connect{std::chrono::seconds(20)};
  std::chrono::milliseconds transfer{std::chrono::seconds(60)};
};

/// Whom to trust. The name and the chain are always verified, unless `unverified`.
struct TlsTrust {
  std::string ca_file;  ///< PEM, beside the system's; empty: the system's alone
  std::string
      system_ca_file;  ///< empty: where this system keeps them (Debian, Fedora, Alpine, SUSE)
  bool unverified = false;
};

// Each throws Error that names the place and the reason.
std::unique_ptr<Connection> connect_unix(const std::string& path, const Patience& patience);
/// `host` is a name or an address (IPv6 without brackets); all its addresses are tried.
std::unique_ptr<Connection> connect_tcp(const std::string& host, uint16_t port,
                                        const Patience& patience);
/// TLS 1.2 or newer over `raw`, for the server `host`.
std::unique_ptr<Connection> start_tls(std::unique_ptr<Connection> raw, const std::string& host,
                                      const TlsTrust& trust);

}  // namespace pack
