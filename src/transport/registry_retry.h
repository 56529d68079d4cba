#pragma once

#include <chrono>
#include <ctime>
#include <functional>
#include <optional>
#include <string>

#include "transport/http.h"

namespace pack {

/// How a request is tried again that failed for a reason which may pass.
struct RetryRules {
  int tries = 5;                                                      ///< 1: never again
  std::chrono::milliseconds first_pause{200};                         ///< doubles from try to try
  std::chrono::milliseconds longest_pause{std::chrono::seconds(60)};  ///< whatever the server says
  /// Who fails only after so long hangs, and is asked twice: five times would take minutes.
  std::chrono::milliseconds patience{std::chrono::seconds(30)};
};

/// 408, 429, 500, 502, 503, 504.
bool is_passing_failure(int status);

/// What Retry-After says, in seconds or as a date (RFC 9110, 10.2.3) seen from `now`; nothing
/// without the header, or when it says something else.
std::optional<std::chrono::seconds> retry_after(const HttpHeaders& headers, std::time_t now);

/// The first response that is no passing failure. `place` is for messages. Throws Error, which says
/// how often it was tried, when the last try ends in one or in HttpError; other errors pass at
/// once.
HttpResponse send_patiently(const RetryRules& rules, const std::string& place,
                            const std::function<HttpResponse()>& attempt);

}  // namespace pack
