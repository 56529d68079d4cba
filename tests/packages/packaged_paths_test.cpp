#include "packages/packaged_paths.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "source/disk_tree.h"
#include "source/memory_tree.h"
#include "source/walk.h"
#include "support/shell.h"

namespace pack::test {
namespace {

TEST(PackagedPaths, AreFoundThroughMergedFolders) {
  const MemoryTree tree{
      {"/var/lib/dpkg/status", file("Package: a\nStatus: install ok installed\n")},
      {"/var/lib/dpkg/info/a.list", file("/.\n/lib\n/lib/link\n")},
      {"/lib", symlink_to("usr/lib")},
      {"/usr/lib/link", symlink_to("none")},
      {"/usr/lib/other", symlink_to("none")},
      {"/opt/link", symlink_to("none")}};
  const std::vector<ImagePath> paths = {ImagePath("/usr/lib/link"), ImagePath("/usr/lib/other"),
                                        ImagePath("/opt/link")};
  EXPECT_EQ(packaged_paths(tree, paths), std::set<ImagePath>{ImagePath("/usr/lib/link")});
  EXPECT_TRUE(packaged_paths(MemoryTree{}, paths).empty());
}

/// Of this machine's /etc/alternatives and libraries, dpkg owns the latter.
TEST(PackagedPaths, AreThoseOfDpkg) {
  PACK_REQUIRE_TOOL("dpkg");
  std::istringstream files(run("dpkg -L libc-bin base-files | head -300").output);
  const auto tree = open_disk_tree("/");
  std::vector<ImagePath> paths = {ImagePath("/etc/alternatives/awk"),
                                  ImagePath("/etc/ld.so.cache")};
  std::set<ImagePath> expected;
  for (std::string line; std::getline(files, line);) {
    if (!line.starts_with('/') || line == "/.") continue;
    const ImagePath path(line);
    const Walk folder = walk(*tree, path.parent().str());
    if (!folder.found()) continue;
    paths.push_back(folder.real.child(path.name()));
    expected.insert(paths.back());
  }
  ASSERT_GT(expected.size(), 50U);
  EXPECT_EQ(packaged_paths(*tree, paths), expected);
}

}  // namespace
}  // namespace pack::test
