#include "base/tls_settings.h"

#include <openssl/err.h>
#include <unistd.h>

#include <array>
#include <map>
#include <mutex>

#include "base/error.h"

namespace pack {

namespace {

/// OpenSSL is linked statically, and its own idea of where the authorities are is Debian's.
std::string find_system_authorities() {
  static constexpr std::array<const char*, 5> kPlaces = {
      "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Alpine
      "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, Red Hat until 9
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, Red Hat
      "/etc/ssl/ca-bundle.pem",                             // SUSE
      "/etc/ssl/cert.pem",                                  // Alpine
  };
  for (const char* place : kPlaces)
    if (::access(place, R_OK) == 0) return place;
  return {};
}

void load_file(SSL_CTX* settings, const std::string& file) {
  if (SSL_CTX_load_verify_file(settings, file.c_str()) == 1) return;
  throw TlsError("reading the certificate authorities in " + quoted(file) + ": " +
                 take_openssl_error("it holds no certificate"));
}

void load_system_authorities(SSL_CTX* settings, const TlsTrust& trust) {
  const bool is_chosen = !trust.system_ca_file.empty() || !trust.system_ca_folder.empty();
  const std::string file = is_chosen ? trust.system_ca_file : find_system_authorities();
  // What cannot be read is no fault yet: it may not be needed, and if it is, verifying says so.
  if (!file.empty()) SSL_CTX_load_verify_file(settings, file.c_str());
  // The usual folder holds the same as the usual file.
  const std::string folder = is_chosen      ? trust.system_ca_folder
                             : file.empty() ? "/etc/ssl/certs"
                                            : "";
  if (!folder.empty()) SSL_CTX_load_verify_dir(settings, folder.c_str());
  ERR_clear_error();
}

void load_authorities(SSL_CTX* settings, const TlsTrust& trust) {
  if (trust.authorities == TlsTrust::Authorities::added) load_system_authorities(settings, trust);
  if (!trust.ca_file.empty()) load_file(settings, trust.ca_file);
  // A server's own certificate among the trusted ones is trusted, as curl and Go have it.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(settings), X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_verify(settings, SSL_VERIFY_PEER, nullptr);
}

void load_client(SSL_CTX* settings, const TlsTrust& trust) {
  if (SSL_CTX_use_certificate_chain_file(settings, trust.client_certificate.c_str()) != 1)
    throw TlsError("reading the client certificate " + quoted(trust.client_certificate) + ": " +
                   take_openssl_error("it holds no certificate"));
  if (SSL_CTX_use_PrivateKey_file(settings, trust.client_key.c_str(), SSL_FILETYPE_PEM) != 1)
    throw TlsError("reading the client's key " + quoted(trust.client_key) + ": " +
                   take_openssl_error("it is not that of the certificate"));
}

/// A key with a passphrase is refused: there is nobody to ask.
int no_passphrase(char*, int, int, void*) { return -1; }

std::shared_ptr<SSL_CTX> make_settings(const TlsTrust& trust) {
  // openssl.cnf is not read, see digest.cpp.
  if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1)
    throw TlsError("OpenSSL could not be started");
  std::shared_ptr<SSL_CTX> settings(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (!settings) throw TlsError("OpenSSL offers no TLS");
  SSL_CTX* s = settings.get();
  SSL_CTX_set_min_proto_version(s, TLS1_2_VERSION);
  SSL_CTX_set_default_passwd_cb(s, no_passphrase);
  // A record that could not be written as a whole is tried again later, from another buffer.
  SSL_CTX_set_mode(s, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Several records with one read(2).
  SSL_CTX_set_read_ahead(s, 1);
  SSL_CTX_set_default_read_buffer_len(s, 128 * 1024);
  if (!trust.unverified) load_authorities(s, trust);
  if (!trust.client_certificate.empty()) load_client(s, trust);
  return settings;
}

}  // namespace

std::string take_openssl_error(const char* otherwise) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code != 0 && ERR_SYSTEM_ERROR(code))
    return std::generic_category().message(ERR_GET_REASON(code));
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason ? reason : otherwise;
}

std::shared_ptr<SSL_CTX> tls_settings(const TlsTrust& trust) {
  static std::mutex mutex;
  static std::map<TlsTrust, std::shared_ptr<SSL_CTX>> known;
  const std::lock_guard lock(mutex);
  std::shared_ptr<SSL_CTX>& settings = known[trust];
  if (!settings) settings = make_settings(trust);
  return settings;
}

}  // namespace pack
