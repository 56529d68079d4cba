#include "support/token_server.h"

#include <algorithm>

#include "base/base64.h"

namespace pack::test {

namespace {

bool holds(const std::vector<std::string>& scopes, const std::string& wanted) {
  return std::find(scopes.begin(), scopes.end(), wanted) != scopes.end();
}

/// A form is a query in another place.
FakeRequest form_of(const FakeRequest& request) {
  return {.method = "POST", .target = "/?" + request.body, .headers = {}, .body = {}};
}

}  // namespace

TokenServer::TokenServer(TokenRules rules)
    : rules_(std::move(rules)),
      server_([this](const FakeRequest& request) { return answer(request); }) {}

std::string TokenServer::challenge(const std::string& scope) const {
  return "Bearer realm=\"" + realm() + "\",service=\"" + rules_.service + "\",scope=\"" + scope +
         "\"";
}

bool TokenServer::is_allowed(const FakeRequest& request) const {
  if (!rules_.identity_token.empty()) {
    const FakeRequest form = form_of(request);
    return request.method == "POST" &&
           form.query("grant_type") == std::vector<std::string>{"refresh_token"} &&
           form.query("refresh_token") == std::vector{rules_.identity_token};
  }
  return rules_.username.empty() ||
         request.header("Authorization") ==
             "Basic " + base64_encode(rules_.username + ":" + rules_.password);
}

FakeResponse TokenServer::answer(const FakeRequest& request) {
  const FakeRequest asked = request.method == "POST" ? form_of(request) : request;
  if (request.path() != rules_.path) return {.status = 404};
  if (asked.query("service") != std::vector{rules_.service}) return {.status = 400};
  if (!is_allowed(request)) return {.status = 401, .body = R"({"details":"incorrect login"})"};
  const std::lock_guard lock(mutex_);
  given_.push_back({.token = rules_.token_start + std::to_string(given_.size()),
                    .scopes = asked.query("scope")});
  std::string body = "{\"" + rules_.field + "\":\"" + given_.back().token + "\"";
  if (rules_.expires_in > 0) body += ",\"expires_in\":" + std::to_string(rules_.expires_in);
  return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = body + "}"};
}

bool TokenServer::lets_in(const std::string& authorization, const std::string& scope) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(given_.begin() + static_cast<std::ptrdiff_t>(forgotten_), given_.end(),
                     [&](const Given& one) {
                       return authorization == "Bearer " + one.token && holds(one.scopes, scope);
                     });
}

void TokenServer::forget() {
  const std::lock_guard lock(mutex_);
  forgotten_ = given_.size();
}

}  // namespace pack::test
