// A plan read as a tree is the tree that the image will be: here against the same files in memory.

#include "rootfs/plan_tree.h"

#include <gtest/gtest.h>

#include <functional>

#include "rootfs/planned.h"
#include "source/walk.h"

namespace pack::test {
namespace {

/// All of `tree` as a plan.
Rootfs plan_of(const MemoryTree& tree) {
  Rootfs rootfs;
  const std::function<void(const ImagePath&)> add = [&](const ImagePath& folder) {
    for (const std::string& name : tree.list(folder)) {
      const ImagePath path = folder.child(name);
      const FileStatus status = *tree.status(path);
      Entry& entry = rootfs.entries[path];
      entry.mode = status.mode;
      if (status.kind == FileKind::directory) {
        add(path);
      } else if (status.kind == FileKind::symlink) {
        entry.kind = EntryKind::symlink;
        entry.target = tree.read_link(path);
      } else {
        entry.kind = EntryKind::file;
        entry.source = path;
        entry.source_status = status;
      }
    }
  };
  add(ImagePath());
  return rootfs;
}

const MemoryTree& files() {
  static const MemoryTree tree{{"/a/b/c", file("deep", 0600)}, {"/a.b", file("sorts between")},
                               {"/a-b/x", file("")},           {"/a/b.d", file("x")},
                               {"/a/link", symlink_to("b/c")}, {"/\xff", file("")},
                               {"/empty", directory(0700)}};
  return tree;
}

TEST(PlanTree, SaysWhatTheTreeSays) {
  const Rootfs rootfs = plan_of(files());
  const PlanTree plan(rootfs, files());
  for (const auto& [path, entry] : rootfs.entries) {
    const FileStatus own = *plan.status(path);
    const FileStatus expected = *files().status(path);
    EXPECT_EQ(own.kind, expected.kind) << path.str();
    EXPECT_EQ(own.mode, expected.mode) << path.str();
    if (own.kind == FileKind::directory) {
      EXPECT_EQ(plan.list(path), files().list(path));
      continue;
    }
    EXPECT_EQ(own.size, expected.size) << path.str();
    if (own.kind == FileKind::regular) {
      EXPECT_EQ(own.id, expected.id) << path.str();
      EXPECT_EQ(read_whole(*plan.open(path), 99), read_whole(*files().open(path), 99));
    }
  }
  EXPECT_EQ(plan.list(ImagePath()), files().list(ImagePath()));
  EXPECT_EQ(walk(plan, "/a/link").real.str(), "/a/b/c");
  EXPECT_TRUE(walk(plan, "/").found(FileKind::directory));
}

TEST(PlanTree, HasNothingElse) {
  const Rootfs rootfs;
  const PlanTree plan(rootfs, files());
  EXPECT_FALSE(plan.status(ImagePath("/a")));
  EXPECT_EQ(plan.list(ImagePath()), Texts{});
  EXPECT_THROW(plan.open(ImagePath("/a.b")), Error);
  EXPECT_THROW(plan.read_link(ImagePath("/a/link")), Error);
}

TEST(PlanTree, FilesThatPackMakesAreReadAndHaveIdentitiesOfTheirOwn) {
  Rootfs rootfs;
  for (const char* path : {"/x", "/y"}) {
    Entry& entry = rootfs.entries[ImagePath(path)];
    entry.kind = EntryKind::file;
    entry.content = path;
  }
  const PlanTree plan(rootfs, files());
  EXPECT_EQ(read_whole(*plan.open(ImagePath("/x")), 99), "/x");
  EXPECT_EQ(plan.status(ImagePath("/x"))->size, 2U);
  EXPECT_NE(plan.status(ImagePath("/x"))->id, plan.status(ImagePath("/y"))->id);
}

}  // namespace
}  // namespace pack::test
