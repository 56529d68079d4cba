#include "transport/auth_challenge.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace pack {

bool operator==(const AuthChallenge& a, const AuthChallenge& b) {
  return a.scheme == b.scheme && a.parameters == b.parameters;
}

void PrintTo(const AuthChallenge& challenge, std::ostream* out) {
  *out << challenge.scheme << ::testing::PrintToString(challenge.parameters);
}

namespace {

using Challenges = std::vector<AuthChallenge>;

TEST(AuthChallenge, DockerHub) {
  EXPECT_EQ(parse_challenges("Bearer realm=\"https://auth.docker.io/token\","
                             "service=\"registry.docker.io\","
                             "scope=\"repository:library/debian:pull,push\""),
            (Challenges{{"bearer",
                         {{"realm", "https://auth.docker.io/token"},
                          {"service", "registry.docker.io"},
                          {"scope", "repository:library/debian:pull,push"}}}}));
}

TEST(AuthChallenge, SeveralInOneHeaderAndInSeveral) {
  const HttpHeaders headers = {
      {"www-authenticate", "Basic realm=\"a \\\"b\\\", c\", Bearer realm=\"https://x/t\""},
      {"Content-Type", "Digest realm=\"not one\""},
      {"WWW-AUTHENTICATE", "Negotiate"}};
  EXPECT_EQ(challenges_of(headers), (Challenges{{"basic", {{"realm", "a \"b\", c"}}},
                                                {"bearer", {{"realm", "https://x/t"}}},
                                                {"negotiate", {}}}));
}

TEST(AuthChallenge, OrderCaseBlanksAndMissingQuotes) {
  const Challenges wanted = {{"bearer", {{"realm", "https://x/t"}, {"service", "a:b"}}}};
  for (const char* text : {"bearer service=a:b,realm=https://x/t",
                           "BEARER  Service = \"a:b\" ,\tREALM=\"https://x/t\"",
                           ",, Bearer realm=\"https://x/t\",,service=\"a:b\",",
                           "Bearer realm=\"https://x/t\" service=\"a:b\"",
                           "Bearer realm=\"https://x/t\",service=\"a:b\",realm=\"https://other/\""})
    EXPECT_EQ(parse_challenges(text), wanted) << text;
}

TEST(AuthChallenge, BareWordsOfOtherSchemesArePassedOver) {
  EXPECT_EQ(parse_challenges("Negotiate YIIa+/==, NTLM abc, Bearer realm=\"https://x/t\""),
            (Challenges{{"negotiate", {}}, {"ntlm", {}}, {"bearer", {{"realm", "https://x/t"}}}}));
}

TEST(AuthChallenge, WhatBreaksTheGrammarIsLeftOut) {
  EXPECT_EQ(parse_challenges(""), Challenges{});
  EXPECT_EQ(parse_challenges("realm=\"x\""), Challenges{});
  EXPECT_EQ(parse_challenges("\"quoted\" = , =\""), Challenges{});
  EXPECT_EQ(parse_challenges("Bearer realm=\"never closed"), (Challenges{{"bearer", {}}}));
  EXPECT_EQ(parse_challenges("Bearer realm=\"ends in \\"), (Challenges{{"bearer", {}}}));
}

AuthChallenge with_realm(const std::string& realm) { return {"bearer", {{"realm", realm}}}; }

std::string refusal(const std::string& realm, const Access& access = {}) {
  try {
    return "taken: " + token_realm(with_realm(realm), access).str();
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(TokenRealm, IsHttpsOrThisMachine) {
  EXPECT_EQ(token_realm(with_realm("https://ccr.ccs.tencentyun.com/service/token"), {}).str(),
            "https://ccr.ccs.tencentyun.com/service/token");
  for (const char* realm : {"http://localhost:5001/t", "http://127.0.0.1:5001/t",
                            "http://127.8.9.1:5001/t", "http://[::1]:5001/t"})
    EXPECT_EQ(token_realm(with_realm(realm), {}).scheme, "http") << realm;
}

TEST(TokenRealm, PlainHttpElsewhereNeedsInsecure) {
  for (const char* realm : {"http://auth.example.org/t", "http://127.0.0.1.example.org/t",
                            "http://localhost.example.org/t", "http://[::2]/t"}) {
    EXPECT_NE(refusal(realm).find("--insecure"), std::string::npos) << refusal(realm);
    Access access;
    access.insecure = true;
    EXPECT_EQ(token_realm(with_realm(realm), access).scheme, "http") << realm;
  }
}

TEST(TokenRealm, OtherSchemesAndNonsenseAreRefusedEvenInsecurely) {
  Access access;
  access.insecure = true;
  for (const char* realm : {"file:///etc/passwd", "FILE:///etc/passwd", "ftp://x/", "/token", "",
                            "https://", "https://x y/", "https://x/\r\nHost: y", "javascript:1"})
    EXPECT_NE(refusal(realm, access).find("ask its operator"), std::string::npos)
        << realm << ": " << refusal(realm, access);
}

TEST(TokenRealm, ErrorsShowNoLoginAndNoQuery) {
  EXPECT_EQ(refusal("https://user:CANARY@x/t").find("CANARY"), std::string::npos);
  EXPECT_EQ(refusal("http://example.org/t?key=CANARY").find("CANARY"), std::string::npos);
  EXPECT_EQ(refusal("file:///t?key=CANARY").find("CANARY"), std::string::npos);
}

}  // namespace
}  // namespace pack
