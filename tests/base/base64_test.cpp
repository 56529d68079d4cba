#include "base/base64.h"

#include <gtest/gtest.h>

#include "support/shell.h"
#include "support/temp_dir.h"

namespace pack {
namespace {

TEST(Base64, IsWhatTheToolMakes) {
  const test::TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 260; ++i) {
    write_file(folder / "bytes", bytes);
    const test::ToolRun tool = test::run("base64 -w0 " + (folder / "bytes").string());
    ASSERT_EQ(tool.status, 0) << tool.output;
    ASSERT_EQ(base64_encode(bytes), tool.output);
    ASSERT_EQ(base64_decode(tool.output), bytes);
    bytes += static_cast<char>(255 - i);
  }
}

TEST(Base64, PaddingMayBeMissing) {
  EXPECT_EQ(base64_decode("YQ"), "a");
  EXPECT_EQ(base64_decode("YWI"), "ab");
}

TEST(Base64, WhatIsNoneIsRefused) {
  for (const char* text : {"Y", "YQ=", "YQ===", "Y Q=", "YR==", "YWJ=", "YW-j", "YQ==YQ==", "===="})
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace pack
