#include "transport/http_request.h"

#include <algorithm>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/serializer.hpp>

#include "base/error.h"

namespace pack {

namespace {

namespace http = boost::beast::http;

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

using Message = http::request<http::empty_body>;

std::string serialized(const Message& message) {
  std::string out;
  http::request_serializer<http::empty_body> serializer(message);
  // The head alone: with it, an empty body that is chunked would be ended at once.
  serializer.split(true);
  boost::beast::error_code error;
  while (!error && !serializer.is_header_done())
    serializer.next(error, [&](boost::beast::error_code&, const auto& buffers) {
      for (const boost::asio::const_buffer part : boost::beast::buffers_range(buffers))
        out.append(static_cast<const char*>(part.data()), part.size());
      serializer.consume(boost::asio::buffer_size(buffers));
    });
  if (error) throw Error("an HTTP request cannot be made: " + error.message());
  return out;
}

void set_framing(Message& message, const HttpRequest& request) {
  switch (framing_of(request)) {
    case HttpFraming::none:
      break;
    case HttpFraming::length:
      message.set(http::field::content_length,
                  std::to_string(request.stream ? *request.stream_size : request.body.size()));
      break;
    case HttpFraming::chunked:
      message.set(http::field::transfer_encoding, "chunked");
  }
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
  Message message;
  message.version(11);
  message.method_string(request.method);
  message.target(target);
  message.set(http::field::host, request.url.authority());
  message.set(http::field::user_agent, "pack");
  for (const auto& [name, value] : request.headers) {
    require_header(name, value);
    message.insert(name, value);
  }
  set_framing(message, request);
  return serialized(message);
}

}  // namespace pack
