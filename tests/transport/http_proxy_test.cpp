// Which requests go through which proxy, with curl as the oracle; and what a proxy gets to see.

#include "transport/http_proxy.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "support/fake_server.h"
#include "support/raw_server.h"
#include "support/shell.h"
#include "support/test_authority.h"
#include "transport/http.h"

namespace pack {
namespace {

using test::RawServer;

Access access(std::map<std::string, std::string> environment) {
  Access out;
  out.environment = std::move(environment);
  return out;
}

/// A proxy that takes CONNECT to any host to one port of this machine, and answers other requests
/// by itself. It remembers the heads of all requests.
class Proxy {
 public:
  explicit Proxy(uint16_t target = 0, std::string answer = "HTTP/1.1 200 Ok\r\n\r\n")
      : server_([=, this](int socket, int) { serve(socket, target, answer); }) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::string authority() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<std::string> heads() const {
    const std::lock_guard lock(mutex_);
    return heads_;
  }

 private:
  void serve(int socket, uint16_t target, const std::string& answer) {
    const std::string head = test::read_head(socket);
    {
      const std::lock_guard lock(mutex_);
      heads_.push_back(head);
    }
    if (!head.starts_with("CONNECT ")) {
      test::send_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
      return;
    }
    test::send_text(socket, answer);
    const int other = target == 0 ? -1 : test::connect_to_port(target);
    if (other < 0) return;
    test::splice_sockets(socket, other);
    ::close(other);
  }

  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  RawServer server_;  // last: it uses the others
};

TEST(ProxyFor, ExemptsWhatCurlExempts) {
  PACK_REQUIRE_TOOL("curl");
  const Proxy proxy;
  for (const auto& [list, host] :
       std::vector<std::pair<std::string, std::string>>{{"", "a.invalid"},
                                                        {"*", "a.invalid"},
                                                        {"a.invalid", "a.invalid"},
                                                        {"A.INVALID", "a.invalid"},
                                                        {"a.invalid", "x.a.invalid"},
                                                        {"a.invalid", "xa.invalid"},
                                                        {".a.invalid", "x.a.invalid"},
                                                        {".a.invalid", "a.invalid"},
                                                        {"x.a.invalid", "a.invalid"},
                                                        {"b.invalid, a.invalid", "a.invalid"},
                                                        {"b.invalid,a.invalid", "a.invalid"},
                                                        {"b.invalid a.invalid", "a.invalid"},
                                                        {"192.0.2.1", "192.0.2.1"},
                                                        {"192.0.2.1", "192.0.2.10"},
                                                        {"192.0.2.0/24", "192.0.2.77"},
                                                        {"192.0.2.0/25", "192.0.2.177"},
                                                        {"2001:db8::1", "[2001:db8::1]"},
                                                        {"2001:db8::/32", "[2001:db9::1]"}}) {
    const std::string url = "http://" + host + "/";
    // What does not go to the proxy goes nowhere.
    const test::ToolRun curl =
        test::run("env http_proxy=" + proxy.url() + " no_proxy='" + list +
                  "' curl -s --connect-timeout 0.2 -o /dev/null -g '" + url + "'");
    EXPECT_EQ(proxy_for(parse_url(url), access({{"http_proxy", proxy.url()}, {"no_proxy", list}}))
                  .has_value(),
              curl.status == 0)
        << host << " with no_proxy=" << list;
  }
}

TEST(ProxyFor, ExemptsNetworksWhoseSizeIsNoByte) {
  // curl 7.88 compares these in the wrong byte order.
  const auto is_exempt = [](const std::string& list, const std::string& host) {
    return !proxy_for(parse_url("http://" + host + "/"),
                      access({{"http_proxy", "p:1"}, {"no_proxy", list}}));
  };
  EXPECT_TRUE(is_exempt("192.0.2.0/23", "192.0.3.1"));
  EXPECT_FALSE(is_exempt("192.0.2.0/23", "192.0.4.1"));
  EXPECT_TRUE(is_exempt("0.0.0.0/0", "192.0.4.1"));
  EXPECT_TRUE(is_exempt("2001:db8::/31", "[2001:db9::1]"));
  EXPECT_FALSE(is_exempt("2001:db8::/31", "[2001:dba::1]"));
  EXPECT_FALSE(is_exempt("192.0.2.0/33", "192.0.2.0"));
  EXPECT_FALSE(is_exempt("192.0.2.0/x", "192.0.2.0"));
}

TEST(ProxyFor, TheVariablesAreThoseOfCurl) {
  const auto chosen = [](const std::string& url, std::map<std::string, std::string> environment) {
    const auto proxy = proxy_for(parse_url(url), access(std::move(environment)));
    return proxy ? proxy->url.authority() : "none";
  };
  EXPECT_EQ(chosen("https://a/", {}), "none");
  EXPECT_EQ(chosen("https://a/", {{"https_proxy", "p:1"}, {"HTTPS_PROXY", "q:1"}}), "p:1");
  EXPECT_EQ(chosen("https://a/", {{"HTTPS_PROXY", "http://q:1/"}, {"ALL_PROXY", "r:1"}}), "q:1");
  EXPECT_EQ(chosen("https://a/", {{"all_proxy", "r:1"}}), "r:1");
  EXPECT_EQ(chosen("https://a/", {{"http_proxy", "p:1"}}), "none");
  EXPECT_EQ(chosen("http://a/", {{"http_proxy", "p:1"}}), "p:1");
  // A CGI's client could set it (httpoxy).
  EXPECT_EQ(chosen("http://a/", {{"HTTP_PROXY", "p:1"}}), "none");
  EXPECT_EQ(chosen("http://a/", {{"https_proxy", "p:1"}}), "none");
  EXPECT_EQ(chosen("https://a/", {{"https_proxy", "[::1]:3128"}}), "[::1]:3128");
}

TEST(ProxyFor, ThisMachineNeedsNone) {
  for (const char* url : {"http://localhost:5000/", "http://127.0.0.1/", "http://[::1]:5000/"})
    EXPECT_FALSE(proxy_for(parse_url(url), access({{"all_proxy", "p:1"}}))) << url;
}

TEST(ProxyFor, APortMayBePartOfAnException) {
  const Access here = access({{"all_proxy", "p:1"}, {"no_proxy", "a:5000,[2001:db8::1]:5000"}});
  EXPECT_FALSE(proxy_for(parse_url("http://a:5000/"), here));
  EXPECT_TRUE(proxy_for(parse_url("http://a:5001/"), here));
  EXPECT_FALSE(proxy_for(parse_url("http://[2001:db8::1]:5000/"), here));
  EXPECT_TRUE(proxy_for(parse_url("http://[2001:db8::1]/"), here));
}

TEST(ProxyFor, WhatIsNoProxyIsAnErrorWithoutItsPassword) {
  for (const char* text : {"socks5://user:hidden@p:1", "http://user:hidden@p:x",
                           "http://user:hidden@", "user:hidden@p q"}) {
    try {
      proxy_for(parse_url("https://a/"), access({{"HTTPS_PROXY", text}}));
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      const std::string said = error.what();
      EXPECT_NE(said.find("HTTPS_PROXY"), std::string::npos) << said;
      EXPECT_EQ(said.find("hidden"), std::string::npos) << said;
    }
  }
}

TEST(HttpThroughProxy, PlainRequestsNameTheWholeUrl) {
  const Proxy proxy;
  HttpClient client(
      connect_to_network(access({{"http_proxy", "http://us%40er:pa:ss@" + proxy.authority()}})));
  HttpRequest request{.url = parse_url("http://registry.invalid:5000/v2/?n=1")};
  EXPECT_EQ(client.send(request, 100).body, "proxy");
  ASSERT_EQ(proxy.heads().size(), 1u);
  const std::string head = proxy.heads().front();
  EXPECT_TRUE(head.starts_with("GET http://registry.invalid:5000/v2/?n=1 HTTP/1.1\r\n")) << head;
  // The same as curl sends, for the same user.
  test::run("env http_proxy=http://us%40er:pa:ss@" + proxy.authority() +
            " curl -s 'http://registry.invalid:5000/v2/?n=1'");
  const auto authorization = [](const std::string& text) {
    const size_t start = text.find("Proxy-Authorization: ");
    return start == text.npos ? "" : text.substr(start, text.find('\r', start) - start);
  };
  ASSERT_EQ(proxy.heads().size(), 2u);
  EXPECT_NE(authorization(head), "");
  EXPECT_EQ(authorization(head), authorization(proxy.heads().back()));
}

/// An https server behind a proxy that knows the name "localhost.invalid" for it.
class TunnelTest : public testing::Test {
 protected:
  TunnelTest()
      : certificate_(folder_.path()),
        server_(
            [](const test::FakeRequest& request) {
              return test::FakeResponse{.body = "hello" + request.header("Proxy-Authorization")};
            },
            certificate_) {}

