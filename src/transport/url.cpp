#include "transport/url.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/error.h"

namespace pack {

namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// What a message may show of a text that is no URL: its query may be a secret, and what stands
/// before an '@' may be a password.
std::string shown(std::string_view text) {
  std::string_view start = text.substr(0, text.find_first_of("?#"));
  const size_t at = start.rfind('@');
  if (at != start.npos) return quoted("..." + std::string(start.substr(at).substr(0, 200)));
  return quoted(start.substr(0, 200));
}

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error("the URL " + shown(text) + " " + std::string(why));
}

uint16_t default_port(std::string_view scheme) { return scheme == "http" ? 80 : 443; }

uint16_t parse_port(std::string_view port, std::string_view text) {
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number == 0)
    refuse(text, "has no port from 1 to 65535 behind its ':'");
  return number;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
  });
}

bool is_ipv6(std::string_view host) {
  return host.find(':') != host.npos && std::all_of(host.begin(), host.end(), [](char c) {
           return (is_alphanumeric(c) && lower(c) <= 'f') || c == ':' || c == '.';
         });
}

/// Sets host and port from "host[:port]" or "[v6][:port]".
void parse_authority(Url& url, std::string_view authority, std::string_view text) {
  if (authority.find('@') != authority.npos)
    refuse(text, "holds a user name or password, which pack does not take from there");
  const bool is_bracketed = authority.starts_with('[');
  const size_t bracket = authority.find(']');
  if (is_bracketed && bracket == authority.npos) refuse(text, "has a '[' without ']'");
  const size_t colon = authority.find(':', is_bracketed ? bracket : 0);
  const std::string_view host =
      is_bracketed ? authority.substr(1, bracket - 1) : authority.substr(0, colon);
  const std::string_view between =
      is_bracketed
          ? authority.substr(bracket + 1, colon == authority.npos ? colon : colon - bracket - 1)
          : "";
  if (!(is_bracketed ? is_ipv6(host) && between.empty() : is_host_name(host)))
    refuse(text, "has no host that is a name or an address");
  url.host = lowered(host);
  const std::string_view port = colon == authority.npos ? "" : authority.substr(colon + 1);
  url.port = port.empty() ? default_port(url.scheme) : parse_port(port, text);
}

/// Without fragment, and with '%' instead of bytes that a request cannot hold.
std::string clean_target(std::string_view target) {
  std::string out;
  for (const char c : target.substr(0, target.find('#'))) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      out += c;
    else
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out.starts_with('/') ? out : '/' + out;
}

void require_printable(std::string_view text) {
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_bad))
    refuse(text, "holds a blank or a control character");
}

/// RFC 3986, 5.2.4.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_in_folder = false;
  while (!path.empty()) {
    path.remove_prefix(1);  // the '/'
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    ends_in_folder = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!ends_in_folder) kept.push_back(segment);
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  return ends_in_folder || out.empty() ? out + '/' : out;
}

/// The scheme of an absolute URL, with its ':'; empty for a relative one.
std::string_view scheme_of(std::string_view text) {
  const size_t end = text.find_first_of(":/?#");
  if (end == text.npos || text[end] != ':' || end == 0) return {};
  return text.substr(0, end + 1);
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == host.npos ? host : '[' + host + ']';
  return port == default_port(scheme) ? name : name + ':' + std::to_string(port);
}

std::string Url::str() const {
  return scheme + "://" + authority() + target.substr(0, target.find('?'));
}

bool Url::same_origin(const Url& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

Url parse_url(std::string_view text) {
  require_printable(text);
  const std::string_view scheme = scheme_of(text);
  Url url;
  url.scheme = lowered(scheme.substr(0, scheme.empty() ? 0 : scheme.size() - 1));
  std::string_view rest = text.substr(scheme.size());
  if ((url.scheme != "http" && url.scheme != "https") || !rest.starts_with("//"))
    refuse(text, "does not begin with https:// or http://");
  rest.remove_prefix(2);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  parse_authority(url, authority, text);
  url.target = clean_target(rest.substr(authority.size()));
  return url;
}

Url resolve_url(const Url& base, std::string_view location) {
  require_printable(location);
  const auto at_base = [&](std::string_view rest) {
    return parse_url(base.scheme + ":" + std::string(rest));
  };
  Url url = base;
  if (!scheme_of(location).empty()) {
    url = parse_url(location);
  } else if (location.starts_with("//")) {
    url = at_base(location);
  } else {
    const std::string_view relative = location.substr(0, location.find('#'));
    const std::string_view base_path =
        std::string_view(base.target).substr(0, base.target.find('?'));
    const std::string_view folder = base_path.substr(0, base_path.rfind('/') + 1);
    if (relative.empty()) return url;
    if (relative.starts_with('/'))
      url.target = clean_target(relative);
    else if (relative.starts_with('?'))
      url.target = clean_target(std::string(base_path) + std::string(relative));
    else
      url.target = clean_target(std::string(folder) + std::string(relative));
  }
  const size_t query = std::min(url.target.find('?'), url.target.size());
  url.target = without_dot_segments(std::string_view(url.target).substr(0, query)) +
               url.target.substr(query);
  return url;
}

std::string url_encode(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos)
      out += c;
    else
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

}  // namespace pack
