#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"

namespace pack {

/// The other side speaks no TLS, or is not to be trusted: another try would not help.
class TlsError : public Error {
 public:
  using Error::Error;
};

/// It shows a certificate that is not to be trusted, so it does speak TLS.
class UntrustedError : public TlsError {
 public:
  using TlsError::TlsError;
};

/// Nobody is there: the name has no address, or no one listens at the port.
class UnreachableError : public Error {
 public:
  using Error::Error;
};

/// No byte, or next to none, has moved for as long as Patience says.
class TimeoutError : public Error {
 public:
  using Error::Error;
};

/// A stream to another process or machine, with a time limit on every wait. One thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  /// At least one byte; 0 when the other side has ended. Throws Error, TimeoutError.
  virtual size_t read(std::span<std::byte> into) = 0;
  /// All of them. Throws Error, TimeoutError.
  virtual void write(std::span<const std::byte> bytes) = 0;
  /// As many as can be written before the other side has something to say. Fewer than all of them
  /// means that has_input(); what is left may be written later, unchanged. Throws as write().
  virtual size_t write_until_answer(std::span<const std::byte> bytes) = 0;
  /// Whether read() would not wait: there are bytes, or the end, or an error.
  virtual bool has_input() = 0;
};

/// How long to wait for the other side. It hangs when no byte has moved for `transfer`, and also
/// when an answer that has begun brings less than 4 KiB in that time: one byte a minute is no
/// answer.
struct Patience {
  std::chrono::milliseconds connect{std::chrono::seconds(20)};
  std::chrono::milliseconds transfer{std::chrono::seconds(60)};
};

/// Whom to trust, and who we are. The name and the chain are always verified, unless `unverified`.
struct TlsTrust {
  std::string ca_file;  ///< PEM, beside the system's; empty: the system's alone
  std::string
      system_ca_file;  ///< empty: where this system keeps them (Debian, Fedora, Alpine, SUSE)
  std::string system_ca_folder = {};  ///< of hashed names, beside system_ca_file; may be empty
  bool unverified = false;
  std::string client_certificate = {};  ///< PEM chain; empty: we do not say who we are
  std::string client_key = {};          ///< PEM; goes with client_certificate
  /// Of `ca_file`: beside the system's, or instead of them.
  enum class Authorities { added, only };
  Authorities authorities = Authorities::added;

  auto operator<=>(const TlsTrust&) const = default;
};

// Each throws Error that names the place and the reason: connect_tcp() UnreachableError,
// start_tls() TlsError where it is one.
std::unique_ptr<Connection> connect_unix(const std::string& path, const Patience& patience);
/// `host` is a name or an address (IPv6 without brackets); all its addresses are tried.
std::unique_ptr<Connection> connect_tcp(const std::string& host, uint16_t port,
                                        const Patience& patience);
/// TLS 1.2 or newer over `raw`, for the server `host`.
std::unique_ptr<Connection> start_tls(std::unique_ptr<Connection> raw, const std::string& host,
                                      const TlsTrust& trust);

}  // namespace pack
