#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pack {

/// An http or https URL (RFC 3986), without fragment and without user information (refused: it
/// would be a secret in a log).
struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lowercase; IPv6 without brackets
  uint16_t port = 443;
  std::string target = "/";  ///< path and query, as sent

  /// Without the query, which may hold secrets: for messages.
  std::string str() const;
  /// host:port, [v6]:port; without a scheme's usual port: for the Host header and for comparing.
  std::string authority() const;
  bool same_origin(const Url& other) const;
};

/// Throws Error for anything else, and for control characters and blanks.
Url parse_url(std::string_view text);

/// A Location or Link as RFC 3986 (5.2) resolves it: absolute, "//host/p", "/p", "p", "?q".
Url resolve_url(const Url& base, std::string_view location);

/// `value` as a query's value (RFC 3986, 2.1).
std::string url_encode(std::string_view value);

}  // namespace pack
