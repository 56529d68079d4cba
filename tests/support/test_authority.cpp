#include "support/test_authority.h"

#include <stdexcept>

#include "support/process.h"

namespace pack {

TestAuthority::TestAuthority() {
  const std::string script =
      "set -e\n"
      "new='openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
      "$new -x509 -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem\n"
      "$new -subj /CN=test-server -keyout server.key -out server.csr\n"
      "echo subjectAltName=IP:127.0.0.1,DNS:localhost > names\n"
      "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
      "-extfile names -out server.pem\n";
  const Outcome made = run({.argv = {"sh", "-c", script}, .folder = temp_.path()});
  if (made.status != 0) throw std::runtime_error("openssl makes no certificates: " + made.err);
}

}  // namespace pack
