// TLS over any Connection, by OpenSSL. The two meet in a BIO, OpenSSL's idea of a stream.
//
// OpenSSL reads and writes records, and what comes over the wire need not be data: after the
// handshake a TLS 1.3 server sends session tickets. So "is there input?" cannot be told from the
// socket alone. It is asked by SSL_peek() while the BIO is told not to wait, but to say "try again
// later" (BIO_set_retry_read); what OpenSSL has taken in until then it keeps. In the same way
// write_until_answer() lets a write stop when there is something to read.
//
// OpenSSL is C: an exception must not pass through it. The BIO keeps it, says that it failed, and
// the caller of OpenSSL throws it again.

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <exception>
#include <utility>

#include "base/connection.h"
#include "base/error.h"
#include "base/tls_settings.h"

namespace pack {

namespace {

bool is_address(const std::string& host) {
  in6_addr address;
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

class TlsConnection : public Connection {
 public:
  TlsConnection(std::unique_ptr<Connection> raw, const std::string& host, const TlsTrust& trust)
      : raw_(std::move(raw)),
        // Certificates and SNI know no trailing dot.
        host_(host.ends_with('.') ? host.substr(0, host.size() - 1) : host),
        settings_(tls_settings(trust)),
        tls_(SSL_new(settings_.get()), &SSL_free) {
    BIO* bio = tls_ ? BIO_new(method()) : nullptr;
    if (!bio) throw Error("OpenSSL has no memory");
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls_.get(), bio, bio);
    expect_host(trust);
    handshake();
  }

  size_t read(std::span<std::byte> into) override {
    size_t count = 0;
    if (failure_) fail(0, "");  // has_input() has met it
    const int result =
        call([&] { return SSL_read_ex(tls_.get(), into.data(), into.size(), &count); });
    if (result != 1 && SSL_get_error(tls_.get(), result) != SSL_ERROR_ZERO_RETURN)
      fail(result, "reading from ");
    return count;
  }

  void write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) bytes = bytes.subspan(write_record(bytes));
  }

  size_t write_until_answer(std::span<const std::byte> bytes) override {
    const size_t all = bytes.size();
    while (!bytes.empty() && !has_input()) {
      waits_ = Waits::until_answer;
      bytes = bytes.subspan(write_record(bytes));
    }
    return all - bytes.size();
  }

  bool has_input() override {
    if (is_over_) return true;
    if (SSL_has_pending(tls_.get()) == 0 && !raw_->has_input()) return false;
    waits_ = Waits::for_nothing;
    std::byte one;
    size_t count = 0;
    const int result = call([&] { return SSL_peek_ex(tls_.get(), &one, 1, &count); });
    if (result == 1) return true;
    const int error = SSL_get_error(tls_.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return false;
    return is_over_ = true;
  }

 private:
  /// What a call of OpenSSL may wait for, reset after each.
  enum class Waits { for_all, until_answer, for_nothing };

  void expect_host(const TlsTrust& trust) {
    X509_VERIFY_PARAM* wanted = SSL_get0_param(tls_.get());
    const bool is_number = is_address(host_);
    const int is_known = is_number ? X509_VERIFY_PARAM_set1_ip_asc(wanted, host_.c_str())
                                   : X509_VERIFY_PARAM_set1_host(wanted, host_.c_str(), 0);
    if (is_known != 1 && !trust.unverified)
      throw Error(quoted(host_) + " is no name that a certificate could be made for");
    // SNI is for names only (RFC 6066, 3).
    if (!is_number) SSL_set_tlsext_host_name(tls_.get(), host_.c_str());
  }

  static std::string advice(long verdict) {
    if (verdict == X509_V_ERR_CERT_HAS_EXPIRED || verdict == X509_V_ERR_CERT_NOT_YET_VALID)
      return "ask its operator for a new one, or set this machine's clock";
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
      return "use a name that it is made for, or ask its operator";
    return "if it is right, name the authority that signed it with --tls-ca FILE";
  }

  void handshake() {
    const int result = call([&] { return SSL_connect(tls_.get()); });
    if (result == 1) return;
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    const long verdict = SSL_get_verify_result(tls_.get());
    if (verdict != X509_V_OK && SSL_get_verify_mode(tls_.get()) != SSL_VERIFY_NONE)
      throw UntrustedError("the certificate of " + quoted(host_) + " is not to be trusted (" +
                           X509_verify_cert_error_string(verdict) + "); " + advice(verdict));
    if (is_ended_)
      throw Error(quoted(host_) + " ended the connection while TLS was being agreed on");
    throw TlsError("no TLS connection to " + quoted(host_) + ": " +
                   take_openssl_error("TLS failed"));
  }

  /// At most one record. None when it must wait and may not.
  size_t write_record(std::span<const std::byte> bytes) {
    size_t count = 0;
    const int result =
        call([&] { return SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count); });
    if (result == 1) return count;
    if (SSL_get_error(tls_.get(), result) != SSL_ERROR_WANT_WRITE) fail(result, "writing to ");
    return 0;
  }