  std::string get(const std::string& proxy, bool insecure) {
    Access here = access({{"https_proxy", proxy}});
    here.tls_ca = certificate_.file();
    here.insecure = insecure;
    HttpRequest request{.url = parse_url("https://registry.invalid/v2/")};
    return HttpClient(connect_to_network(here)).send(request, 1000).body;
  }
  std::string failure(const std::string& proxy) {
    try {
      return get(proxy, true);
    } catch (const Error& error) {
      return error.what();
    }
  }

  test::TemporaryFolder folder_;
  test::ServerCertificate certificate_;
  test::FakeServer server_;
};

TEST_F(TunnelTest, HttpsIsTunnelled) {
  const Proxy proxy(server_.port());
  EXPECT_EQ(get("http://user:hidden@" + proxy.authority(), true), "hello");
  ASSERT_EQ(proxy.heads().size(), 1u);
  EXPECT_TRUE(proxy.heads().front().starts_with("CONNECT registry.invalid:443 HTTP/1.1\r\n"));
  EXPECT_NE(proxy.heads().front().find("Proxy-Authorization: Basic dXNlcjpoaWRkZW4=\r\n"),
            std::string::npos);
}

TEST_F(TunnelTest, TheServerBehindItIsVerified) {
  const Proxy proxy(server_.port());
  EXPECT_THROW(get(proxy.url(), false), TlsError);  // its certificate is not for that name
}

TEST_F(TunnelTest, ARefusalNamesTheProxyAndNoSecret) {
  for (const auto& [answer, part] : std::vector<std::pair<std::string, std::string>>{
           {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "NO_PROXY"},
           {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "password"},
           {"HTTP/1.1 502 Bad Gateway\r\n\r\n", "502"},
           {"HTTP/1.1 200 Ok\r\n\r\nand more", "more than its answer"},
           {"SSH-2.0-x\r\n\r\n", "no HTTP answer"},
           {"", "without an answer"}}) {
    const Proxy proxy(0, answer);
    const std::string said = failure("http://user:hidden@" + proxy.authority());
    EXPECT_NE(said.find(part), std::string::npos) << said;
    EXPECT_EQ(said.find("hidden"), std::string::npos) << said;
    if (part != "more than its answer") {
      EXPECT_NE(said.find("registry.invalid"), std::string::npos) << said;
    }
  }
}

}  // namespace
}  // namespace pack
