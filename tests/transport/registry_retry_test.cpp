#include "transport/registry_retry.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "support/process.h"
#include "support/shell.h"

namespace pack {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<seconds> after(const std::string& value, std::time_t now = 0) {
  return retry_after({{"retry-after", value}}, now);
}

TEST(RetryAfter, Seconds) {
  EXPECT_EQ(after("0"), seconds(0));
  EXPECT_EQ(after("120"), seconds(120));
  EXPECT_GT(after("99999999999999999999"), seconds(1000));
}

TEST(RetryAfter, DatesAsDateWritesThem) {
  const std::time_t now = 1700000000;
  for (const int offset : {0, 1, 59, 86400 * 200}) {
    const std::string date = test::run("LC_ALL=C date -u -d @" + std::to_string(now + offset) +
                                       " '+%a, %d %b %Y %H:%M:%S GMT' | tr -d '\\n'")
                                 .output;
    EXPECT_EQ(after(date, now), seconds(offset)) << date;
    EXPECT_EQ(after(date, now + offset + 5), seconds(0)) << date;
  }
}

TEST(RetryAfter, Nonsense) {
  for (const char* value : {"", "-1", "soon", "1.5", "5 ", "Tue, 99 Nov 2023 22:13:20 GMT"})
    EXPECT_EQ(after(value), std::nullopt) << value;
  EXPECT_EQ(retry_after({}, 0), std::nullopt);
}

TEST(SendPatiently, PausesDoubleAndAreBounded) {
  const RetryRules rules{.tries = 5, .first_pause = milliseconds(40)};
  const double before = now();
  EXPECT_THROW(send_patiently(rules, "it", []() -> HttpResponse { throw HttpError("cut"); }),
               Error);
  EXPECT_GT(now() - before, 0.6);  // 40 + 80 + 160 + 320 ms
  EXPECT_LT(now() - before, 5);
}

TEST(SendPatiently, NobodyWaitsForALongRetryAfter) {
  const RetryRules rules{.tries = 2, .longest_pause = milliseconds(1500)};
  for (const char* wait : {"3600", "99999999999999999999", "Fri, 31 Dec 2999 23:59:59 GMT"}) {
    const double before = now();
    EXPECT_THROW(
        send_patiently(
            rules, "it",
            [&] {
              return HttpResponse{.status = 429, .headers = {{"Retry-After", wait}}, .body = {}};
            }),
        Error);
    EXPECT_LT(now() - before, 5) << wait;
  }
}

TEST(SendPatiently, WhoHangsIsAskedTwice) {
  const RetryRules rules{.first_pause = milliseconds(1), .patience = milliseconds(20)};
  int tries = 0;
  EXPECT_THROW(send_patiently(rules, "it",
                              [&]() -> HttpResponse {
                                ++tries;
                                std::this_thread::sleep_for(rules.patience);
                                throw HttpError("it did not move a byte");
                              }),
               Error);
  EXPECT_EQ(tries, 2);
}

TEST(SendPatiently, OtherErrorsPassAtOnce) {
  int tries = 0;
  EXPECT_THROW(send_patiently({}, "it",
                              [&]() -> HttpResponse {
                                ++tries;
                                throw Error("not worth another try");
                              }),
               Error);
  EXPECT_EQ(tries, 1);
}

}  // namespace
}  // namespace pack
