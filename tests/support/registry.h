#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_dir.h"
#include "support/test_authority.h"

namespace pack {

/// What a registry asks for, and how it answers.
struct RegistryRules {
  const TestAuthority* tls = nullptr;  ///< null: plain http
  /// Not empty: basic authentication by this login alone.
  std::string username = {};
  std::string password = {};
  /// Not empty: tokens of this server, signed by the key of that certificate.
  std::string token_realm = {};
  std::string token_service = {};
  std::string token_issuer = {};
  std::string token_certificate = {};
  bool relative_locations = false;
};

/// Debian's docker-registry on 127.0.0.1, with a storage of its own; it ends with the object.
class Registry {
 public:
  /// Throws std::runtime_error, with its log, when it does not start.
  explicit Registry(RegistryRules rules = {});
  ~Registry();

  uint16_t port() const { return port_; }
  std::string authority() const;  ///< "127.0.0.1:PORT"
  std::string url() const;        ///< "http://127.0.0.1:PORT", "https://..."

  /// Requests so far, as "METHOD TARGET STATUS", in the order of their ends.
  std::vector<std::string> requests() const;
  /// Those of the requests that hold `part`.
  size_t count(const std::string& part) const;

  /// curl with the registry's CA and login; `target` as "/v2/...".
  Outcome curl(const std::string& target, std::vector<std::string> arguments = {}) const;

  /// Where the registry keeps a blob's bytes.
  std::filesystem::path blob_file(const std::string& digest) const;
  /// Files of uploads that are not finished.
  std::vector<std::filesystem::path> unfinished_uploads() const;

 private:
  std::string config() const;
  bool is_up() const;

  RegistryRules rules_;
  TempDir temp_;
  uint16_t port_ = 0;
  std::unique_ptr<StartedProcess> process_;
};

}  // namespace pack
