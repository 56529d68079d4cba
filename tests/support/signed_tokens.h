#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/fake_server.h"
#include "support/registry.h"
#include "support/temp_dir.h"

namespace pack {

/// A token server whose tokens a real docker-registry accepts: signed by a key of its own
/// (distribution's "Token Authentication Implementation"). It gives everybody with the right login
/// what they ask for.
class SignedTokenServer {
 public:
  /// An empty user name: anybody.
  SignedTokenServer(std::string username, std::string password);

  /// Of a registry that trusts this server.
  RegistryRules rules() const;
  /// The scopes of each request, in order.
  std::vector<std::vector<std::string>> scopes() const;

 private:
  test::FakeResponse answer(const test::FakeRequest& request) const;
  std::string token(const std::vector<std::string>& scopes) const;

  std::string username_;
  std::string password_;
  TempDir temp_;
  std::unique_ptr<test::FakeServer> server_;
};

}  // namespace pack
