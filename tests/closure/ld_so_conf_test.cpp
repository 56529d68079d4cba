// Which folders /etc/ld.so.conf leads to. The oracle is `ldconfig -v -N -X -r ROOT`.

#include "closure/ld_so_conf.h"

#include <unistd.h>

#include "elf/fixture.h"
#include "source/disk_tree.h"
#include "source/memory_tree.h"

namespace pack::test {
namespace {

using Kind = LdSoConfLine::Kind;
using Directories = std::vector<std::string>;

/// A root on disk that both ldconfig and pack read.
class LdSoConf : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "ldconfig -r with includes needs root";
    std::filesystem::create_directories(root() / "lib");
  }

  void folders(const Directories& paths) {
    for (const std::string& path : paths) std::filesystem::create_directories(root() / path);
  }
  void file(const std::string& path, const std::string& text) { write_file(root() / path, text); }
  std::filesystem::path root() const { return temporary_.path(); }

  /// Lines such as "/opt/k: (from /etc/ld.so.conf:1)".
  Directories by_ldconfig() const {
    std::istringstream lines(run("LC_ALL=C /sbin/ldconfig -v -N -X -r " + root().string()).output);
    Directories found;
    for (std::string line; std::getline(lines, line);) {
      const size_t end = line.find(": (from /etc/");
      if (line.starts_with('/') && end != line.npos && !line.starts_with("/sbin/ldconfig"))
        found.push_back(line.substr(0, end));
    }
    return found;
  }

  Directories by_pack() const { return ld_so_conf_directories(*open_disk_tree(root().string())); }

  void expect_as_ldconfig(const Directories& expected) const {
    EXPECT_EQ(by_ldconfig(), expected);
    EXPECT_EQ(by_pack(), expected);
  }

 private:
  TemporaryFolder temporary_;
};

TEST_F(LdSoConf, OrderCommentsAndBlanks) {
  folders({"opt/b", "opt/a", "opt/c"});
  file("etc/ld.so.conf",
       "# first\n\n  \t/opt/b   # behind\n/opt/a\t\nhwcap 1 nosegneg\nHWCAP\t2 x\n\v/opt/c");
  expect_as_ldconfig({"/opt/b", "/opt/a", "/opt/c"});
}

TEST_F(LdSoConf, TypeSuffixAndTrailingSlashes) {
  folders({"opt/a", "opt/b", "opt/c"});
  file("etc/ld.so.conf", "/opt/a=libc6\n/opt/b//\n/opt/c/ =libc5\n/\n");
  expect_as_ldconfig({"/opt/a", "/opt/b", "/opt/c"});
}

TEST_F(LdSoConf, ALineIsOneFolder) {
  folders({"opt/a", "opt/b", "opt/a b", "opt/a:b", "opt/a,b", "opt/d "});
  file("etc/ld.so.conf", "/opt/a /opt/b\n/opt/a b\n/opt/a:b\n/opt/a,b\n/opt/a:/opt/b\n/opt/d /\n");
  expect_as_ldconfig({"/opt/a b", "/opt/a:b", "/opt/a,b", "/opt/d "});
}

TEST_F(LdSoConf, OnlyFoldersThatExistAndEachOnce) {
  folders({"opt/a", "opt/b"});
  std::filesystem::create_directory_symlink("a", root() / "opt/link");
  file("etc/ld.so.conf", "/opt/none\n/opt/link\n/opt/a\n/opt/b\n/opt/../opt/b\n/opt/b/\n");
  expect_as_ldconfig({"/opt/link", "/opt/b"});
}

TEST_F(LdSoConf, IncludesInPlaceAndInOrder) {
  folders({"opt/1", "opt/2", "opt/3", "opt/4", "opt/5", "opt/6"});
  file("etc/ld.so.conf", "/opt/1\ninclude ld.so.conf.d/*.conf /etc/more.d/[x-z]?\n/opt/6\n");
  file("etc/ld.so.conf.d/b.conf", "/opt/3\n");
  file("etc/ld.so.conf.d/a.conf", "/opt/2\n");
  file("etc/ld.so.conf.d/.hidden.conf", "/lib\n");
  file("etc/ld.so.conf.d/a.txt", "/lib\n");
  file("etc/more.d/y1", "include deeper/*\n/opt/5\n");
  file("etc/more.d/deeper/f", "/opt/4\n");
  file("etc/more.d/w1", "/lib\n");
  expect_as_ldconfig({"/opt/1", "/opt/2", "/opt/3", "/opt/4", "/opt/5", "/opt/6"});
}

