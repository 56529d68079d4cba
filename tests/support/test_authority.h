#pragma once

#include <filesystem>
#include <string>

#include "support/temp_dir.h"

namespace pack {

/// A certificate authority that nobody knows but the test, made with openssl(1); and a key with a
/// certificate by it, for 127.0.0.1 and localhost.
class TestAuthority {
 public:
  TestAuthority();

  std::string certificate() const { return (temp_ / "ca.pem").string(); }
  std::string server_certificate() const { return (temp_ / "server.pem").string(); }
  std::string server_key() const { return (temp_ / "server.key").string(); }

 private:
  TempDir temp_;
};

}  // namespace pack
