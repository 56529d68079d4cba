#include "support/signed_tokens.h"

#include <ctime>
#include <sstream>
#include <stdexcept>

#include "base/base64.h"
#include "support/process.h"

namespace pack {

namespace {

constexpr const char* kService = "test-registry:with:colons";
constexpr const char* kIssuer = "test-issuer";

/// RFC 7515, appendix C.
std::string base64_url(const std::string& bytes) {
  std::string out;
  for (const char c : base64_encode(bytes))
    if (c != '=') out += c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

/// The base64 lines of a PEM file.
std::string pem_body(const std::string& pem) {
  std::string out;
  std::istringstream lines(pem);
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("-----")) out += line;
  return out;
}

/// "repository:NAME:pull,push" as an entry of a token's access list.
std::string access_entry(const std::string& scope) {
  const size_t first = scope.find(':');
  const size_t last = scope.rfind(':');
  std::string actions;
  std::istringstream words(scope.substr(last + 1));
  for (std::string word; std::getline(words, word, ',');)
    actions.append(actions.empty() ? "\"" : ",\"").append(word) += '"';
  return R"({"type":")" + scope.substr(0, first) + R"(","name":")" +
         scope.substr(first + 1, last - first - 1) + R"(","actions":[)" + actions + "]}";
}

}  // namespace

SignedTokenServer::SignedTokenServer(std::string username, std::string password)
    : username_(std::move(username)), password_(std::move(password)) {
  const Outcome made =
      run({.argv = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=tokens", "-keyout", "key.pem", "-out", "cert.pem"},
           .folder = temp_.path()});
  if (made.status != 0) throw std::runtime_error("openssl req: " + made.err);
  server_ = std::make_unique<test::FakeServer>(
      [this](const test::FakeRequest& request) { return answer(request); });
}

RegistryRules SignedTokenServer::rules() const {
  return {.token_realm = server_->url() + "/token",
          .token_service = kService,
          .token_issuer = kIssuer,
          .token_certificate = (temp_ / "cert.pem").string()};
}

std::vector<std::vector<std::string>> SignedTokenServer::scopes() const {
  std::vector<std::vector<std::string>> out;
  for (const test::FakeRequest& request : server_->requests())
    out.push_back(request.query("scope"));
  return out;
}

test::FakeResponse SignedTokenServer::answer(const test::FakeRequest& request) const {
  const std::string wanted = "Basic " + base64_encode(username_ + ":" + password_);
  if (!username_.empty() && request.header("Authorization") != wanted) return {.status = 401};
  if (request.query("service") != std::vector<std::string>{kService}) return {.status = 400};
  return {.headers = {{"Content-Type", "application/json"}},
          .body = R"({"token":")" + token(request.query("scope")) + "\"}"};
}

std::string SignedTokenServer::token(const std::vector<std::string>& scopes) const {
  std::string access;
  for (const std::string& scope : scopes)
    access += (access.empty() ? "" : ",") + access_entry(scope);
  const std::string time = std::to_string(std::time(nullptr));
  const std::string header =
      R"({"typ":"JWT","alg":"RS256","x5c":[")" + pem_body(read_file(temp_ / "cert.pem")) + "\"]}";
  const std::string claims = std::string(R"({"iss":")") + kIssuer + R"(","sub":"","aud":")" +
                             kService + R"(","exp":)" + time + "0" + R"(,"nbf":0,"iat":)" + time +
                             R"(,"jti":"1","access":[)" + access + "]}";
  const std::string text = base64_url(header) + "." + base64_url(claims);
  const Outcome sign = run({.argv = {"openssl", "dgst", "-sha256", "-sign", "key.pem"},
                            .folder = temp_.path(),
                            .input = text});
  return text + "." + base64_url(sign.out);
}

}  // namespace pack