TEST_F(LdSoConf, IncludedPathsAreSortedAsAWhole) {
  folders({"opt/1", "opt/2"});
  file("etc/ld.so.conf", "include /etc/*/x.conf\n");
  file("etc/a/x.conf", "/opt/2\n");
  file("etc/a-b/x.conf", "/opt/1\n");
  expect_as_ldconfig({"/opt/1", "/opt/2"});
}

TEST_F(LdSoConf, IncludeIsOnlyADirectiveBeforeABlank) {
  folders({"opt/1", "etc/include.d"});
  file("etc/ld.so.conf", "include\ninclude.d\nInclude /etc/x\ninclude\t/etc/x /etc/none\n");
  file("etc/x", "/opt/1\n");
  expect_as_ldconfig({"/opt/1"});
}

TEST_F(LdSoConf, AbsoluteSymlinksStayInsideTheRoot) {
  folders({"opt/1"});
  file("etc/real.conf", "/opt/1\n");
  std::filesystem::create_symlink("/etc/real.conf", root() / "etc/ld.so.conf");
  expect_as_ldconfig({"/opt/1"});
}

TEST_F(LdSoConf, ThisMachine) {
  std::istringstream lines(run("LC_ALL=C /sbin/ldconfig -v -N -X").output);
  Directories expected;
  for (std::string line; std::getline(lines, line);)
    if (const size_t end = line.find(": (from /etc/"); line.starts_with('/') && end != line.npos)
      expected.push_back(line.substr(0, end));
  EXPECT_EQ(ld_so_conf_directories(*open_disk_tree("/")), expected);
}

TEST(LdSoConfInMemory, NoneIsAnEmptyList) {
  EXPECT_EQ(ld_so_conf_directories(MemoryTree{}), Directories{});
}

/// ldconfig itself recurses until it crashes.
TEST(LdSoConfInMemory, IncludeCyclesEnd) {
  const MemoryTree tree{{"/etc/ld.so.conf", file("/a\ninclude /etc/ld.so.conf x\n/b\n")},
                        {"/etc/x", file("include ld.so.conf\n/c\n")},
                        {"/a", directory()},
                        {"/b", directory()},
                        {"/c", directory()}};
  EXPECT_EQ(ld_so_conf_directories(tree), (Directories{"/a", "/c", "/b"}));
}

TEST(LdSoConfInMemory, RelativeFoldersAreLeftOut) {
  const MemoryTree tree{{"/etc/ld.so.conf", file("lib\n./lib\n/lib\n")}, {"/lib", directory()}};
  EXPECT_EQ(ld_so_conf_directories(tree), Directories{"/lib"});
}

TEST(LdSoConfInMemory, PatternsThatExplodeAreRefused) {
  MemoryTree tree{{"/etc/ld.so.conf", file("include /d/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/x\n")}};
  for (const char* name : {"/d/a", "/d/b"}) tree.put(name, symlink_to("."));
  EXPECT_THROW(ld_so_conf_directories(tree), Error);
  tree.put("/etc/ld.so.conf", file("include /d/a*a*a*a*a*a*b\n"));
  EXPECT_THROW(ld_so_conf_directories(tree), Error);
}

TEST(LdSoConfText, AnyBytes) {
  EXPECT_EQ(parse_ld_so_conf(std::string_view("/a\0/b\n\0/c\n\xff\xfe=\n=x\n///\n", 19)),
            (std::vector<LdSoConfLine>{{Kind::directory, "/a"}, {Kind::directory, "\xff\xfe"}}));
}

}  // namespace
}  // namespace pack::test
