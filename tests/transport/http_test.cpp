// The client against servers that are right in unusual ways, and against those that are wrong.

#include "transport/http.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "support/raw_server.h"

namespace pack {
namespace {

using test::RawServer;
using test::read_head;
using test::send_text;

constexpr uint64_t kLimit = 1 << 20;

/// A server that says one text, however it is asked, and ends.
class Script : public Connection {
 public:
  Script(std::string text, size_t step) : text_(std::move(text)), step_(step) {}
  size_t read(std::span<std::byte> into) override {
    const size_t count = std::min({into.size(), step_, text_.size() - at_});
    std::copy_n(std::as_bytes(std::span(text_)).begin() + static_cast<ptrdiff_t>(at_), count,
                into.begin());
    at_ += count;
    return count;
  }
  void write(std::span<const std::byte>) override {}
  size_t write_until_answer(std::span<const std::byte> bytes) override { return bytes.size(); }
  bool has_input() override { return true; }

 private:
  std::string text_;
  size_t step_;
  size_t at_ = 0;
};

HttpClient client_of(const std::string& text, size_t step = std::string::npos) {
  return HttpClient([text, step](const Url&) { return std::make_unique<Script>(text, step); });
}

HttpRequest request(const std::string& method = "GET") {
  return {.method = method, .url = parse_url("http://server.example/path")};
}

/// "STATUS BODY", or the error.
std::string said(const std::string& text, size_t step, const std::string& method = "GET",
                 uint64_t limit = kLimit) {
  try {
    const HttpResponse response = client_of(text, step).send(request(method), limit);
    return std::to_string(response.status) + " " + response.body;
  } catch (const HttpError& error) {
    return std::string("error: ") + error.what();
  }
}

/// In whichever pieces it comes.
void expect_said(const std::string& text, const std::string& expected,
                 const std::string& method = "GET") {
  for (const size_t step : {size_t{1}, size_t{2}, size_t{7}, std::string::npos})
    EXPECT_EQ(said(text, step, method), expected) << text << " by " << step;
}

void expect_error(const std::string& text, const std::string& part) {
  for (const size_t step : {size_t{1}, std::string::npos})
    EXPECT_NE(said(text, step).find(part), std::string::npos)
        << said(text, step) << " for " << text.substr(0, 200) << " by " << step;
}

TEST(HttpAnswer, EveryFormOfBody) {
  expect_said("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello");
  expect_said("HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello and more", "200 hello");
  expect_said(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nhe\r\n3;name=value\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
      "200 hello");
  expect_said("HTTP/1.0 200 OK\r\n\r\nhello", "200 hello");
  expect_said("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200 ");
}

TEST(HttpAnswer, AnswersWithoutABody) {
  expect_said("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 ", "HEAD");
  expect_said("HTTP/1.1 204 No Content\r\n\r\n", "204 ");
  expect_said("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304 ");
}

TEST(HttpAnswer, InterimAnswersArePassedOver) {
  expect_said(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
      "404 no");
  std::string endless;
  for (int i = 0; i < 1000; ++i) endless += "HTTP/1.1 102 Processing\r\n\r\n";
  expect_error(endless, "1xx");
}

TEST(HttpAnswer, HeadersAreFoundInAnyCase) {
  const HttpResponse response =
      client_of("HTTP/1.1 200 OK\r\nDocker-Content-Digest:  x \r\nA: 1\r\na: 2\r\n\r\n")
          .send(request(), kLimit);
  EXPECT_EQ(header_value(response.headers, "docker-content-digest"), "x");
  EXPECT_EQ(header_value(response.headers, "A"), "1");
  EXPECT_EQ(header_value(response.headers, "b"), "");
}

TEST(HttpAnswer, WhatEndsTooEarlyIsAnError) {
  const std::string plain = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (const std::string& whole : {plain, chunked})
    for (size_t size = 0; size < whole.size(); ++size)
      expect_error(whole.substr(0, size), "connection ended");
}

TEST(HttpAnswer, WhatIsNoHttpIsAnError) {
  for (const char* text :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "\x15\x03\x01\x00\x02\x02\x46\r\n\r\n", "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 20x OK\r\n\r\n", "HTTP/3.7 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nA B: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n"})
    expect_error(text, "error: ");
}

TEST(HttpAnswer, EndlessHeadersAreAnError) {
  const std::string start = "HTTP/1.1 200 OK\r\n";
  EXPECT_NE(said(start + "A: " + std::string(70'000, 'x') + "\r\n\r\n", 4096).find("64 KiB"),
            std::string::npos);
  std::string many = start;
  for (int i = 0; i < 100'000; ++i) many += "A: b\r\n";
  EXPECT_NE(said(many, 4096).find("64 KiB"), std::string::npos);
  const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_TRUE(said(chunked + "5;" + std::string(500'000, 'x'), 4096).starts_with("error: "));
  EXPECT_TRUE(said(chunked + "0\r\n" + many + many, 4096).starts_with("error: "));
}

TEST(HttpAnswer, AHeaderOfNearly64KiBIsRead) {
  const std::string token(64 * 1024 - 100, 'x');
  const HttpResponse response =
      client_of("HTTP/1.1 200 OK\r\nToken: " + token + "\r\nContent-Length: 0\r\n\r\n")
          .send(request(), kLimit);
  EXPECT_EQ(header_value(response.headers, "Token"), token);
}

TEST(HttpAnswer, ABodyBeyondTheLimitIsAnError) {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  EXPECT_EQ(said(text, 1, "GET", 5), "200 hello");
  try {
    client_of(text).send(request(), 4);
    FAIL() << "it was read";
  } catch (const HttpError&) {
    FAIL() << "as if another try could end otherwise";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("larger than 4 bytes"), std::string::npos);
  }
}

TEST(HttpRequestHead, WhatCouldBeTwoHeadersIsNotSent) {
  for (const auto& [name, value] : {std::pair{"A", "b\r\nC: d"},
                                    {"A", "b\nC"},
                                    {"A\r\nB", "c"},
                                    {"A", "b\x01"},
                                    {"A:", "b"},
                                    {"", "b"}}) {
    HttpRequest bad = request();
    bad.headers = {{name, value}};
    EXPECT_THROW(client_of("HTTP/1.1 200 OK\r\n\r\n").send(bad, kLimit), Error);
  }
  HttpRequest bad = request();
  bad.url.target = "/a HTTP/1.1\r\nHost: other";
  EXPECT_THROW(client_of("HTTP/1.1 200 OK\r\n\r\n").send(bad, kLimit), Error);
  bad = request("GET /x HTTP/1.1\r\nA:");
  EXPECT_THROW(client_of("HTTP/1.1 200 OK\r\n\r\n").send(bad, kLimit), Error);
}

/// With real sockets.
class HttpServerTest : public testing::Test {
 protected:
  static HttpClient to(const RawServer& server) {
    return HttpClient([port = server.port()](const Url&) {
      return connect_tcp("127.0.0.1", port, {.transfer = std::chrono::seconds(10)});
    });
  }
  static constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /// 64 MiB, more than any socket holds.
  static HttpRequest large_upload() {
    HttpRequest upload = request("PUT");
    upload.stream = [left = size_t{64} << 20](std::span<std::byte> into) mutable {
      const size_t count = std::min(into.size(), left);
      std::fill_n(into.begin(), count, std::byte{'x'});
      left -= count;
      return count;
    };
    return upload;
  }
};

TEST_F(HttpServerTest, AConnectionIsUsedAgain) {
  const RawServer server([](int socket, int) {
    while (!read_head(socket).empty()) send_text(socket, kOk);
  });
  HttpClient client = to(server);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.send(request(), kLimit).body, "ok");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpServerTest, AConnectionThatTheServerHasEndedIsReplaced) {
  const RawServer server([](int socket, int) {
    read_head(socket);
    send_text(socket, kOk);
  });
  HttpClient client = to(server);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.send(request("POST"), kLimit).body, "ok");
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(HttpServerTest, WhoHangsOnAKeptConnectionIsNotAskedAgain) {
  const RawServer server([](int socket, int) {
    read_head(socket);
    send_text(socket, kOk);
    while (!read_head(socket).empty()) {  // and say nothing
    }
  });
  HttpClient client([port = server.port()](const Url&) {
    return connect_tcp("127.0.0.1", port, {.transfer = std::chrono::milliseconds(200)});
  });
  EXPECT_EQ(client.send(request(), kLimit).body, "ok");
  EXPECT_THROW(client.send(request(), kLimit), HttpTimeout);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpServerTest, AnswersToAKeptConnectionThatEndsWhileItIsAsked) {
  const RawServer server([](int socket, int) {
    read_head(socket);
    send_text(socket, kOk);
    read_head(socket);  // and hang up
  });
  HttpClient client = to(server);
  EXPECT_EQ(client.send(request(), kLimit).body, "ok");
  EXPECT_EQ(client.send(request(), kLimit).body, "ok");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpServerTest, AFreshConnectionThatEndsIsAnErrorAtOnce) {
  const RawServer server([](int socket, int) { read_head(socket); });
  EXPECT_THROW(to(server).send(request(), kLimit), HttpError);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpServerTest, AnUnreadBodyCostsTheConnection) {
  const RawServer server([](int socket, int) {
    while (!read_head(socket).empty())
      if (!send_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nunread")) return;
  });
  HttpClient client = to(server);
  HttpClient::Download download = client.download(request());
  EXPECT_EQ(client.send(request(), kLimit).body, "unread");
  EXPECT_EQ(server.connections(), 2);
  // What had come is lost or right, not mixed up.
  std::string late;
  try {
    for (std::byte one; download.body(std::span(&one, 1)) != 0;) late += static_cast<char>(one);
  } catch (const HttpError&) {
  }
  EXPECT_TRUE(std::string("unread").starts_with(late)) << late;
}

TEST_F(HttpServerTest, ARefusalWhileTheBodyIsSentIsTheAnswer) {
  std::atomic<bool> is_read = false;
  const RawServer server([&](int socket, int) {
    read_head(socket);
    send_text(socket, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\nlogin");
    while (!is_read) std::this_thread::sleep_for(std::chrono::milliseconds(5));  // takes no more
  });
  HttpClient client = to(server);
  const HttpResponse response = client.send(large_upload(), kLimit);
  is_read = true;
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.body, "login");
}

TEST_F(HttpServerTest, ARefusalByAServerThatHangsUpIsTheAnswer) {
  const RawServer server([](int socket, int) {
    read_head(socket);
    send_text(socket, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
    ::shutdown(socket, SHUT_WR);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  });
  for (int i = 0; i < 5; ++i) {
    const HttpResponse response = to(server).send(large_upload(), kLimit);
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.body, "big");
  }
}

TEST_F(HttpServerTest, AnAcceptingAnswerDoesNotEndTheBody) {
  size_t received = 0;
  {
    const RawServer server([&](int socket, int) {
      read_head(socket);
      send_text(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n");
      std::string seen;
      char piece[65536];
      while (!seen.ends_with("\r\n0\r\n\r\n")) {
        const ssize_t n = ::recv(socket, piece, sizeof piece, 0);
        if (n <= 0) return;
        received += static_cast<size_t>(n);
        seen = seen.substr(seen.size() - std::min<size_t>(seen.size(), 16)) +
               std::string(piece, static_cast<size_t>(n));
      }
      send_text(socket, "ok");
    });
    EXPECT_EQ(to(server).send(large_upload(), kLimit).body, "ok");
  }
  EXPECT_GT(received, size_t{64} << 20);
}

TEST_F(HttpServerTest, ABodyOfUnknownLengthIsSentInChunks) {
  std::string sent;
  {
    const RawServer server([&](int socket, int) {
      read_head(socket);
      sent = read_head(socket);  // up to the empty line behind the last chunk
      send_text(socket, kOk);
    });
    HttpRequest upload = request("PUT");
    upload.stream = [pieces = std::vector<std::string>{"hello", "world"}](
                        std::span<std::byte> into) mutable -> size_t {
      if (pieces.empty()) return 0;
      const std::string piece = pieces.front();
      pieces.erase(pieces.begin());
      std::copy_n(std::as_bytes(std::span(piece)).begin(), piece.size(), into.begin());
      return piece.size();
    };
    EXPECT_EQ(to(server).send(upload, kLimit).body, "ok");
  }
  EXPECT_EQ(sent, "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n");  // RFC 7230, 4.1
}

TEST_F(HttpServerTest, AServerThatGoesAwayIsAnErrorAndNoSignal) {
  const RawServer server([](int socket, int) { read_head(socket); });
  EXPECT_THROW(to(server).send(large_upload(), kLimit), HttpError);
}

TEST_F(HttpServerTest, AStreamWithAnotherSizeThanAnnouncedIsAnError) {
  const RawServer server([](int socket, int) { read_head(socket); });
  for (const uint64_t size : {3, 5}) {
    HttpRequest upload = request("PUT");
    upload.stream = [left = size_t{4}](std::span<std::byte> into) mutable {
      std::fill_n(into.begin(), left, std::byte{'x'});
      return std::exchange(left, 0);
    };
    upload.stream_size = size;
    EXPECT_THROW(to(server).send(upload, kLimit), Error);
  }
}

TEST_F(HttpServerTest, AStreamsOwnErrorPassesUnchanged) {
  struct Own : Error {
    using Error::Error;
  };
  const RawServer server([](int socket, int) { read_head(socket); });
  HttpRequest upload = request("PUT");
  upload.stream = [](std::span<std::byte>) -> size_t { throw Own("own"); };
  EXPECT_THROW(to(server).send(upload, kLimit), Own);
}

}  // namespace
}  // namespace pack
