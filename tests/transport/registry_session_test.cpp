// The session against servers that behave like well-known registries, and against bad ones. All are
// on 127.0.0.1, where plain http is taken; another port is another origin.

#include "transport/registry_session.h"

#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <deque>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/base64.h"
#include "base/error.h"
#include "support/fake_server.h"
#include "support/pack_test.h"
#include "support/process.h"
#include "support/token_server.h"

namespace pack {
namespace {

using test::FakeRequest;
using test::FakeResponse;
using test::FakeServer;
using test::TokenServer;
using Rights = RegistrySession::Rights;

constexpr const char* kPull = "repository:team/app:pull";
constexpr const char* kPath = "/v2/team/app/manifests/v1";

/// The registry's own words, which are what a test wants to get.
FakeResponse served(const std::string& body = "served") { return {.body = body}; }

FakeResponse refused(const std::string& challenge) {
  return {.status = 401, .headers = {{"WWW-Authenticate", challenge}}};
}

FakeResponse redirect(const std::string& location, int status = 307) {
  return {.status = status, .headers = {{"Location", location}}};
}

/// Requests without the one that finds out whether https or http is spoken.
std::vector<FakeRequest> wanted(const FakeServer& server) {
  std::vector<FakeRequest> out = server.requests();
  std::erase_if(out, [](const FakeRequest& request) { return request.path() == "/v2/"; });
  return out;
}

class RegistrySessionTest : public ::testing::Test {
 protected:
  RegistrySessionTest() { access_.environment = {{"HOME", folder_.path().string()}}; }

  void log_in(const FakeServer& server, const std::string& fields) {
    write_file(folder_ / ".docker/config.json",
               "{\"auths\":{\"" + server.authority() + "\":{" + fields + "}}}");
  }
  RegistrySession session(const FakeServer& server, Rights rights = Rights::pull) const {
    return {{server.authority(), "team/app"}, rights, access_};
  }
  HttpResponse get(const FakeServer& server, const std::string& target = kPath) const {
    return session(server).send({.target = target, .headers = {}, .body = {}});
  }
  /// The error's text; a text that no error has when there was none.
  std::string failure(const FakeServer& server,
                      RegistryRequest request = {
                          .target = kPath, .headers = {}, .body = {}}) const {
    try {
      const HttpResponse response = session(server).send(request);
      return "no error, " + std::to_string(response.status) + " " + response.body;
    } catch (const Error& error) {
      return error.what();
    }
  }

  TempDir folder_;
  Access access_;
};

/// A registry that lets in who has a token of `tokens`.
FakeServer::Handler token_registry(const TokenServer& tokens, const std::string& scope = kPull) {
  return [&tokens, scope](const FakeRequest& request) {
    return tokens.lets_in(request.header("Authorization"), scope)
               ? served()
               : refused(tokens.challenge(scope));
  };
}

// ---- Basic and Bearer ----

TEST_F(RegistrySessionTest, AnOpenRegistryIsAskedNothing) {
  const FakeServer server([](const FakeRequest&) { return served(); });
  EXPECT_EQ(get(server).body, "served");
  ASSERT_EQ(wanted(server).size(), 1U);
  EXPECT_EQ(wanted(server).front().header("Authorization"), "");
}

TEST_F(RegistrySessionTest, BasicLogin) {
  const std::string right = "Basic " + base64_encode("me:secret");
  const FakeServer server([&](const FakeRequest& request) {
    return request.header("Authorization") == right ? served() : refused("Basic realm=\"x\"");
  });
  log_in(server, R"("username":"me","password":"secret")");
  RegistrySession one = session(server);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(one.send({.target = kPath, .headers = {}, .body = {}}).body, "served");
  EXPECT_EQ(wanted(server).size(), 4U) << "asked for the login more than once";
}

TEST_F(RegistrySessionTest, AnonymousTokenInTheMannerOfDockerHub) {
  TokenServer tokens;
  const FakeServer server(token_registry(tokens));
  EXPECT_EQ(get(server).body, "served");
  const auto asked = tokens.requests();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].method, "GET");
  EXPECT_EQ(asked[0].query("service"), std::vector<std::string>{"registry.docker.io"});
  EXPECT_EQ(asked[0].query("scope"), std::vector<std::string>{kPull});
  EXPECT_EQ(asked[0].query("account"), std::vector<std::string>{});
  EXPECT_EQ(asked[0].header("Authorization"), "");
}

TEST_F(RegistrySessionTest, LoginInTheMannerOfAlibabaCloud) {
  TokenServer tokens({.path = "/auth",
                      .service = "registry.aliyuncs.com:cn-hangzhou:26842",
                      .username = "me@example.org",
                      .password = "se:cret&"});
  const FakeServer server(token_registry(tokens));
  log_in(server, R"("username":"me@example.org","password":"se:cret&")");
  EXPECT_EQ(get(server).body, "served");
  ASSERT_EQ(tokens.requests().size(), 1U);
  EXPECT_EQ(tokens.requests()[0].query("account"), std::vector<std::string>{"me@example.org"});
}

