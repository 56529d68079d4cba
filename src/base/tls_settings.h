#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "base/connection.h"

namespace pack {

/// OpenSSL's settings for connections with this trust, made once for each trust: reading the
/// system's authorities takes 10 ms. Throws TlsError when a file cannot be used.
/// Only for tls_connection.cpp.
std::shared_ptr<SSL_CTX> tls_settings(const TlsTrust& trust);

/// The oldest of OpenSSL's pending errors, as text; empties the queue. `otherwise` if there is
/// none.
std::string take_openssl_error(const char* otherwise);

}  // namespace pack
