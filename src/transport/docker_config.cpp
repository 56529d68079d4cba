#include "transport/docker_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"

namespace pack {

namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::string& origin, const std::string& what) {
  throw Error(quoted(origin) + " " + what + "; repair it, or log in again with `docker login`");
}

/// A member of `object`, null when it is not there.
const Json& member(const Json& object, const char* name) {
  static const Json kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

/// One file being read.
class ConfigReader {
 public:
  explicit ConfigReader(const std::string& origin) : origin_(origin) {}

  DockerConfig read(std::string_view text) const {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) refuse(origin_, "is no JSON object");
    DockerConfig out;
    out.store = text_of(json, "credsStore");
    for (const auto& [key, value] : object_of(json, "credHelpers").items()) {
      if (!value.is_string()) refuse(origin_, "has a credHelpers entry that is no text");
      add(out.helpers, key, value.get<std::string>());
    }
    for (const auto& [key, value] : object_of(json, "auths").items()) {
      if (!value.is_object() && !value.is_null())
        refuse(origin_, "has an auths entry that is no object");
      const Credentials login = value.is_null() ? Credentials() : login_of(value, key);
      // Docker writes {} where a helper keeps the secret.
      if (!login.empty()) add(out.logins, key, login);
    }
    return out;
  }

 private:
  const Json& object_of(const Json& json, const char* name) const {
    static const Json kEmpty = Json::object();
    const Json& value = member(json, name);
    if (value.is_null()) return kEmpty;
    if (!value.is_object())
      refuse(origin_, std::string("has a field ") + name + " of a wrong type");
    return value;
  }

  std::string text_of(const Json& json, const char* name) const {
    const Json& value = member(json, name);
    if (value.is_null()) return "";
    if (!value.is_string())
      refuse(origin_, std::string("has a field ") + name + " of a wrong type");
    return value.get<std::string>();
  }

  Credentials login_of(const Json& json, const std::string& key) const {
    Credentials out{.username = text_of(json, "username"),
                    .password = text_of(json, "password"),
                    .identity_token = text_of(json, "identitytoken"),
                    .registry_token = text_of(json, "registrytoken")};
    const std::string auth = text_of(json, "auth");
    if (auth.empty()) return out;
    const std::optional<std::string> plain = base64_decode(auth);
    const size_t colon = plain ? plain->find(':') : std::string::npos;
    if (colon == std::string::npos)
      refuse(origin_, "has an auth for " + quoted(key) + " that is not USER:PASSWORD in base64");
    out.username = plain->substr(0, colon);
    out.password = plain->substr(colon + 1);
    // Old versions of docker padded with NUL, and docker trims them still.
    while (out.password.ends_with('\0')) out.password.pop_back();
    return out;
  }

  /// Under the one spelling of the key. Where two spellings meet, the plainer one counts.
  template <typename Value>
  static void add(std::map<std::string, Value>& values, const std::string& key,
                  const Value& value) {
    const std::string plain = plain_key(key);
    if (key == plain) {
      values[plain] = value;
    } else {
      values.emplace(plain, value);
    }
  }

  static std::string plain_key(std::string_view key) {
    const size_t scheme = key.find("://");
    const bool is_url = scheme != key.npos;
    if (is_url) key.remove_prefix(scheme + 3);
    const size_t slash = key.find('/');
    const std::string_view host = key.substr(0, slash);
    std::string_view path = slash == key.npos ? "" : key.substr(slash);
    // An address stands for its host; without a scheme, /v1/ and /v2/ are the API and no path.
    if (is_url || path == "/" || path.starts_with("/v1/") || path == "/v1" || path == "/v2/" ||
        path == "/v2")
      path = {};
    const bool is_hub = host == "index.docker.io" || host == "registry-1.docker.io";
    return (is_hub ? "docker.io" : std::string(host)) + std::string(path);
  }

  const std::string& origin_;
};

}  // namespace

DockerConfig parse_docker_config(std::string_view text, const std::string& origin) {
  return ConfigReader(origin).read(text);
}

}  // namespace pack
