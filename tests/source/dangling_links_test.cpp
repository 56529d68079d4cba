#include "source/dangling_links.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "source/disk_tree.h"
#include "source/memory_tree.h"
#include "support/pack_test.h"

namespace pack {
namespace {

std::vector<std::string> paths(const std::vector<DanglingLink>& links) {
  std::vector<std::string> out;
  for (const DanglingLink& link : links) out.push_back(link.path.str());
  return out;
}

TEST(DanglingLinks, LeadToNothing) {
  const MemoryTree tree{{"/a", symlink_to("none")},           {"/dir/b", symlink_to("../a")},
                        {"/dir/good", symlink_to("../file")}, {"/file", file("x")},
                        {"/loop", symlink_to("loop")},        {"/through", symlink_to("file/x")}};
  const std::vector<DanglingLink> links = find_dangling_links(tree);
  EXPECT_EQ(paths(links), (std::vector<std::string>{"/a", "/dir/b", "/loop", "/through"}));
  EXPECT_EQ(links[0].target, "none");
  EXPECT_EQ(links[0].stop.str(), "/none");
}

TEST(DanglingLinks, WhatEnginesBringIsThere) {
  const MemoryTree tree{{"/etc/mtab", symlink_to("../proc/self/mounts")},
                        {"/dev/fd", symlink_to("/proc/self/fd")},
                        {"/etc/h", symlink_to("hosts")},
                        {"/var/run", symlink_to("/run")},
                        {"/var/x", symlink_to("/run/x/y")},
                        {"/processes", symlink_to("/procedures")}};
  EXPECT_EQ(paths(find_dangling_links(tree)), std::vector<std::string>{"/processes"});
}

TEST(DanglingLinks, ToDocumentationAreToldApart) {
  const MemoryTree tree{{"/etc/alternatives/awk.1.gz", symlink_to("/usr/share/man/man1/mawk.1.gz")},
                        {"/etc/alternatives/awk", symlink_to("/usr/bin/mawk")},
                        {"/usr/share/doc/a", symlink_to("b")}};
  std::vector<std::string> other;
  for (const DanglingLink& link : find_dangling_links(tree))
    if (!is_documentation(link)) other.push_back(link.path.str());
  EXPECT_EQ(other, std::vector<std::string>{"/etc/alternatives/awk"});
}

/// find(1) looks at a disk, where the links of a chroot would lead elsewhere: so only relative
/// ones.
TEST(DanglingLinks, FindFindsTheSame) {
  const TempDir temp;
  write_file(temp / "a/file", "x");
  write_symlink(temp / "a/good", "file");
  write_symlink(temp / "a/b/up", "../file");
  write_symlink(temp / "a/b/bad", "../none");
  write_symlink(temp / "a/twice", "b/bad");
  write_symlink(temp / "a/loop1", "loop2");
  write_symlink(temp / "a/loop2", "loop1");
  write_symlink(temp / "a/folder", "b");
  write_symlink(temp / "a/file_as_folder", "file/x");
  const Outcome find = run(
      {.argv = {"sh", "-c", "find . -type l ! -exec test -e {} ';' -print | sed 's/^.//' | sort"},
       .environment = {{"LC_ALL", "C"}},
       .folder = temp.path()});
  std::string ours;
  for (const std::string& path : paths(find_dangling_links(*open_disk_tree(temp.path().string()))))
    ours += path + '\n';
  EXPECT_EQ(ours, find.out) << find;
}

}  // namespace
}  // namespace pack