TEST_F(RegistrySessionTest, LoginInTheMannerOfTencentCloud) {
  TokenServer tokens({.path = "/service/token",
                      .service = "token-service",
                      .username = "100012345678",
                      .password = "secret",
                      .field = "access_token"});
  const FakeServer server(token_registry(tokens));
  log_in(server, R"("username":"100012345678","password":"secret")");
  EXPECT_EQ(get(server).body, "served");
}

TEST_F(RegistrySessionTest, IdentityTokensArePosted) {
  TokenServer tokens({.identity_token = "refresh+/=&"});
  const FakeServer server(token_registry(tokens));
  log_in(server, R"("identitytoken":"refresh+/=&")");
  EXPECT_EQ(get(server).body, "served");
  ASSERT_EQ(tokens.requests().size(), 1U);
  EXPECT_EQ(tokens.requests()[0].target, "/token") << "a secret in a URL";
}

TEST_F(RegistrySessionTest, RegistryTokensAreShownAsTheyAre) {
  const FakeServer server([](const FakeRequest& request) {
    return request.header("Authorization") == "Bearer mine"
               ? served()
               : refused("Bearer realm=\"https://x/\"");
  });
  log_in(server, R"("registrytoken":"mine")");
  EXPECT_EQ(get(server).body, "served");
}

TEST_F(RegistrySessionTest, PushAndMountAskForTheirRightsAtOnce) {
  TokenServer tokens;
  const std::string push = "repository:team/app:pull,push";
  const FakeServer server(token_registry(tokens, push));
  RegistrySession one = session(server, Rights::push);
  one.add_pull_scope({server.authority(), "team/base"});
  EXPECT_EQ(one.send({.target = kPath, .headers = {}, .body = {}}).body, "served");
  ASSERT_EQ(tokens.requests().size(), 1U);
  EXPECT_EQ(tokens.requests()[0].query("scope"),
            (std::vector<std::string>{push, "repository:team/base:pull"}));
}

TEST_F(RegistrySessionTest, ATokenOf64KiB) {
  TokenServer tokens({.token_start = std::string(64 * 1024, 't')});
  const FakeServer server(token_registry(tokens));
  EXPECT_EQ(get(server).body, "served");
}

TEST_F(RegistrySessionTest, ANewlyDemandedScopeIsAskedForOnce) {
  TokenServer tokens;
  const std::string more = "repository:team/app:delete";
  const FakeServer server([&](const FakeRequest& request) {
    const std::string shown = request.header("Authorization");
    if (!tokens.lets_in(shown, kPull)) return refused(tokens.challenge(kPull));
    const bool deletes = request.method == "DELETE";
    return deletes && !tokens.lets_in(shown, more) ? refused(tokens.challenge(more)) : served();
  });
  RegistrySession one = session(server);
  EXPECT_EQ(one.send({.target = kPath, .headers = {}, .body = {}}).body, "served");
  const RegistryRequest deletion{.method = "DELETE", .target = kPath, .headers = {}, .body = {}};
  EXPECT_EQ(one.send(deletion).body, "served");
  EXPECT_EQ(one.send(deletion).body, "served");
  ASSERT_EQ(tokens.requests().size(), 2U);
  EXPECT_EQ(tokens.requests()[1].query("scope"), (std::vector<std::string>{kPull, more}));
}

TEST_F(RegistrySessionTest, ATokenThatIsTakenBackIsReplaced) {
  TokenServer tokens;
  const FakeServer server(token_registry(tokens));
  RegistrySession one = session(server);
  EXPECT_EQ(one.send({.target = kPath, .headers = {}, .body = {}}).body, "served");
  tokens.forget();
  EXPECT_EQ(one.send({.target = kPath, .headers = {}, .body = {}}).body, "served");
  EXPECT_EQ(tokens.requests().size(), 2U);
}

TEST_F(RegistrySessionTest, ATokenThatExpiresIsReplacedBefore) {
  TokenServer tokens({.expires_in = 2});
  const FakeServer server(token_registry(tokens));
  RegistrySession one = session(server);
  one.send({.target = kPath, .headers = {}, .body = {}});
  std::this_thread::sleep_for(std::chrono::milliseconds(1300));
  one.send({.target = kPath, .headers = {}, .body = {}});
  EXPECT_EQ(tokens.requests().size(), 2U);
  EXPECT_EQ(wanted(server).size(), 3U) << "the old token was shown again";
}

