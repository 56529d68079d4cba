#include "transport/http_request.h"

#include <algorithm>

#include "base/error.h"

namespace pack {

namespace {

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
  });
}

void require_header(const std::string& name, const std::string& value) {
  // The value may be a secret, so it is not shown.
  if (!is_token(name) || !is_value(value))
    throw Error("the HTTP header " + quoted(name) +
                " holds a line break or another character that no header can hold");
}

void require_target(const std::string& target) {
  if (target.empty() || std::any_of(target.begin(), target.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f;
      }))
    throw Error("the HTTP request for " + quoted(target.substr(0, target.find('?'))) +
                " holds a blank or a control character");
}

/// The header that says how long the body is; empty when there is none.
std::string framing_header(const HttpRequest& request) {
  switch (framing_of(request)) {
    case HttpFraming::length:
      return "Content-Length: " +
             std::to_string(request.stream ? *request.stream_size : request.body.size()) + "\r\n";
    case HttpFraming::chunked:
      return "Transfer-Encoding: chunked\r\n";
    case HttpFraming::none:
      break;
  }
  return "";
}

}  // namespace

HttpFraming framing_of(const HttpRequest& request) {
  if (request.stream) return request.stream_size ? HttpFraming::length : HttpFraming::chunked;
  // Some servers want a length where a body is usual, even if there is none (411).
  const bool usual =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  return usual || !request.body.empty() ? HttpFraming::length : HttpFraming::none;
}

std::string request_head(const HttpRequest& request, const std::string& target) {
  if (!is_token(request.method))
    throw Error(quoted(request.method) + " is no method of an HTTP request");
  require_target(target);
  // By hand: Beast's serializer would end a chunked body at once, and its fields take no value of
  // 64 KiB, which tokens may have.
  std::string head = request.method + " " + target +
                     " HTTP/1.1\r\nHost: " + request.url.authority() + "\r\nUser-Agent: pack\r\n";
  for (const auto& [name, value] : request.headers) {
    require_header(name, value);
    head.append(name).append(": ").append(value) += "\r\n";
  }
  return head + framing_header(request) + "\r\n";
}

}  // namespace pack
