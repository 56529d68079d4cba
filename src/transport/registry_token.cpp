#include "transport/registry_token.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "image/untrusted_json.h"
#include "transport/registry_session.h"

namespace pack {

namespace {

using Json = nlohmann::json;

/// NAME=VALUE pairs as a query or form has them.
class Form {
 public:
  void add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_ += std::string(name) + "=" + url_encode(value);
  }
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

HttpRequest get_request(const TokenRequest& request) {
  Form query;
  if (!request.credentials.username.empty()) query.add("account", request.credentials.username);
  if (!request.service.empty()) query.add("service", request.service);
  for (const std::string& scope : request.scopes) query.add("scope", scope);
  HttpRequest out{.url = request.realm, .headers = {{"Accept", "application/json"}}, .body = {}};
  if (!query.str().empty()) {
    const bool has_query = out.url.target.find('?') != std::string::npos;
    out.url.target += (has_query ? "&" : "?") + query.str();
  }
  if (!request.credentials.empty())
    out.headers.emplace_back("Authorization", basic_authorization(request.credentials));
  return out;
}

HttpRequest post_request(const TokenRequest& request) {
  std::string scope;
  for (const std::string& one : request.scopes) scope += (scope.empty() ? "" : " ") + one;
  Form form;
  form.add("grant_type", "refresh_token");
  form.add("service", request.service);
  if (!scope.empty()) form.add("scope", scope);
  form.add("client_id", "pack");
  form.add("refresh_token", request.credentials.identity_token);
  return {.method = "POST",
          .url = request.realm,
          .headers = {{"Accept", "application/json"},
                      {"Content-Type", "application/x-www-form-urlencoded"}},
          .body = form.str()};
}

/// It becomes part of a header, so nothing that could end one.
bool is_usable(const std::string& token) {
  return !token.empty() && std::all_of(token.begin(), token.end(),
                                       [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

Token parse_answer(const std::string& server, const std::string& body) {
  const Json json = json_fault(body).empty() ? Json::parse(body) : Json();
  Token out;
  for (const char* name : {"token", "access_token"}) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    if (found != json.end() && found->is_string() && out.value.empty())
      out.value = found->get<std::string>();
  }
  if (!is_usable(out.value))
    throw Error("the token server " + server +
                " answers without a usable token; ask the registry's operator");
  const auto lifetime = json.find("expires_in");
  if (lifetime == json.end() || !lifetime->is_number()) return out;
  constexpr double kYear = 365.0 * 24 * 60 * 60;
  const auto told = static_cast<int64_t>(std::clamp(lifetime->get<double>(), 0.0, kYear));
  if (told > 0) out.lifetime = std::chrono::seconds(told);
  return out;
}

}  // namespace

std::string basic_authorization(const Credentials& credentials) {
  return "Basic " + base64_encode(credentials.username + ":" + credentials.password);
}

Token fetch_token(const TokenRequest& request, const TokenExchange& exchange) {
  const bool by_post = !request.credentials.identity_token.empty();
  const HttpResponse response = exchange(by_post ? post_request(request) : get_request(request));
  const std::string server = request.realm.str();
  if (response.status == 200) return parse_answer(server, response.body);
  const bool is_refused = response.status == 401 || response.status == 403 ||
                          (by_post && response.status == 400);  // RFC 6749, 5.2: invalid_grant
  if (is_refused && !request.credentials.empty())
    throw Error("the token server " + server +
                " refuses the login that is stored for this "
                "registry; log in again with `docker login`");
  throw Error("the token server " + server + " gives no token: " + describe_failure(response));
}

}  // namespace pack
