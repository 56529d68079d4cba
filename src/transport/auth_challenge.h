#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "transport/access.h"
#include "transport/http.h"
#include "transport/url.h"

namespace pack {

/// One way in which a server lets itself be asked again (RFC 9110, 11.6.1).
struct AuthChallenge {
  std::string scheme;  ///< lowercase: "bearer", "basic"
  std::map<std::string, std::string>
      parameters;  ///< names in lowercase; the first of a name counts

  /// Empty when it is not there.
  std::string parameter(const std::string& name) const;
};

/// The challenges in the value of one WWW-Authenticate header. What breaks the grammar is left out;
/// nothing is thrown.
std::vector<AuthChallenge> parse_challenges(std::string_view value);

/// Of all WWW-Authenticate headers.
std::vector<AuthChallenge> challenges_of(const HttpHeaders& headers);

/// Where a Bearer challenge says that tokens are given. Throws Error for what is no URL, for other
/// schemes than http and https, and for plain http to another machine, unless `access` allows it.
Url token_realm(const AuthChallenge& challenge, const Access& access);

}  // namespace pack
