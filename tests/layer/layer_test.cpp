#include "layer/layer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "source/disk_tree.h"
#include "source/memory_tree.h"
#include "support/shell.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

Entry entry_of(const FileTree& tree, const std::string& source) {
  Entry entry;
  entry.kind = EntryKind::file;
  entry.source = ImagePath(source);
  entry.source_status = *tree.status(*entry.source);
  entry.mode = entry.source_status.mode;
  return entry;
}

struct Written {
  std::string bytes;
  Layer layer;
};

Written write(const Rootfs& rootfs, const FileTree& tree, int64_t mtime = 0) {
  Written out;
  const LayerSinks sinks{.bytes = {[&](std::span<const std::byte> bytes) {
                           out.bytes.append(reinterpret_cast<const char*>(bytes.data()),
                                            bytes.size());
                         }},
                         .entries = {}};
  out.layer = write_layer(rootfs, tree, mtime, sinks);
  return out;
}

std::string run_on(const std::string& bytes, const std::string& command) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.str() + "/layer.tar", std::ios::binary) << bytes;
  return test::run("cd " + folder.str() + " && " + command).output;
}

Rootfs sample(const FileTree& tree) {
  Rootfs rootfs;
  rootfs.entries[ImagePath("/tmp")].mode = 01777;
  rootfs.entries[ImagePath("/usr")];
  rootfs.entries[ImagePath("/usr/a")] = entry_of(tree, "/src/file");
  Entry link;
  link.kind = EntryKind::symlink;
  link.mode = 0777;
  link.target = "usr";
  rootfs.entries[ImagePath("/lnk")] = link;
  Entry made;
  made.kind = EntryKind::file;
  made.mode = 0644;
  made.content = "made by pack\n";
  rootfs.entries[ImagePath("/made")] = made;
  return rootfs;
}

