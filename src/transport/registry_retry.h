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
  std::chrono::milliseconds longest_pause{std::chrono::seconds(60)};  ///< who wants more is left
  /// Who fails only after so long hangs, and is asked twice: five times would take minutes.
  std::chrono::milliseconds patience{std::chrono::seconds(15)};
};

/// 408, 429, 500, 502, 503, 504.
bool is_passing_failure(int status);

/// What Retry-After says, in seconds or as a date (RFC 9110, 10.2.3) seen from `now`; nothing
/// without the header, or when it says something else.
std::optional<std::chrono::seconds> retry_after(const HttpHeaders& headers, std::time_t now);

/// The pause before try number `next_try` (2 and more): what the server wants, or longer each time.
std::chrono::milliseconds pause_before(const RetryRules& rules, int next_try,
                                       std::optional<std::chrono::seconds> wanted);

/// Nobody waits for minutes without a word: no more than longest_pause is wanted.
bool is_bearable(const RetryRules& rules, std::optional<std::chrono::seconds> wanted);

/// For the end of a message: "try again later", or in so many seconds.
std::string advice(std::optional<std::chrono::seconds> wanted);

/// A passing failure, told as one, with the pause that the server wants before the next try.
class HttpBusy : public HttpError {
 public:
  explicit HttpBusy(const HttpResponse& response);
  const std::optional<std::chrono::seconds>& wanted_pause() const { return wanted_pause_; }

 private:
  std::optional<std::chrono::seconds> wanted_pause_;
};

/// The first response that is no passing failure. `place` is for messages. Throws Error, which says
/// how often it was tried, when the last try ends in one or in HttpError, or when the server wants
/// a longer pause than the rules allow; other errors pass at once.
HttpResponse send_patiently(const RetryRules& rules, const std::string& place,
                            const std::function<HttpResponse()>& attempt);

}  // namespace pack