TEST_F(RegistrySessionTest, ThreadsShareOneToken) {
  TokenServer tokens;
  const FakeServer server(token_registry(tokens));
  RegistrySession one = session(server);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int again = 0; again < 20; ++again)
        right += one.send({.target = kPath, .headers = {}, .body = {}}).body == "served";
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 160);
  EXPECT_EQ(tokens.requests().size(), 1U);
}

// ---- refusals ----

TEST_F(RegistrySessionTest, EndlessRefusalsComeToAnEnd) {
  TokenServer tokens;
  int count = 0;
  const FakeServer server([&](const FakeRequest&) {
    return refused(tokens.challenge("repository:team/app:r" + std::to_string(++count)));
  });
  EXPECT_TRUE(contains(failure(server), "docker login"));
  EXPECT_LE(wanted(server).size(), 3U);
  EXPECT_LE(tokens.requests().size(), 2U);
}

TEST_F(RegistrySessionTest, AWrongPasswordIsShownOnce) {
  const FakeServer server([](const FakeRequest&) { return refused("Basic realm=\"x\""); });
  log_in(server, R"("username":"me","password":"CANARY")");
  const std::string said = failure(server);
  EXPECT_TRUE(contains(said, "refuses the stored login")) << said;
  EXPECT_FALSE(contains(said, "CANARY")) << said;
  EXPECT_EQ(wanted(server).size(), 2U);
}

TEST_F(RegistrySessionTest, WithoutALoginItSaysHowToLogIn) {
  const FakeServer server([](const FakeRequest&) { return refused("Basic realm=\"x\""); });
  EXPECT_TRUE(contains(failure(server), "docker login " + server.authority())) << failure(server);
}

TEST_F(RegistrySessionTest, UnknownKindsOfLogin) {
  const FakeServer negotiate([](const FakeRequest&) { return refused("Negotiate"); });
  EXPECT_TRUE(contains(failure(negotiate), "negotiate")) << failure(negotiate);
  const FakeServer silent([](const FakeRequest&) { return FakeResponse{.status = 401}; });
  EXPECT_TRUE(contains(failure(silent), "401")) << failure(silent);
}

TEST_F(RegistrySessionTest, RealmsThatAreNoTokenServer) {
  for (const char* realm :
       {"file:///etc/passwd", "http://registry.example.org/token", "nonsense"}) {
    const FakeServer server(
        [&](const FakeRequest&) { return refused(std::string("Bearer realm=\"") + realm + "\""); });
    log_in(server, R"("username":"me","password":"CANARY")");
    const std::string said = failure(server);
    EXPECT_TRUE(contains(said, "for a token")) << said;
    EXPECT_FALSE(contains(said, "CANARY")) << said;
    EXPECT_EQ(wanted(server).size(), 1U);
  }
}

TEST_F(RegistrySessionTest, TokenAnswersThatAreNone) {
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{}"), std::string("{\"token\":\"\"}"),
        std::string("{\"token\":7}"), std::string("{\"token\":\"CANARY\\r\\nX: y\"}"),
        std::string("{\"token\":\"CANARY")}) {
    const FakeServer tokens([&](const FakeRequest&) { return served(body); });
    const FakeServer server(
        [&](const FakeRequest&) { return refused("Bearer realm=\"" + tokens.url() + "/t\""); });
    const std::string said = failure(server);
    EXPECT_TRUE(contains(said, "without a usable token")) << said;
    EXPECT_FALSE(contains(said, "CANARY")) << said;
  }
}

TEST_F(RegistrySessionTest, AnEndlessTokenAnswerIsNotReadToItsEnd) {
  const FakeServer tokens([](const FakeRequest&) {
    return FakeResponse{.headers = {{"Content-Length", "1000000000000"}},
                        .body = std::string(2 * 1024 * 1024, '{')};
  });
  const FakeServer server(
      [&](const FakeRequest&) { return refused("Bearer realm=\"" + tokens.url() + "/t\""); });
  const std::string said = failure(server);
  EXPECT_TRUE(contains(said, tokens.authority())) << said;
  EXPECT_TRUE(contains(said, "larger than 1048576 bytes")) << said;
}

/// Servers that repeat in their errors what they were sent.
FakeResponse echoing(const FakeRequest& request, int status) {
  std::string all = request.target + " " + request.body;
  for (const auto& [name, value] : request.headers) all += " " + name + ": " + value;
  std::erase_if(all, [](char c) { return c == '"' || c == '\\'; });
  // A hundred letters before it: a message is cut where it gets long, perhaps within the secret.
  const std::string cut = std::string(100, 'x') + all;
  return {
      .status = status,
      .headers = {{"Docker-Content-Digest", all}, {"Content-Type", all}},
      .body =
          nlohmann::json{{"errors", {{{"code", "X"}, {"message", cut}}}}, {"message", all}}.dump(
              -1, ' ', true)};
}

