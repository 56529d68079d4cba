// WWW-Authenticate (RFC 9110, 11.6.1): a list of challenges, each a scheme with parameters. The
// same comma divides challenges and parameters, and one header may hold several challenges:
//
//   Basic realm="a, \"b\"", Bearer realm="https://auth/token",service="x:y",scope="r:a:pull,push"
//
// So what a word is shows behind it: before '=' it is a parameter of the challenge before it, else
// it is the scheme of a new one. A scheme may have one bare word (token68) instead of parameters
// ("Negotiate YII="); no registry needs it, so it is passed over.

#include "transport/auth_challenge.h"

#include <strings.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "transport/loopback.h"

namespace pack {

namespace {

std::string lowercase(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

class ChallengeReader {
 public:
  explicit ChallengeReader(std::string_view text) : rest_(text) {}

  std::vector<AuthChallenge> read() {
    while (skip(" \t,"), !rest_.empty()) read_item();
    return std::move(found_);
  }

 private:
  void skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }

  /// What stands before the first of `ends`.
  std::string_view take_until(std::string_view ends) {
    const std::string_view taken = rest_.substr(0, rest_.find_first_of(ends));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  void read_item() {
    const std::string_view word = take_until(" \t,=\"");
    const std::string_view behind = rest_;
    skip(" \t");
    if (!word.empty() && rest_.starts_with('=')) return read_parameter(word);
    if (word.empty()) return skip_broken();
    found_.push_back({.scheme = lowercase(word), .parameters = {}});
    if (behind.size() > rest_.size()) skip_token68();
  }

  void read_parameter(std::string_view name) {
    rest_.remove_prefix(1);
    skip(" \t");
    const std::optional<std::string> value =
        rest_.starts_with('"') ? take_quoted() : std::string(take_until(" \t,"));
    if (value && !found_.empty()) found_.back().parameters.emplace(lowercase(name), *value);
  }

  /// Nothing when the closing quote is missing.
  std::optional<std::string> take_quoted() {
    std::string out;
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return out;
      }
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      out += rest_[i];
    }
    rest_ = {};
    return std::nullopt;
  }

  /// A word that stands alone up to the next comma, '=' only at its end.
  void skip_token68() {
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t,\""));
    const size_t padding = std::min(word.find('='), word.size());
    const bool ends = word.find_first_not_of('=', padding) == word.npos;
    const size_t next = rest_.find_first_not_of(" \t", word.size());
    if (ends && (next == rest_.npos || rest_[next] == ',')) rest_.remove_prefix(word.size());
  }

  void skip_broken() {
    if (rest_.starts_with('"')) {
      (void)take_quoted();
    } else {
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
  std::vector<AuthChallenge> found_;
};

}  // namespace

std::string AuthChallenge::parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::vector<AuthChallenge> parse_challenges(std::string_view value) {
  return ChallengeReader(value).read();
}

std::vector<AuthChallenge> challenges_of(const HttpHeaders& headers) {
  std::vector<AuthChallenge> out;
  for (const auto& [name, value] : headers) {
    if (::strcasecmp(name.c_str(), "WWW-Authenticate") != 0) continue;
    std::vector<AuthChallenge> found = parse_challenges(value);
    std::move(found.begin(), found.end(), std::back_inserter(out));
  }
  return out;
}

Url token_realm(const AuthChallenge& challenge, const Access& access) {
  const std::string realm = challenge.parameter("realm");
  // A login or a query in it is nobody's business.
  const std::string shown = realm.find('@') == realm.npos
                                ? quoted(std::string_view(realm).substr(0, realm.find('?')))
                                : "an address with a login in it";
  if (!lowercase(realm).starts_with("https://") && !lowercase(realm).starts_with("http://"))
    throw Error("the registry sends to " + shown +
                " for a token, which is no http or https address; ask its operator");
  Url url;
  try {
    url = parse_url(realm);
  } catch (const Error&) {
    throw Error("the registry sends to " + shown +
                " for a token, which is no usable address; ask its operator");
  }
  if (url.scheme == "http" && !access.insecure && !is_loopback(url.host))
    throw Error("the registry sends to " + url.str() +
                " for a token, which would show the login to everybody on the way; use --insecure "
                "if that is no harm");
  return url;
}

}  // namespace pack
