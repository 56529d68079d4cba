#include "transport/http_proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <vector>

#include "base/base64.h"
#include "base/error.h"
#include "transport/loopback.h"

namespace pack {

namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  unsigned bits = 0;  ///< 32 or 128; 0: this is none
};

Address parse_address(const std::string& text) {
  Address out;
  if (::inet_pton(AF_INET, text.c_str(), out.bytes.data()) == 1) out.bits = 32;
  if (::inet_pton(AF_INET6, text.c_str(), out.bytes.data()) == 1) out.bits = 128;
  return out;
}

/// `network` is "ADDRESS/BITS".
bool is_in_network(const Address& address, const std::string& network) {
  const size_t slash = network.find('/');
  if (slash == network.npos || address.bits == 0) return false;
  const Address other = parse_address(network.substr(0, slash));
  unsigned bits = 0;
  const char* const end = network.data() + network.size();
  const auto [stop, error] = std::from_chars(network.data() + slash + 1, end, bits);
  if (error != std::errc() || stop != end || other.bits != address.bits || bits > other.bits)
    return false;
  const unsigned rest = bits % 8;
  const auto mask = static_cast<unsigned char>(0xff00u >> rest);
  return std::memcmp(address.bytes.data(), other.bytes.data(), bits / 8) == 0 &&
         (rest == 0 || ((address.bytes[bits / 8] ^ other.bytes[bits / 8]) & mask) == 0);
}

/// Takes ":port" off an entry of no_proxy, and the brackets. False when it is for another port.
bool take_port(std::string& entry, uint16_t port) {
  const size_t colon = entry.rfind(':');
  const bool is_bare_ipv6 = colon != entry.npos && entry.find(':') != colon && entry.front() != '[';
  if (colon != entry.npos && !is_bare_ipv6 && !entry.ends_with(']')) {
    if (entry.substr(colon + 1) != std::to_string(port)) return false;
    entry.erase(colon);
  }
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  return true;
}

bool covers(std::string entry, const Url& url) {
  if (entry == "*") return true;
  if (!take_port(entry, url.port)) return false;
  const Address address = parse_address(url.host);
  if (address.bits != 0) {
    const Address same = parse_address(entry);
    return is_in_network(address, entry) ||
           (same.bits == address.bits && same.bytes == address.bytes);
  }
  if (entry.starts_with("*.")) entry.erase(0, 1);
  if (entry.starts_with('.')) return url.host.ends_with(entry) || url.host == entry.substr(1);
  return !entry.empty() && (url.host == entry || url.host.ends_with('.' + entry));
}

bool is_exempt(const Url& url, std::string list) {
  if (is_loopback(url.host)) return true;
  std::transform(list.begin(), list.end(), list.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  constexpr const char* kBetween = ", \t";
  for (size_t at = list.find_first_not_of(kBetween); at != list.npos;) {
    const size_t end = std::min(list.find_first_of(kBetween, at), list.size());
    if (covers(list.substr(at, end - at), url)) return true;
    at = list.find_first_not_of(kBetween, end);
  }
  return false;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_coded = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                          hex_value(text[i + 2]) >= 0;
    out += is_coded ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]))
                    : text[i];
    if (is_coded) i += 2;
  }
  return out;
}

/// [scheme://][user[:password]@]host[:port][/]; errors show nothing of it but the variable's name.
HttpProxy parse_proxy(std::string text, const std::string& variable) {
  const size_t scheme_end = text.find("://");
  if (scheme_end == text.npos) text.insert(0, "http://");
  const std::string scheme = text.substr(0, text.find("://"));
  if (scheme != "http" && scheme != "https")
    throw Error("the environment variable " + variable + " names a proxy of the kind " +
                quoted(scheme) + ", pack speaks to http and https proxies only");
  HttpProxy proxy;
  const size_t start = scheme.size() + 3;
  const size_t end = std::min(text.find_first_of("/?#", start), text.size());
  const size_t at = text.rfind('@', end);
  if (at != text.npos && at >= start) {
    const std::string user = text.substr(start, at - start);
    const size_t colon = std::min(user.find(':'), user.size());
    const std::string password = colon < user.size() ? user.substr(colon + 1) : "";
    proxy.authorization = "Basic " + base64_encode(percent_decoded(user.substr(0, colon)) + ':' +
                                                   percent_decoded(password));
    text.erase(start, at + 1 - start);
  }
  try {
    proxy.url = parse_url(text.substr(0, text.find_first_of("/?#", start)));
  } catch (const Error&) {
    throw Error("the environment variable " + variable +
                " does not name a proxy as http://HOST:PORT");
  }
  return proxy;
}

}  // namespace

std::optional<HttpProxy> proxy_for(const Url& url, const Access& access) {
  const std::vector<std::string> names =
      url.scheme == "https"
          ? std::vector<std::string>{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}
          : std::vector<std::string>{"http_proxy", "all_proxy", "ALL_PROXY"};
  const std::string lower = access.variable("no_proxy");
  if (is_exempt(url, lower.empty() ? access.variable("NO_PROXY") : lower)) return std::nullopt;
  for (const std::string& name : names)
    if (const std::string value = access.variable(name); !value.empty())
      return parse_proxy(value, name);
  return std::nullopt;
}

}  // namespace pack
