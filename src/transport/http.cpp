#include "transport/http.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "base/error.h"
#include "transport/http_connection.h"

namespace pack {

namespace {

constexpr size_t kPiece = 256 * 1024;  // of a body that is streamed
constexpr size_t kMostKept = 8;        // connections to different hosts

std::string origin_of(const Url& url) { return url.scheme + "://" + url.authority(); }

/// Sends the body. `is_begun` is set when the stream was read: then it cannot be sent again.
void send_body(HttpConnection& connection, const HttpRequest& request, bool& is_begun) {
  if (!request.stream) {
    connection.write_body(std::as_bytes(std::span(request.body)));
    return connection.end_body();
  }
  connection.flush();
  std::vector<std::byte> piece(kPiece);
  uint64_t sent = 0;
  is_begun = true;
  while (const size_t count = request.stream(piece)) {
    sent += count;
    if (request.stream_size && sent > *request.stream_size) break;
    if (!connection.write_body(std::span(piece).first(count))) return;
  }
  if (request.stream_size && sent != *request.stream_size)
    throw Error("what is to be sent to " + request.url.str() + " has not the " +
                std::to_string(*request.stream_size) + " bytes that were announced");
  connection.end_body();
}

}  // namespace

std::string header_value(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [known, value] : headers)
    if (known.size() == name.size() && ::strncasecmp(known.data(), name.data(), name.size()) == 0)
      return value;
  return {};
}

struct HttpClient::State {
  Connect connect;
  std::map<std::string, std::shared_ptr<HttpConnection>> kept;  // by origin
  std::shared_ptr<HttpConnection> current;                      // of the last request
  std::string current_origin;

  /// The last request is over, read to its end or not.
  void settle_current() {
    if (!current) return;
    if (current->can_be_used_again()) {
      if (kept.size() >= kMostKept) kept.clear();
      kept[current_origin] = current;
    } else {
      current->close();
    }
    current.reset();
  }

  /// A kept connection that still stands; null when there is none.
  std::shared_ptr<HttpConnection> take_kept(const std::string& origin) {
    const auto found = kept.find(origin);
    if (found == kept.end()) return nullptr;
    std::shared_ptr<HttpConnection> connection = std::move(found->second);
    kept.erase(found);
    return connection->is_stale() ? nullptr : connection;
  }

  HttpResponse exchange(HttpConnection& connection, const HttpRequest& request, bool& is_begun) {
    connection.start(request);
    send_body(connection, request, is_begun);
    return connection.read_head();
  }

  HttpResponse begin(const HttpRequest& request) {
    settle_current();
    const std::string origin = origin_of(request.url);
    if (std::shared_ptr<HttpConnection> connection = take_kept(origin)) {
      bool is_begun = false;
      try {
        HttpResponse response = exchange(*connection, request, is_begun);
        set_current(std::move(connection), origin);
        return response;
      } catch (const HttpTimeout&) {
        throw;
      } catch (const HttpError&) {
        // The server has ended it just now; it cannot have meant this request.
        if (is_begun || connection->is_answered()) throw;
      }
    }
    auto connection = std::make_shared<HttpConnection>(connect(request.url));
    bool is_begun = false;
    HttpResponse response = exchange(*connection, request, is_begun);
    set_current(std::move(connection), origin);
    return response;
  }

  void set_current(std::shared_ptr<HttpConnection> connection, const std::string& origin) {
    current = std::move(connection);
    current_origin = origin;
  }
};

HttpClient::HttpClient(Connect connect) : state_(std::make_unique<State>()) {
  state_->connect = std::move(connect);
}

HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

HttpResponse HttpClient::send(const HttpRequest& request, uint64_t limit) {
  HttpResponse response = state_->begin(request);
  std::array<std::byte, 16 * 1024> piece;
  while (const size_t count = state_->current->read_body(piece)) {
    if (response.body.size() + count > limit)
      throw Error(request.method + ' ' + request.url.str() + ": the answer is larger than " +
                  std::to_string(limit) + " bytes");
    response.body.append(reinterpret_cast<const char*>(piece.data()), count);
  }
  return response;
}

HttpClient::Download HttpClient::download(const HttpRequest& request) {
  HttpResponse response = state_->begin(request);
  return {std::move(response), [connection = state_->current](std::span<std::byte> into) {
            return connection->read_body(into);
          }};
}

}  // namespace pack