  template <typename Function>
  int call(Function function) {
    ERR_clear_error();
    const int result = function();
    waits_ = Waits::for_all;
    return result;
  }

  [[noreturn]] void fail(int result, const char* doing) {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    const bool is_cut = SSL_get_error(tls_.get(), result) == SSL_ERROR_SYSCALL;
    throw Error(doing + quoted(host_) + ": " +
                (is_cut ? "the connection was cut" : take_openssl_error("TLS failed")));
  }

  // The BIO's side.

  static TlsConnection& self(BIO* bio) { return *static_cast<TlsConnection*>(BIO_get_data(bio)); }

  static int bio_read(BIO* bio, char* into, size_t size, size_t* count) {
    TlsConnection& tls = self(bio);
    BIO_clear_retry_flags(bio);
    try {
      if (tls.waits_ == Waits::for_nothing && !tls.raw_->has_input()) {
        BIO_set_retry_read(bio);
        return 0;
      }
      *count = tls.raw_->read(std::as_writable_bytes(std::span(into, size)));
      tls.is_ended_ = *count == 0;
      return *count > 0;
    } catch (...) {
      tls.failure_ = std::current_exception();
      return 0;
    }
  }

  static int bio_write(BIO* bio, const char* from, size_t size, size_t* count) {
    TlsConnection& tls = self(bio);
    const auto bytes = std::as_bytes(std::span(from, size));
    BIO_clear_retry_flags(bio);
    try {
      *count = size;
      if (tls.waits_ == Waits::for_all)
        tls.raw_->write(bytes);
      else
        *count = tls.raw_->write_until_answer(bytes);
      if (*count == 0) BIO_set_retry_write(bio);
      return *count > 0;
    } catch (...) {
      tls.failure_ = std::current_exception();
      return 0;
    }
  }

  static long bio_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return self(bio).is_ended_ ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* out = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "connection");
      if (!out) throw Error("OpenSSL has no memory");
      BIO_meth_set_read_ex(out, bio_read);
      BIO_meth_set_write_ex(out, bio_write);
      BIO_meth_set_ctrl(out, bio_control);
      return out;
    }();
    return made;
  }

  std::unique_ptr<Connection> raw_;
  std::string host_;
  std::shared_ptr<SSL_CTX> settings_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  std::exception_ptr failure_;  // of raw_, on its way through OpenSSL
  Waits waits_ = Waits::for_all;
  bool is_ended_ = false;  // raw_ has
  bool is_over_ = false;   // there is nothing more to be read but the end, or an error
};

}  // namespace

std::unique_ptr<Connection> start_tls(std::unique_ptr<Connection> raw, const std::string& host,
                                      const TlsTrust& trust) {
  return std::make_unique<TlsConnection>(std::move(raw), host, trust);
}

}  // namespace pack