TEST(WriteLayer, GnuTarListsThePlan) {
  const MemoryTree tree{{"/src/file", file(std::string(700'000, 'x'), 04755)}};
  const Written out = write(sample(tree), tree, 86400);
  EXPECT_EQ(run_on(out.bytes, "LC_ALL=C TZ=UTC tar --numeric-owner -tvf layer.tar"),
            "lrwxrwxrwx 0/0               0 1970-01-02 00:00 lnk -> usr\n"
            "-rw-r--r-- 0/0              13 1970-01-02 00:00 made\n"
            "drwxrwxrwt 0/0               0 1970-01-02 00:00 tmp/\n"
            "drwxr-xr-x 0/0               0 1970-01-02 00:00 usr/\n"
            "-rwsr-xr-x 0/0          700000 1970-01-02 00:00 usr/a\n");
  EXPECT_EQ(run_on(out.bytes, "tar xOf layer.tar made"), "made by pack\n");
}

TEST(WriteLayer, SizeAndDigestAreThoseOfTheBytes) {
  const MemoryTree tree{{"/src/file", file(std::string(700'001, 'x'))}};
  const Written out = write(sample(tree), tree);
  EXPECT_EQ(out.bytes.size(), layer_size(sample(tree), 0));
  EXPECT_EQ(out.layer.size, out.bytes.size());
  EXPECT_EQ(out.layer.files, 2u);
  EXPECT_EQ(out.layer.diff_id.hex(), run_on(out.bytes, "sha256sum layer.tar").substr(0, 64));
}

TEST(WriteLayer, AnEmptyPlanIsAnEmptyArchive) {
  const MemoryTree tree{};
  EXPECT_EQ(write({}, tree).bytes, std::string(1024, '\0'));
}

TEST(WriteLayer, OneFileWithTwoNamesStaysOne) {
  MemoryTree tree{{"/a", file("content", 0755)}};
  tree.hard_link("/a", "/b");
  Rootfs rootfs;
  rootfs.entries[ImagePath("/x/1")] = entry_of(tree, "/a");
  rootfs.entries[ImagePath("/x/2")] = entry_of(tree, "/b");
  rootfs.entries[ImagePath("/x/3")] = entry_of(tree, "/b");
  rootfs.entries[ImagePath("/x/3")].mode = 0700;  // by --chmod: no longer the same file
  const std::string list = run_on(write(rootfs, tree).bytes,
                                  "tar tvf layer.tar && tar xf layer.tar && stat -c '%h %a' x/*");
  EXPECT_NE(list.find("x/2 link to x/1\n"), std::string::npos) << list;
  EXPECT_NE(list.find("2 755\n2 755\n1 700\n"), std::string::npos) << list;
}

/// Records what an entry sink is given.
class Recorder : public EntrySink {
 public:
  void begin(const TarEntry& entry) override { log += entry.path + "("; }
  void data(std::span<const std::byte> bytes) override { size += bytes.size(); }
  void end() override {
    log += std::to_string(size) + ")";
    size = 0;
  }
  std::string log;
  size_t size = 0;
};

TEST(WriteLayer, EntrySinksGetEntriesAndTheirBytes) {
  const MemoryTree tree{{"/src/file", file(std::string(700'001, 'x'))}};
  Recorder recorder;
  write_layer(sample(tree), tree, 0, {.bytes = {}, .entries = {&recorder}});
  EXPECT_EQ(recorder.log, "lnk(0)made(13)tmp(0)usr(0)usr/a(700001)");
}

TEST(WriteLayer, ASinksErrorComesThrough) {
  const MemoryTree tree{{"/src/file", file(std::string(7'000'000, 'x'))}};
  const LayerSinks sinks{
      .bytes = {[](std::span<const std::byte>) { throw Error("No space left on device"); }},
      .entries = {}};
  EXPECT_THROW(write_layer(sample(tree), tree, 0, sinks), Error);
}

class ChangingInputTest : public testing::Test {
 protected:
  ChangingInputTest() : tree_(open_disk_tree(folder_.str())) {
    put(std::string(3'000'000, 'x'));
    rootfs_.entries[ImagePath("/f")] = entry_of(*tree_, "/f");
  }

  void put(const std::string& text) const { std::ofstream(path()) << text; }
  std::string path() const { return folder_.str() + "/f"; }

  /// What write_layer() says when `change` happens before it, or in the midst of the file.
  std::string error(const std::function<void()>& change, bool is_midway) const {
    if (!is_midway) change();
    bool is_changed = !is_midway;
    struct Midway : Recorder {
      void data(std::span<const std::byte> bytes) override {
        Recorder::data(bytes);
        if (!*is_changed) (*change)();
        *is_changed = true;
      }
      const std::function<void()>* change;
      bool* is_changed;
    } midway;
    midway.change = &change;
    midway.is_changed = &is_changed;
    try {
      write_layer(rootfs_, *tree_, 0, {.bytes = {}, .entries = {&midway}});
    } catch (const Error& failure) {
      return failure.what();
    }
    return "none";
  }

  void expect_noticed(const std::function<void()>& change) {
    for (const bool is_midway : {false, true}) {
      put(std::string(3'000'000, 'x'));
      rootfs_.entries[ImagePath("/f")] = entry_of(*tree_, "/f");
      const std::string text = error(change, is_midway);
      EXPECT_NE(text.find("/f"), std::string::npos) << text;
      EXPECT_NE(text.find("again"), std::string::npos) << text;
    }
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<FileTree> tree_;
  Rootfs rootfs_;
};

TEST_F(ChangingInputTest, Shrinks) {
  expect_noticed([&] { fs::resize_file(path(), 1'000'000); });
}
TEST_F(ChangingInputTest, Grows) {
  expect_noticed([&] { fs::resize_file(path(), 4'000'000); });
}
TEST_F(ChangingInputTest, IsWrittenInPlace) {
  expect_noticed([&] {
    std::fstream(path(), std::ios::in | std::ios::out) << "y";
    fs::last_write_time(path(), fs::last_write_time(path()) + std::chrono::seconds(1));
  });
}
TEST_F(ChangingInputTest, IsReplacedByAnotherFile) {
  expect_noticed([&] {
    std::ofstream(folder_.str() + "/g") << std::string(3'000'000, 'y');
    fs::rename(folder_.str() + "/g", path());
  });
}
TEST_F(ChangingInputTest, Vanishes) {
  expect_noticed([&] { fs::remove(path()); });
}
TEST_F(ChangingInputTest, BecomesAFifo) {
  const std::string text = error(
      [&] {
        fs::remove(path());
        ASSERT_EQ(::mkfifo(path().c_str(), 0644), 0);
      },
      false);
  EXPECT_NE(text.find("again"), std::string::npos) << text;
}

}  // namespace
}  // namespace pack
