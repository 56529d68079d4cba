// The conversation over one connection, with Boost.Beast as parser: bytes come from the Connection
// into a buffer of fixed size, and the parser is given what is in there. What it does not take
// (half a header, half the length of a chunk) stays for the next time; when the buffer is full and
// the parser still takes nothing, the header is endless.
//
// Sending and receiving overlap: a server may refuse a request while its body is still being sent,
// and then often takes no more of it. Whoever would go on writing would wait for ever, or lose the
// answer in a broken pipe. So writing stops as soon as something can be read.

#include "transport/http_connection.h"

#include <array>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <vector>

#include "base/error.h"
#include "transport/http_request.h"

namespace pack {

namespace {

namespace http = boost::beast::http;

using Parser = http::response_parser<http::buffer_body>;
using Clock = std::chrono::steady_clock;

constexpr uint32_t kHeadLimit = 64 * 1024;
constexpr size_t kBufferSize = 2 * kHeadLimit;
constexpr size_t kSendTogether = 16 * 1024;  // smaller pieces are collected
constexpr int kMostInterim = 32;             // 1xx responses
constexpr std::chrono::seconds kHeadTime{60};

std::string chunk_header(size_t size) {
  std::array<char, 20> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), size, 16).ptr;
  return std::string(text.data(), end) + "\r\n";
}

/// `head` with one more header.
std::string with_proxy_authorization(std::string head, const std::string& value) {
  if (!value.empty())
    head.insert(head.size() - 2, "Proxy-Authorization: " + value + "\r\n");  // before the last CRLF
  return head;
}

}  // namespace

struct HttpConnection::State {
  explicit State(HttpRoute opened) : route(std::move(opened)), buffer(kBufferSize) {}

  HttpRoute route;
  std::string where;  // "GET https://host/path", for messages

  // The request.
  std::string pending;  // to be sent with what comes next
  HttpFraming framing = HttpFraming::none;
  bool is_sent = false;     // completely
  bool is_refused = false;  // the answer came first: nothing more is sent

  // The response.
  bool is_head_request = false;
  bool is_tunnel = false;
  std::optional<Parser> parser;
  std::vector<std::byte> buffer;
  size_t begin = 0, end = 0;  // what of the buffer the parser has not taken
  bool has_head = false;
  bool is_answered = false;                     // a byte has come
  std::optional<Clock::time_point> head_begun;  // when the first of this head has
  int interim = 0;

  Connection& connection() {
    if (!route.connection) throw HttpError(where + ": its connection is closed");
    return *route.connection;
  }

  template <typename Failure = HttpError>
  [[noreturn]] void fail(const std::string& why) {
    route.connection.reset();
    throw Failure(where + ": " + why);
  }

  void begin_request(const std::string& head, HttpFraming how, const std::string& shown) {
    where = shown;
    pending = head;
    framing = how;
    is_sent = is_refused = has_head = is_answered = false;
    interim = 0;
    new_parser();
  }

  void new_parser() {
    head_begun.reset();
    parser.emplace();
    parser->header_limit(kHeadLimit);
    // "None" would be compared with the length, and be less (Boost 1.74).
    parser->body_limit(std::numeric_limits<uint64_t>::max());
    parser->eager(false);
    // These have headers as if they had a body.
    parser->skip(is_head_request || is_tunnel);
  }

  /// More bytes for the parser. False at the end of the connection.
  bool fill() {
    if (begin > 0) {
      std::copy(buffer.begin() + static_cast<ptrdiff_t>(begin),
                buffer.begin() + static_cast<ptrdiff_t>(end), buffer.begin());
      end -= begin;
      begin = 0;
    }
    if (end == buffer.size()) fail("the answer's header has no end");
    size_t count = 0;
    try {
      count = connection().read(std::span(buffer).subspan(end));
    } catch (const TimeoutError& error) {
      fail<HttpTimeout>(error.what());
    } catch (const Error& error) {
      fail(error.what());
    }
    end += count;
    if (count > 0 && !head_begun) head_begun = Clock::now();
    is_answered |= count > 0;
    return count > 0;
  }

  /// Gives the parser what there is. False when it needs more to go on.
  bool parse() {
    boost::beast::error_code error;
    const size_t taken =
        parser->put(boost::asio::const_buffer(buffer.data() + begin, end - begin), error);
    begin += taken;
    if (error == http::error::need_more) return false;
    if (error && error != http::error::need_buffer) fail_to_parse(error);
    return taken > 0;
  }

  [[noreturn]] void fail_to_parse(const boost::beast::error_code& error) {
    if (error == http::error::header_limit) fail("the answer's header is longer than 64 KiB");
    if (error == http::error::partial_message || error == http::error::end_of_stream)
      fail(has_head ? "the connection ended before the answer was complete"
                    : "the connection ended without an answer");
    fail("what came is no HTTP answer (" + error.message() + ")");
  }

  /// Once the connection has ended: that may be the end of the body, too.
  void parse_end() {
    boost::beast::error_code error;
    if (!parser->got_some()) error = http::error::end_of_stream;
    if (!error) parser->put_eof(error);
    if (error) fail_to_parse(error);
  }

