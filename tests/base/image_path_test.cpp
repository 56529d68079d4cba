#include "base/image_path.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>

#include "base/error.h"

namespace pack {
namespace {

TEST(ImagePath, FoldsWhatAUserTypes) {
  EXPECT_EQ(ImagePath("/").str(), "/");
  EXPECT_EQ(ImagePath("//usr///bin/./sh/").str(), "/usr/bin/sh");
  EXPECT_EQ(ImagePath("/usr/lib/../bin").str(), "/usr/bin");
  EXPECT_EQ(ImagePath("/../../etc").str(), "/etc");
  EXPECT_EQ(ImagePath("/a/..").str(), "/");
  EXPECT_EQ(ImagePath("/...").str(), "/...");
}

TEST(ImagePath, RefusesWhatIsNoAbsolutePath) {
  EXPECT_THROW(ImagePath(""), Error);
  EXPECT_THROW(ImagePath("usr/bin"), Error);
  EXPECT_THROW(ImagePath(std::string_view("/a\0b", 4)), Error);
}

// The oracle is std::filesystem's lexical normalisation.
TEST(ImagePath, FoldsAsTheStandardLibraryDoes) {
  std::mt19937 random(7);
  const std::vector<std::string> parts = {"a", "bb", ".", "..", "", "c.d"};
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (size_t n = 1 + random() % 7; n > 0; --n) text += '/' + parts[random() % parts.size()];
    std::string expected = std::filesystem::path(text).lexically_normal().string();
    if (expected.starts_with("//")) expected.erase(0, 1);
    if (expected.size() > 1 && expected.ends_with('/')) expected.pop_back();
    EXPECT_EQ(ImagePath(text).str(), expected) << text;
  }
}

TEST(ImagePath, ParentChildAndName) {
  const ImagePath path("/usr/bin");
  EXPECT_EQ(path.child("sh").str(), "/usr/bin/sh");
  EXPECT_EQ(path.child("sh").parent(), path);
  EXPECT_EQ(path.name(), "bin");
  EXPECT_EQ(path.relative(), "usr/bin");
  EXPECT_EQ(ImagePath("/usr").parent(), ImagePath());
  EXPECT_EQ(ImagePath().parent(), ImagePath());
  EXPECT_EQ(ImagePath().child("x").str(), "/x");
  EXPECT_EQ(ImagePath().name(), "");
  EXPECT_EQ(ImagePath().relative(), "");
}

TEST(ImagePath, SortsBytewiseWithParentsFirst) {
  const std::set<ImagePath> sorted = {ImagePath("/a/b"), ImagePath("/a.b"),  ImagePath("/a"),
                                      ImagePath("/a-b"), ImagePath("/\xff"), ImagePath("/Z")};
  std::vector<std::string> texts;
  for (const ImagePath& path : sorted) texts.push_back(path.str());
  EXPECT_EQ(texts, (std::vector<std::string>{"/Z", "/a", "/a-b", "/a.b", "/a/b", "/\xff"}));
}

}  // namespace
}  // namespace pack
