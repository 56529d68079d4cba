#include "base/path_pattern.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace pack {
namespace {

bool matches(const char* pattern, const char* path) {
  return PathPattern(pattern).matches(ImagePath(path));
}

TEST(PathPattern, AWholePathCoversAllBelowIt) {
  EXPECT_TRUE(matches("/usr/share", "/usr/share"));
  EXPECT_TRUE(matches("/usr/share/", "/usr/share/doc/x"));
  EXPECT_FALSE(matches("/usr/share", "/usr/shared"));
  EXPECT_FALSE(matches("/usr/share", "/opt/usr/share"));
  EXPECT_TRUE(matches("/", "/"));
}

TEST(PathPattern, WildcardsDoNotCrossASlash) {
  EXPECT_TRUE(matches("/usr/*/x", "/usr/lib/x"));
  EXPECT_FALSE(matches("/usr/*/x", "/usr/lib/deep/x"));
  EXPECT_TRUE(matches("/usr/l?b[0-9]", "/usr/lib6"));
  EXPECT_TRUE(matches("/usr/*", "/usr/lib/deep/x"));
}

TEST(PathPattern, WithoutASlashItIsTheLastComponent) {
  EXPECT_TRUE(matches("*.a", "/usr/lib/libc.a"));
  EXPECT_FALSE(matches("lib", "/usr/lib/libc.a"));
  EXPECT_TRUE(matches(".*", "/root/.profile"));
}

TEST(PathPattern, WhatCannotMatchIsRefused) {
  EXPECT_THROW(PathPattern(""), UsageError);
  EXPECT_THROW(PathPattern("usr/lib"), UsageError);
}

}  // namespace
}  // namespace pack