  /// Reads the next response head: a final one, or one that is only on the way (1xx).
  void read_one_head() {
    while (!parser->is_header_done()) {
      if (begin < end && parse()) continue;
      if (!fill()) parse_end();
      if (head_begun && Clock::now() - *head_begun > kHeadTime)
        fail("the answer's header does not come to its end");
    }
    const unsigned status = parser->get().result_int();
    has_head = status / 100 != 1;
    if (has_head) return;
    if (status == 101 || ++interim > kMostInterim) fail("the server answers with nothing but 1xx");
    new_parser();
  }

  void await_head() {
    while (!has_head) read_one_head();
    is_refused = is_refused || (!is_sent && parser->get().result_int() >= 300);
  }

  /// After a write that failed: the server may have said why before it closed the connection.
  void await_refusal(const Error& failure) {
    try {
      await_head();
    } catch (const HttpError&) {
      fail(failure.what());
    }
    is_refused = true;
  }

  void send(std::span<const std::byte> bytes) {
    while (!bytes.empty() && !is_refused) {
      try {
        // A server that has accepted already wants the rest all the same.
        if (has_head)
          connection().write(std::exchange(bytes, {}));
        else
          bytes = bytes.subspan(connection().write_until_answer(bytes));
      } catch (const HttpError&) {
        throw;
      } catch (const TimeoutError& error) {
        fail<HttpTimeout>(error.what());
      } catch (const Error& error) {
        await_refusal(error);
        return;
      }
      if (!bytes.empty()) read_one_head();
      is_refused = has_head && parser->get().result_int() >= 300;
    }
  }

  void flush() {
    const std::string text = std::exchange(pending, {});
    send(std::as_bytes(std::span(text)));
  }
};

HttpConnection::HttpConnection(HttpRoute route)
    : state_(std::make_unique<State>(std::move(route))) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::start(const HttpRequest& request) {
  const bool is_whole = state_->route.target == HttpRoute::Target::whole_url;
  const std::string origin = request.url.scheme + "://" + request.url.authority();
  std::string head = request_head(request, (is_whole ? origin : "") + request.url.target);
  if (is_whole) head = with_proxy_authorization(head, state_->route.proxy_authorization);
  state_->is_head_request = request.method == "HEAD";
  state_->begin_request(head, framing_of(request), request.method + ' ' + request.url.str());
}

void HttpConnection::start_tunnel(const std::string& authority) {
  std::string head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
  head = with_proxy_authorization(head, state_->route.proxy_authorization);
  state_->is_tunnel = true;
  state_->begin_request(head, HttpFraming::none, "CONNECT " + authority);
}

void HttpConnection::flush() { state_->flush(); }

bool HttpConnection::write_body(std::span<const std::byte> bytes) {
  State& s = *state_;
  if (bytes.empty()) return !s.is_refused;
  const bool is_chunked = s.framing == HttpFraming::chunked;
  if (is_chunked) s.pending += chunk_header(bytes.size());
  if (bytes.size() < kSendTogether) {
    s.pending.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  } else {
    s.flush();
    s.send(bytes);
  }
  if (is_chunked) s.pending += "\r\n";
  if (s.pending.size() >= kSendTogether) s.flush();
  return !s.is_refused;
}

void HttpConnection::end_body() {
  if (state_->framing == HttpFraming::chunked) state_->pending += "0\r\n\r\n";
  state_->flush();
  state_->is_sent = !state_->is_refused;
}

HttpResponse HttpConnection::read_head() {
  State& s = *state_;
  s.await_head();
  HttpResponse response;
  response.status = static_cast<int>(s.parser->get().result_int());
  for (const auto& field : s.parser->get())
    response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  return response;
}

size_t HttpConnection::read_body(std::span<std::byte> into) {
  State& s = *state_;
  if (into.empty()) return 0;
  auto& body = s.parser->get().body();
  body.data = into.data();
  body.size = into.size();
  body.more = true;
  while (!s.parser->is_done() && body.size == into.size()) {
    if (s.begin < s.end && s.parse()) continue;
    if (body.size == into.size() && !s.parser->is_done() && !s.fill()) s.parse_end();
  }
  return into.size() - body.size;
}

bool HttpConnection::is_answered() const { return state_->is_answered; }

bool HttpConnection::can_be_used_again() const {
  const State& s = *state_;
  return s.route.connection && s.is_sent && s.has_head && s.parser->is_done() &&
         s.parser->keep_alive() && s.begin == s.end;
}

bool HttpConnection::is_stale() {
  return !state_->route.connection || state_->route.connection->has_input();
}

void HttpConnection::close() { state_->route.connection.reset(); }

std::unique_ptr<Connection> HttpConnection::release() {
  // A server that speaks before it was spoken to is not the one that was asked for.
  if (state_->begin != state_->end) state_->fail("the proxy sends more than its answer");
  return std::move(state_->route.connection);
}

}  // namespace pack