TEST_F(RegistrySessionTest, SecretsThatServersRepeatAreMasked) {
  const std::string basic = base64_encode("me:CANARY");
  for (const char* fields : {R"("username":"me","password":"CANARY")",
                             R"("identitytoken":"CANARY")", R"("registrytoken":"CANARY")"}) {
    TokenServer tokens({.token_start = "CANARY-token-"});
    const FakeServer bad_tokens([](const FakeRequest& request) { return echoing(request, 418); });
    for (const std::string& challenge : {std::string("Basic realm=\"x\""), tokens.challenge(kPull),
                                         "Bearer realm=\"" + bad_tokens.url() + "/t\""}) {
      const FakeServer server([&](const FakeRequest& request) {
        return request.header("Authorization").empty() ? refused(challenge) : echoing(request, 418);
      });
      log_in(server, fields);
      std::string said = failure(server);
      EXPECT_FALSE(contains(said, "CANARY")) << said;
      EXPECT_FALSE(contains(said, basic)) << said;
    }
  }
}

TEST_F(RegistrySessionTest, SecretsAreMaskedHoweverTheyAreEscaped) {
  const std::string password = "CAN\"ARY\\\xc3\xa9";
  for (const bool has_errors : {true, false}) {
    const FakeServer server([&](const FakeRequest& request) {
      if (request.header("Authorization").empty()) return refused("Basic realm=\"x\"");
      nlohmann::json body = {{"message", "no, " + password}};
      if (has_errors) body = {{"errors", {body}}};
      return FakeResponse{.status = 418, .body = body.dump(-1, ' ', true)};
    });
    log_in(server, R"("username":"me","password":"CAN\"ARY\\\u00e9")");
    const std::string said = describe_failure(get(server));
    EXPECT_TRUE(contains(said, "no, ***")) << said;
    EXPECT_FALSE(contains(said, "ARY")) << said;
  }
}

TEST_F(RegistrySessionTest, SecretsInAnAddressOfTheServersAreMasked) {
  const FakeServer server([&](const FakeRequest& request) {
    if (request.header("Authorization").empty()) return refused("Basic realm=\"x\"");
    return redirect("http://127.0.0.1:1/CANARY/blob");
  });
  log_in(server, R"("username":"me","password":"CANARY")");
  const std::string said = failure(server);
  EXPECT_TRUE(contains(said, "refused")) << said;
  EXPECT_FALSE(contains(said, "CANARY")) << said;
}

// ---- redirects ----

TEST_F(RegistrySessionTest, RedirectsNeverCarryTheLoginElsewhere) {
  const FakeServer storage([](const FakeRequest&) { return served("blob"); });
  for (const int status : {301, 302, 303, 307, 308}) {
    const FakeServer server([&](const FakeRequest& request) {
      if (request.header("Authorization").empty()) return refused("Basic realm=\"x\"");
      return redirect(storage.url() + "/blob?signature=s", status);
    });
    log_in(server, R"("username":"me","password":"CANARY")");
    EXPECT_EQ(get(server).body, "blob");
    RegistrySession one = session(server);
    const auto download = one.download({.target = kPath, .headers = {}, .body = {}});
    std::array<std::byte, 16> into{};
    EXPECT_EQ(download.body(into), 4U);
  }
  EXPECT_EQ(storage.requests().size(), 10U);
  for (const FakeRequest& request : storage.requests())
    EXPECT_EQ(request.header("Authorization"), "");
}

TEST_F(RegistrySessionTest, RedirectsAtHomeKeepTheLogin) {
  const FakeServer server([](const FakeRequest& request) {
    if (request.header("Authorization").empty()) return refused("Basic realm=\"x\"");
    return request.path() == kPath ? redirect("../elsewhere?q=1") : served(request.target);
  });
  log_in(server, R"("username":"me","password":"secret")");
  EXPECT_EQ(get(server).body, "/v2/team/app/elsewhere?q=1");
}

TEST_F(RegistrySessionTest, AStorageHostThatWantsALoginGetsNone) {
  const FakeServer storage([](const FakeRequest&) { return refused("Basic realm=\"x\""); });
  const FakeServer server([&](const FakeRequest&) { return redirect(storage.url() + "/blob"); });
  log_in(server, R"("username":"me","password":"CANARY")");
  EXPECT_EQ(get(server).status, 401);
  EXPECT_EQ(storage.requests().size(), 1U);
}

TEST_F(RegistrySessionTest, RedirectLoopsEnd) {
  const FakeServer circle(
      [](const FakeRequest& request) { return redirect(request.path() == "/a" ? "/b" : "/a"); });
  EXPECT_TRUE(contains(failure(circle), "circle")) << failure(circle);
  int count = 0;
  const FakeServer endless(
      [&](const FakeRequest&) { return redirect("/" + std::to_string(++count)); });
  EXPECT_TRUE(contains(failure(endless), "too many")) << failure(endless);
  EXPECT_EQ(wanted(endless).size(), 11U);
}

