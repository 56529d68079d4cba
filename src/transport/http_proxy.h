#pragma once

#include <optional>
#include <string>

#include "transport/access.h"
#include "transport/url.h"

namespace pack {

struct HttpProxy {
  Url url;                    ///< http, or https for TLS to the proxy itself
  std::string authorization;  ///< value of Proxy-Authorization, a secret; empty: none
};

/// The proxy that the environment names for requests to `url`, by the rules of curl and Go:
/// https_proxy (HTTPS_PROXY) for https, http_proxy for http (not HTTP_PROXY, which a CGI's client
/// could set), else all_proxy (ALL_PROXY). Not for this machine itself, nor for what no_proxy
/// (NO_PROXY) lists: host names with what is below them, ".suffix", addresses, networks in CIDR
/// notation, each with or without ":port", or "*". Throws Error for a proxy that is none.
std::optional<HttpProxy> proxy_for(const Url& url, const Access& access);

}  // namespace pack
