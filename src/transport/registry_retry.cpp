#include "transport/registry_retry.h"

#include <algorithm>
#include <charconv>
#include <thread>

#include "base/error.h"
#include "transport/registry_session.h"

namespace pack {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<seconds> number_of_seconds(const std::string& text) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || stop != end) return std::nullopt;
  // A number that is too large means long, which has a bound anyway.
  return error == std::errc::result_out_of_range ? seconds::max() / 1000000000 : seconds(value);
}

std::optional<seconds> seconds_until(const std::string& date, std::time_t now) {
  std::tm parts{};
  const char* end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return seconds(std::max<std::time_t>(0, ::timegm(&parts) - now));
}

std::string often(int tries) {
  return tries == 1 ? "" : " (tried " + std::to_string(tries) + " times)";
}

}  // namespace

milliseconds pause_before(const RetryRules& rules, int next_try, std::optional<seconds> wanted) {
  const milliseconds backoff = rules.first_pause * (1 << std::min(next_try - 2, 20));
  return wanted ? milliseconds(*wanted) : std::min(backoff, rules.longest_pause);
}

bool is_bearable(const RetryRules& rules, std::optional<seconds> wanted) {
  // Compared as seconds: a huge number of them is too large for milliseconds.
  return !wanted || *wanted <= std::chrono::ceil<seconds>(rules.longest_pause);
}

std::string advice(std::optional<seconds> wanted) {
  if (!wanted || wanted->count() == 0) return "try again later";
  return "try again in " + std::to_string(wanted->count()) + " s, as it asks for";
}

bool is_passing_failure(int status) {
  return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

std::optional<seconds> retry_after(const HttpHeaders& headers, std::time_t now) {
  const std::string value = header_value(headers, "Retry-After");
  const auto number = number_of_seconds(value);
  return number ? number : seconds_until(value, now);
}

HttpBusy::HttpBusy(const HttpResponse& response)
    : HttpError(describe_failure(response)),
      wanted_pause_(retry_after(response.headers, std::time(nullptr))) {}

HttpResponse send_patiently(const RetryRules& rules, const std::string& place,
                            const std::function<HttpResponse()>& attempt) {
  for (int tried = 1;; ++tried) {
    std::optional<seconds> wanted;
    const auto begin = std::chrono::steady_clock::now();
    try {
      HttpResponse response = attempt();
      if (!is_passing_failure(response.status)) return response;
      wanted = retry_after(response.headers, std::time(nullptr));
      if (tried >= rules.tries || !is_bearable(rules, wanted))
        throw Error(place + " answers " + describe_failure(response) + often(tried) + "; " +
                    advice(wanted));
    } catch (const HttpError& error) {
      const bool hangs = std::chrono::steady_clock::now() - begin >= rules.patience;
      if (tried >= (hangs ? std::min(rules.tries, 2) : rules.tries))
        throw Error(error.what() + often(tried));
    }
    std::this_thread::sleep_for(pause_before(rules, tried + 1, wanted));
  }
}

}  // namespace pack
