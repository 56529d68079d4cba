#include "image/platform.h"

#include <gtest/gtest.h>

#include "image/refused.h"

namespace pack {
namespace {

std::string normal(std::string_view text) { return parse_platform(text).str(); }

std::string why(std::string_view text) {
  return test::refused([&] { return parse_platform(text); });
}

// The expected spellings are those of containerd's platforms_test.go.
TEST(Platform, IsSpelledAsDockerKeepsIt) {
  EXPECT_EQ(normal("linux/amd64"), "linux/amd64");
  EXPECT_EQ(normal("linux/x86_64"), "linux/amd64");
  EXPECT_EQ(normal("Linux/x86-64"), "linux/amd64");
  EXPECT_EQ(normal("linux/amd64/v1"), "linux/amd64");
  EXPECT_EQ(normal("linux/amd64/v3"), "linux/amd64/v3");
  EXPECT_EQ(normal("linux/i386"), "linux/386");
  EXPECT_EQ(normal("linux/aarch64"), "linux/arm64");
  EXPECT_EQ(normal("linux/arm64/v8"), "linux/arm64");
  EXPECT_EQ(normal("linux/arm64/8"), "linux/arm64");
  EXPECT_EQ(normal("linux/arm"), "linux/arm/v7");
  EXPECT_EQ(normal("linux/arm/6"), "linux/arm/v6");
  EXPECT_EQ(normal("linux/arm/v7"), "linux/arm/v7");
  EXPECT_EQ(normal("linux/armhf"), "linux/arm/v7");
  EXPECT_EQ(normal("linux/armel"), "linux/arm/v6");
  EXPECT_EQ(normal("linux/riscv64"), "linux/riscv64");
}

TEST(Platform, IsThreeMembers) {
  EXPECT_EQ(parse_platform("linux/arm/v7"), (Platform{"linux", "arm", "v7"}));
  EXPECT_EQ(parse_platform("linux/s390x"), (Platform{"linux", "s390x", ""}));
}

TEST(Platform, RefusesWhatIsNone) {
  EXPECT_EQ(why("amd64"),
            "platform amd64: write OS/ARCHITECTURE[/VARIANT], such as linux/amd64 or linux/arm/v7");
  EXPECT_EQ(why("windows/amd64"),
            "platform windows/amd64: pack makes Linux images; write linux/ARCHITECTURE");
  EXPECT_EQ(why("linux/arm/v9"), "platform linux/arm/v9: arm has no variant v9");
  EXPECT_EQ(why("linux/386/v1"), "platform linux/386/v1: 386 has no variant v1");
  EXPECT_NE(why("linux/vax").find("unknown architecture vax; the known ones are 386, amd64, arm,"),
            std::string::npos);
  for (const auto* text : {"", "/", "linux", "linux/", "/amd64", "linux//v7", "linux/arm/v7/x"})
    EXPECT_NE(why(text), "") << text;
}

}  // namespace
}  // namespace pack
