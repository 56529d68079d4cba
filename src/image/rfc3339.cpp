#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "base/error.h"
#include "image/config.h"

namespace pack {

namespace {

/// The number that two digits make; 100 when they are none.
unsigned two_digits(std::string_view text, size_t at) {
  const auto digit = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  if (!digit(at) || !digit(at + 1)) return 100;
  return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
}

/// "Z", "+01:00", each perhaps behind ".123".
bool is_zone(std::string_view text) {
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return false;
    text.remove_prefix(digits);
  }
  if (text == "Z") return true;
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' &&
         two_digits(text, 1) < 24 && two_digits(text, 4) < 60;
}

}  // namespace

std::string rfc3339(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  if (!::gmtime_r(&time, &parts) || parts.tm_year + 1900 < 1 || parts.tm_year + 1900 > 9999)
    throw UsageError("the time " + std::to_string(seconds) +
                     " lies outside of the years 1 to 9999; give seconds since 1970");
  std::array<char, 64> text;
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02dZ",
                                 parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                                 parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<size_t>(size)};
}

bool is_rfc3339(std::string_view text) {
  static constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= kForm.size()) return false;
  for (size_t i = 0; i < kForm.size(); ++i)
    if (kForm[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != kForm[i]) return false;
  const auto year = static_cast<int>(two_digits(text, 0) * 100 + two_digits(text, 2));
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(two_digits(text, 5)),
                                         std::chrono::day(two_digits(text, 8))};
  return date.ok() && two_digits(text, 11) < 24 && two_digits(text, 14) < 60 &&
         two_digits(text, 17) < 60 && is_zone(text.substr(kForm.size()));
}

}  // namespace pack
