#include "base/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/error.h"
#include "support/shell.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using Naming = HiddenFile::Naming;
using Names = std::vector<std::string>;

class OutputFileTest : public testing::TestWithParam<Naming> {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
  std::string text(const std::string& name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  Names names() const {
    Names out;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_.path()))
      out.push_back(entry.path().filename().string());
    std::sort(out.begin(), out.end());
    return out;
  }

  test::TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Naming, OutputFileTest,
                         testing::Values(Naming::anonymous, Naming::temporary));

TEST_P(OutputFileTest, ANewFileAppearsWhenItIsRevealed) {
  OutputFile file(path("a"), GetParam());
  file.content().write_at(0, "new");
  EXPECT_FALSE(fs::exists(path("a")));
  file.reveal();
  file.settle();
  EXPECT_EQ(text("a"), "new");
  EXPECT_EQ(names(), Names{"a"});
}

TEST_P(OutputFileTest, AFileThatIsNotRevealedLeavesNothing) {
  put("a", "old");
  {
    OutputFile file(path("a"), GetParam());
    file.content().write_at(0, "new");
  }
  EXPECT_EQ(text("a"), "old");
  EXPECT_EQ(names(), Names{"a"});
}

TEST_P(OutputFileTest, AnOldFileIsReplaced) {
  put("a", "old and longer");
  OutputFile file(path("a"), GetParam());
  file.content().write_at(0, "new");
  EXPECT_EQ(text("a"), "old and longer");
  file.reveal();
  EXPECT_EQ(text("a"), "new");
  file.settle();
  EXPECT_EQ(text("a"), "new");
  EXPECT_EQ(names(), Names{"a"});
}

TEST_P(OutputFileTest, AnOldFileComesBack) {
  put("a", "old");
  {
    OutputFile file(path("a"), GetParam());
    file.content().write_at(0, "new");
    file.reveal();
    file.undo();
  }
  EXPECT_EQ(text("a"), "old");
  EXPECT_EQ(names(), Names{"a"});
}

TEST_P(OutputFileTest, ANewFileIsTakenBack) {
  {
    OutputFile file(path("a"), GetParam());
    file.reveal();
    file.undo();
  }
  EXPECT_EQ(names(), Names{});
}

TEST_P(OutputFileTest, TheUmaskDecidesTheMode) {
  const mode_t former = ::umask(027);
  OutputFile file(path("a"), GetParam());
  ::umask(former);
  file.reveal();
  EXPECT_EQ(fs::status(path("a")).permissions(), fs::perms(0640));
}

TEST_P(OutputFileTest, WhoMayReadTheOldFileMayReadTheNewOne) {
  for (const mode_t mode : {0600U, 0664U}) {
    put("f", "old");
    ASSERT_EQ(::chmod(path("f").c_str(), mode), 0);
    OutputFile file(path("f"), GetParam());
    file.content().write_at(0, std::string("new"));
    file.reveal();
    file.settle();
    struct stat st;
    ASSERT_EQ(::stat(path("f").c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777, mode);
  }
}

TEST_P(OutputFileTest, ASymlinkStaysAndItsFileIsReplaced) {
  put("real", "old");
  fs::create_symlink("real", path("link"));
  OutputFile file(path("link"), GetParam());
  file.content().write_at(0, "new");
  file.reveal();
  file.settle();
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(text("real"), "new");
}

std::string refusal(const std::string& path) {
  try {
    OutputFile file(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST_F(OutputFileTest, AFolderIsRefusedWithAdvice) {
  EXPECT_NE(refusal(path(".")).find("oci:"), std::string::npos);
}

TEST_F(OutputFileTest, ALinkToNowhereIsRefused) {
  fs::create_symlink("nowhere", path("link"));
  EXPECT_NE(refusal(path("link")).find("symlink"), std::string::npos);
}

TEST_F(OutputFileTest, AMissingFolderIsNamed) {
  EXPECT_NE(refusal(path("no/a")).find("does not exist"), std::string::npos);
}

TEST(SpoolFile, IsInTmpdirAndHasNoName) {
  const test::TemporaryFolder folder;
  ::setenv("TMPDIR", folder.str().c_str(), 1);
  const std::unique_ptr<HiddenFile> file = open_spool_file();
  ::unsetenv("TMPDIR");
  struct stat mine, other;
  ASSERT_EQ(::fstat(file->content().fd(), &mine), 0);
  ASSERT_EQ(::stat(folder.str().c_str(), &other), 0);
  EXPECT_EQ(mine.st_dev, other.st_dev);
  EXPECT_EQ(mine.st_mode & 0777, 0600u);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace pack