TEST_F(RegistrySessionTest, TenRedirectsAreFollowed) {
  int count = 0;
  const FakeServer server([&](const FakeRequest& request) {
    if (request.path() == "/v2/") return served();
    return ++count <= 10 ? redirect("/" + std::to_string(count)) : served("there");
  });
  EXPECT_EQ(get(server).body, "there");
}

TEST_F(RegistrySessionTest, RedirectsThatLeadNowhere) {
  for (const char* location : {"", "file:///etc/passwd", "ftp://x/?key=CANARY", "http://a b/"}) {
    const FakeServer server([&](const FakeRequest&) { return redirect(location); });
    const std::string said = failure(server);
    EXPECT_TRUE(contains(said, "redirects to")) << said;
    EXPECT_FALSE(contains(said, "CANARY")) << said;
  }
}

TEST_F(RegistrySessionTest, OnlyWhatKeepsTheMethodIsFollowedByUploads) {
  const FakeServer storage(
      [](const FakeRequest& request) { return served(request.method + " " + request.body); });
  for (const auto& [status, follows] :
       std::map<int, bool>{{301, false}, {302, false}, {303, false}, {307, true}, {308, true}}) {
    const FakeServer server(
        [&](const FakeRequest&) { return redirect(storage.url() + "/u", status); });
    const HttpResponse response =
        session(server).send({.method = "PUT", .target = kPath, .headers = {}, .body = "data"});
    EXPECT_EQ(response.status, follows ? 200 : status);
    EXPECT_EQ(response.body, follows ? "PUT data" : "");
  }
}

TEST_F(RegistrySessionTest, RedirectsCanBeLeftToTheCaller) {
  const FakeServer server([](const FakeRequest&) { return redirect("/x"); });
  const HttpResponse response =
      session(server).send({.target = kPath,
                            .headers = {},
                            .body = {},
                            .redirects = RegistryRequest::Redirects::refuse});
  EXPECT_EQ(response.status, 307);
}

TEST_F(RegistrySessionTest, AbsoluteTargetsElsewhereGetNoLogin) {
  const FakeServer storage([](const FakeRequest&) { return served("stored"); });
  const FakeServer server([](const FakeRequest& request) {
    return request.header("Authorization").empty() ? refused("Basic realm=\"x\"") : served();
  });
  log_in(server, R"("username":"me","password":"CANARY")");
  RegistrySession one = session(server);
  EXPECT_EQ(one.send({.target = server.url() + kPath, .headers = {}, .body = {}}).body, "served");
  EXPECT_EQ(one.send({.target = storage.url() + "/u", .headers = {}, .body = {}}).body, "stored");
  EXPECT_EQ(storage.requests().at(0).header("Authorization"), "");
}

TEST_F(RegistrySessionTest, TokenServersMayRedirectButTheLoginStays) {
  const FakeServer other([](const FakeRequest& request) {
    return request.header("Authorization").empty() ? served("{\"token\":\"good\"}")
                                                   : FakeResponse{.status = 500};
  });
  const FakeServer tokens([&](const FakeRequest& request) {
    return request.header("Authorization").empty() ? FakeResponse{.status = 401}
                                                   : redirect(other.url() + "/t");
  });
  const FakeServer server([&](const FakeRequest& request) {
    return request.header("Authorization") == "Bearer good"
               ? served()
               : refused("Bearer realm=\"" + tokens.url() + "/t\"");
  });
  log_in(server, R"("username":"me","password":"CANARY")");
  EXPECT_EQ(get(server).body, "served");
}

TEST_F(RegistrySessionTest, PostedIdentityTokensFollowNoRedirect) {
  const FakeServer other([](const FakeRequest&) { return served("{\"token\":\"good\"}"); });
  const FakeServer tokens([&](const FakeRequest&) { return redirect(other.url() + "/t"); });
  const FakeServer server(
      [&](const FakeRequest&) { return refused("Bearer realm=\"" + tokens.url() + "/t\""); });
  log_in(server, R"("identitytoken":"CANARY")");
  EXPECT_FALSE(contains(failure(server), "CANARY")) << failure(server);
  EXPECT_TRUE(other.requests().empty());
}

// ---- TLS ----

class TlsSessionTest : public RegistrySessionTest {
 protected:
  TlsSessionTest() { access_.tls_ca = certificate_.file(); }
  test::ServerCertificate certificate_{folder_.path()};
};

