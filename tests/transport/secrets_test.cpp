#include "transport/secrets.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "transport/url.h"

namespace pack {
namespace {

constexpr const char* kOdd = "CAN\"ARY\\+/ \xc3\xa9";

TEST(Secrets, AreMaskedHoweverTheyAreWritten) {
  Secrets secrets;
  secrets.add(kOdd);
  for (const std::string& form : {std::string(kOdd), url_encode(kOdd), quoted(kOdd)}) {
    const std::string left = secrets.without("before " + form + " after " + form);
    EXPECT_EQ(left.find("CAN"), left.npos) << left;
    EXPECT_NE(left.find("before "), left.npos);
  }
  EXPECT_EQ(secrets.without("nothing"), "nothing");
}

TEST(Secrets, InJsonNoEscapeHidesThem) {
  Secrets secrets;
  secrets.add("CANARY");
  secrets.add(kOdd);
  EXPECT_EQ(secrets.without_in_body(R"({"a":["x \u0043AN\u0041RY y"]})"), R"({"a":["x *** y"]})");
  const std::string left =
      secrets.without_in_body(R"({"message":"CAN\"ARY\\+\/ \u00e9","b":{"c":"CANARY"}})");
  EXPECT_EQ(left, R"({"b":{"c":"***"},"message":"***"})");
  EXPECT_EQ(secrets.without_in_body("<p>CANARY</p>"), "<p>***</p>");
  EXPECT_EQ(secrets.without_in_body(std::string(100'000, '[')), std::string(100'000, '['));
}

TEST(Secrets, OneThatHoldsAnotherIsMaskedWholly) {
  Secrets secrets;
  secrets.add("CANARY");
  secrets.add("CANARY-token-7");
  EXPECT_EQ(secrets.without("a CANARY-token-7 b"), "a *** b");
}

TEST(Secrets, ShortOnesAreInEveryText) {
  Secrets secrets;
  secrets.add("a");
  secrets.add("");
  EXPECT_EQ(secrets.without("a banana"), "a banana");
}

}  // namespace
}  // namespace pack
