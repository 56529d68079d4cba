#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <iomanip>

namespace pack {
namespace {

using namespace std::string_view_literals;

TEST(Quoted, PlainTextStaysAsItIs) {
  EXPECT_EQ(quoted("/usr/bin/python3.11"sv), "/usr/bin/python3.11");
  EXPECT_EQ(quoted("libstdc++.so.6"sv), "libstdc++.so.6");
}

TEST(Quoted, OddCharactersCannotHideInAMessage) {
  EXPECT_EQ(quoted(""sv), "\"\"");
  EXPECT_EQ(quoted("a b"sv), "\"a b\"");
  EXPECT_EQ(quoted("a\nb\tc"sv), R"("a\nb\tc")");
  EXPECT_EQ(quoted("say \"x\\y\""sv), R"("say \"x\\y\"")");
  EXPECT_EQ(quoted("\x1b[31m\xff\x7f"sv), R"("\x1b[31m\xff\x7f")");
  EXPECT_EQ(quoted(std::string_view("a\0b", 3)), R"("a\x00b")");
}

TEST(Quoted, WinsOverTheStandardLibrarysForStrings) {
  std::string text = "a b";
  EXPECT_EQ(quoted(text) + "", "\"a b\"");
}

TEST(ThrowErrno, SaysWhatAndWhy) {
  errno = ENOSPC;
  try {
    throw_errno("writing /x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "writing /x: No space left on device");
  }
}

}  // namespace
}  // namespace pack