TEST_F(TlsSessionTest, HttpsIsSpokenFirst) {
  const FakeServer server([](const FakeRequest&) { return served(); }, certificate_);
  RegistrySession one = session(server);
  EXPECT_EQ(one.send({.target = kPath, .headers = {}, .body = {}}).body, "served");
  EXPECT_EQ(one.root().str(), server.url() + "/");
}

TEST_F(TlsSessionTest, AnUnknownCertificateIsAnError) {
  const FakeServer server([](const FakeRequest&) { return served(); }, certificate_);
  access_.tls_ca.clear();
  const double before = now();
  const std::string said = failure(server);
  EXPECT_LT(now() - before, 1);  // another try would end alike
  EXPECT_TRUE(contains(said, "ertificate")) << said;
  EXPECT_TRUE(contains(said, "--tls-ca")) << said;
  EXPECT_FALSE(contains(said, "plain http")) << said;
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(TlsSessionTest, NeverFromHttpsToPlainHttp) {
  const FakeServer plain([](const FakeRequest&) { return served("plain"); });
  const FakeServer server(
      [&](const FakeRequest& request) {
        return request.path() == "/v2/" ? served() : redirect(plain.url() + "/b?sig=CANARY");
      },
      certificate_);
  const RegistryRequest direct{.target = plain.url() + "/u", .headers = {}, .body = {}};
  for (const std::string& said : {failure(server), failure(server, direct)}) {
    EXPECT_TRUE(contains(said, "--insecure")) << said;
    EXPECT_FALSE(contains(said, "CANARY")) << said;
  }
  EXPECT_TRUE(plain.requests().empty());
  access_.insecure = true;
  log_in(server, R"("username":"me","password":"p")");
  EXPECT_EQ(get(server).body, "plain");
  EXPECT_EQ(plain.requests().at(0).header("Authorization"), "");
}

TEST_F(RegistrySessionTest, PlainHttpToOtherMachinesIsNotTried) {
  // Nothing is sent: the address is one for documentation (RFC 5737), and root() needs no answer.
  RegistrySession one({"192.0.2.1:5000", "team/app"}, Rights::pull, access_);
  EXPECT_EQ(one.root().str(), "https://192.0.2.1:5000/");
}

TEST_F(RegistrySessionTest, DockerHubHasAnotherAddressThanName) {
  RegistrySession one({"docker.io", "library/debian"}, Rights::pull, access_);
  EXPECT_EQ(one.root().str(), "https://registry-1.docker.io/");
}

TEST_F(RegistrySessionTest, ARegistryThatIsNotThere) {
  std::string place;
  {
    const FakeServer server([](const FakeRequest&) { return served(); });
    place = server.authority();
  }
  RegistrySession one({place, "team/app"}, Rights::pull, access_);
  const double before = now();
  try {
    one.send({.target = kPath, .headers = {}, .body = {}});
    FAIL() << "an answer from nowhere";
  } catch (const Error& error) {
    EXPECT_TRUE(contains(error.what(), place)) << error.what();
    EXPECT_TRUE(contains(error.what(), "Connection refused")) << error.what();
  }
  // A port that nobody listens at is told at once, without further tries.
  EXPECT_LT(now() - before, 1);
}

TEST_F(RegistrySessionTest, ARegistryThatIsBeingRestartedIsWaitedFor) {
  auto server = std::make_unique<FakeServer>([](const FakeRequest&) { return served(); });
  const std::string place = server->authority();
  RegistrySession one = session(*server);
  EXPECT_EQ(one.send({.target = kPath, .headers = {}, .body = {}}).status, 200);
  server.reset();
  try {
    one.send({.target = kPath, .headers = {}, .body = {}});
    FAIL() << "an answer from nowhere";
  } catch (const Error& error) {
    EXPECT_TRUE(contains(error.what(), "tried 5 times")) << error.what();
  }
}

// ---- retries ----

/// Answers with these first, then as if nothing had been.
FakeServer::Handler after(std::deque<FakeResponse>& troubles) {
  return [&troubles](const FakeRequest& request) {
    if (troubles.empty() || request.path() == "/v2/") return served(request.body);
    FakeResponse response = troubles.front();
    troubles.pop_front();
    return response;
  };
}

TEST_F(RegistrySessionTest, WhatPassesIsTriedAgain) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    std::deque<FakeResponse> troubles(2, {.status = status, .headers = {{"Retry-After", "0"}}});
    const FakeServer server(after(troubles));
    EXPECT_EQ(get(server).status, 200);
    EXPECT_EQ(wanted(server).size(), 3U) << status;
  }
}

TEST_F(RegistrySessionTest, CutConnectionsAreTriedAgain) {
  std::deque<FakeResponse> troubles = {
      {.wire = FakeResponse::Wire::nothing},
      {.body = "long enough to be cut", .wire = FakeResponse::Wire::half_of_body},
      {.status = 503}};
  const FakeServer server(after(troubles));
  EXPECT_EQ(get(server).status, 200);
}

