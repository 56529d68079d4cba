#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "transport/credentials.h"

namespace pack {

/// What docker's config.json and containers' auth.json say about logging in.
/// Source: docs.docker.com/reference/cli/docker/login; containers-auth.json(5).
struct DockerConfig {
  /// By registry ("docker.io", "localhost:5000") or, as containers' tools write it, by a path in
  /// one ("quay.io/team/app"). Docker's spellings (https://HOST/v1/, index.docker.io) are resolved.
  std::map<std::string, Credentials> logins;
  std::map<std::string, std::string> helpers;  ///< credHelpers: credential helper by registry
  std::string store;                           ///< credsStore: the helper for all others; or empty
};

/// `origin` names the file in errors. Throws Error, without showing any of the content, for what is
/// no JSON object and for a field that has not its type.
DockerConfig parse_docker_config(std::string_view text, const std::string& origin);

/// The value under the key that says most about `repository`: the repository, the folders above it,
/// its registry.
template <typename Value>
std::optional<Value> most_specific(const std::map<std::string, Value>& values,
                                   const Repository& repository) {
  std::string key = repository.domain + "/" + repository.name;
  while (true) {
    const auto found = values.find(key);
    if (found != values.end()) return found->second;
    const size_t slash = key.rfind('/');
    if (slash == key.npos) return std::nullopt;
    key.resize(slash);
  }
}

}  // namespace pack