TEST_F(RegistrySessionTest, WhatStaysIsToldWithItsCount) {
  const FakeServer busy([](const FakeRequest&) {
    return FakeResponse{.status = 503,
                        .headers = {{"Retry-After", "0"}},
                        .body = R"({"errors":[{"code":"UNAVAILABLE","message":"disk full"}]})"};
  });
  const std::string said = failure(busy);
  EXPECT_TRUE(contains(said, "disk full")) << said;
  EXPECT_TRUE(contains(said, "tried 5 times")) << said;
  EXPECT_EQ(wanted(busy).size(), 5U);
}

TEST_F(RegistrySessionTest, ABrokenWireThatStaysIsToldWithItsCount) {
  const FakeServer server([](const FakeRequest& request) {
    return request.path() == "/v2/" ? served() : FakeResponse{.wire = FakeResponse::Wire::nothing};
  });
  EXPECT_TRUE(contains(failure(server), "tried 5 times")) << failure(server);
}

TEST_F(RegistrySessionTest, OtherFailuresAreNotTriedAgain) {
  for (const int status : {400, 403, 404, 405, 416, 501}) {
    const FakeServer server([&](const FakeRequest& request) {
      return request.path() == "/v2/" ? served() : FakeResponse{.status = status};
    });
    EXPECT_EQ(get(server).status, status);
    EXPECT_EQ(wanted(server).size(), 1U);
  }
}

TEST_F(RegistrySessionTest, RetryAfterIsHonoured) {
  std::deque<FakeResponse> troubles = {
      {.status = 429, .headers = {{"Retry-After", "1"}}},
  };
  const FakeServer server(after(troubles));
  const double before = now();
  EXPECT_EQ(get(server).status, 200);
  EXPECT_GT(now() - before, 0.95);
}

TEST_F(RegistrySessionTest, WhoWantsMinutesOfPatienceIsLeftAtOnce) {
  const FakeServer server([](const FakeRequest& request) {
    if (request.path() == "/v2/") return served();
    return FakeResponse{.status = 429, .headers = {{"Retry-After", "3600"}}};
  });
  const std::string said = failure(server);
  EXPECT_TRUE(contains(said, "429") && contains(said, "try again in 3600 s")) << said;
  EXPECT_EQ(wanted(server).size(), 1U);
}

TEST_F(RegistrySessionTest, WithoutRetriesTheCallerSeesEverything) {
  const FakeServer server([](const FakeRequest& request) {
    if (request.path() == "/v2/") return served();
    return request.path() == "/cut" ? FakeResponse{.wire = FakeResponse::Wire::nothing}
                                    : FakeResponse{.status = 503};
  });
  RegistrySession one = session(server);
  EXPECT_EQ(
      one.send({.target = "/busy", .headers = {}, .body = {}}, RegistrySession::Retry::no).status,
      503);
  EXPECT_THROW(one.send({.method = "PATCH", .target = "/cut", .headers = {}, .body = "x"},
                        RegistrySession::Retry::no),
               HttpError);
}

/// A stream of `text`, made anew for each try.
std::function<ByteReader()> streams(const std::string& text, int& made) {
  return [&made, text]() -> ByteReader {
    ++made;
    auto rest = std::make_shared<std::string>(text);
    return [rest](std::span<std::byte> into) {
      const size_t n = std::min(into.size(), rest->size());
      std::copy_n(reinterpret_cast<const std::byte*>(rest->data()), n, into.begin());
      rest->erase(0, n);
      return n;
    };
  };
}

TEST_F(RegistrySessionTest, StreamsAreSentAgainFromTheirStart) {
  TokenServer tokens;
  std::deque<FakeResponse> troubles = {{.status = 503}, {.wire = FakeResponse::Wire::nothing}};
  const auto then = after(troubles);
  const FakeServer server([&](const FakeRequest& request) {
    return tokens.lets_in(request.header("Authorization"), kPull)
               ? then(request)
               : refused(tokens.challenge(kPull));
  });
  const std::string text(300000, 'x');
  int made = 0;
  const HttpResponse response = session(server).send({.method = "PATCH",
                                                      .target = kPath,
                                                      .headers = {},
                                                      .body = {},
                                                      .stream = streams(text, made)});
  EXPECT_EQ(response.body, text);
  EXPECT_EQ(made, 4);  // without a token, busy, cut, well
}

TEST_F(RegistrySessionTest, AnErrorOfTheStreamItselfPasses) {
  const FakeServer server([](const FakeRequest&) { return served(); });
  int made = 0;
  const RegistryRequest request{
      .method = "PATCH", .target = kPath, .headers = {}, .body = {}, .stream = [&]() -> ByteReader {
        ++made;
        return [](std::span<std::byte>) -> size_t { throw Error("the file went away"); };
      }};
  EXPECT_TRUE(contains(failure(server, request), "the file went away"));
  EXPECT_EQ(made, 1);
}

// ---- downloads ----

TEST_F(RegistrySessionTest, DownloadsStream) {
  const std::string blob(3000000, 'b');
  TokenServer tokens;
  const FakeServer server([&](const FakeRequest& request) {
    return tokens.lets_in(request.header("Authorization"), kPull)
               ? served(blob)
               : refused(tokens.challenge(kPull));
  });
  RegistrySession one = session(server);
  for (int i = 0; i < 2; ++i) {
    const auto download = one.download({.target = kPath, .headers = {}, .body = {}});
    EXPECT_EQ(download.response.status, 200);
    std::vector<std::byte> into(65536);
    size_t total = 0;
    for (size_t n; (n = download.body(into)) > 0;) total += n;
    EXPECT_EQ(total, blob.size());
    EXPECT_EQ(download.body(into), 0U);
  }
}

TEST_F(RegistrySessionTest, TwoDownloadsAtOnceAndOneThatOutlivesTheSession) {
  const FakeServer server([](const FakeRequest& request) { return served(request.path()); });
  ByteReader left;
  {
    RegistrySession one = session(server);
    const auto first = one.download({.target = "/1", .headers = {}, .body = {}});
    left = one.download({.target = "/2", .headers = {}, .body = {}}).body;
    std::array<std::byte, 8> into{};
    EXPECT_EQ(first.body(into), 2U);
    EXPECT_EQ(static_cast<char>(into[1]), '1');
  }
  std::array<std::byte, 8> into{};
  EXPECT_EQ(left(into), 2U);
  EXPECT_EQ(static_cast<char>(into[1]), '2');
}

TEST_F(RegistrySessionTest, AFailedDownloadSaysWhy) {
  const FakeServer server([](const FakeRequest& request) {
    return request.path() == "/v2/"
               ? served()
               : FakeResponse{.status = 404,
                              .body = R"({"errors":[{"code":"BLOB_UNKNOWN","message":"gone"}]})"};
  });
  RegistrySession one = session(server);
  const auto download = one.download({.target = kPath, .headers = {}, .body = {}});
  EXPECT_EQ(describe_failure(download.response), "404 Not Found, BLOB_UNKNOWN: gone");
  std::array<std::byte, 8> into{};
  EXPECT_EQ(download.body(into), 0U);
}

TEST_F(RegistrySessionTest, ADownloadThatIsCutIsTheCallersToResume) {
  const FakeServer server([](const FakeRequest& request) {
    if (request.path() == "/v2/") return served();
    return FakeResponse{.body = std::string(1000, 'x'), .wire = FakeResponse::Wire::half_of_body};
  });
  RegistrySession one = session(server);
  const auto download = one.download({.target = kPath, .headers = {}, .body = {}});
  std::array<std::byte, 4096> into{};
  const auto read_all = [&] {
    while (download.body(into) > 0) {
    }
  };
  EXPECT_THROW(read_all(), HttpError);
}

// ---- the sentence ----

std::string described(int status, const std::string& body) {
  return describe_failure({.status = status, .headers = {}, .body = body});
}

TEST(DescribeFailure, TheRegistrysOwnWords) {
  EXPECT_EQ(described(403, R"({"errors":[{"code":"DENIED","message":"no push for you"}]})"),
            "403 Forbidden, DENIED: no push for you");
  EXPECT_EQ(described(401, R"({"details":"incorrect username or password"})"),
            "401 Unauthorized: incorrect username or password");
  EXPECT_EQ(described(400, R"({"error":"invalid_grant","error_description":"expired"})"),
            "400 Bad Request: expired");
  EXPECT_EQ(described(599, ""), "599");
}

TEST(DescribeFailure, NonsenseIsNotRepeated) {
  EXPECT_EQ(described(502, "<html><body>nginx</body></html>"), "502 Bad Gateway");
  for (const char* body : {"[]", "{\"errors\":[]}", "{\"errors\":7}", "{\"errors\":[7]}",
                           "{\"errors\":[{\"code\":7,\"message\":[]}]}", "{"})
    EXPECT_EQ(described(500, body), "500 Internal Server Error") << body;
  // It would take hundreds of megabytes to read this as a document.
  EXPECT_EQ(described(500, std::string(4'000'000, '[')), "500 Internal Server Error");
}

TEST(DescribeFailure, LongAndOddTextIsMadeHarmless) {
  const std::string said =
      described(500, "{\"message\":\"\\u001b[31m" + std::string(5000, 'x') + "\"}");
  EXPECT_FALSE(contains(said, "\x1b")) << said;
  EXPECT_LT(said.size(), 300U);
}

}  // namespace
}  // namespace pack
