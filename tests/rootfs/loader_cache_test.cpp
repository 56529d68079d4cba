// The image's /etc/ld.so.cache: `ldconfig -p` must be able to read it, and must find in it what
// ldconfig itself would write for the same files.

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "closure/ld_so_cache.h"
#include "rootfs/plan_tree.h"
#include "rootfs/planned.h"
#include "source/disk_tree.h"
#include "support/shell.h"

namespace pack::test {
namespace {

namespace fs = std::filesystem;

Texts cached(const Rootfs& rootfs) {
  Texts texts;
  const Entry& entry = rootfs.entries.at(ImagePath("/etc/ld.so.cache"));
  for (const LdSoCacheEntry& line : decode_ld_so_cache(entry.content).entries)
    texts.push_back(line.name + " => " + line.path);
  return texts;
}

TEST(ImagesLoaderCache, ListsWhatTheClosureFoundThroughOne) {
  MemoryTree tree = small_root();
  tree.put("/usr/bin/p", program({.needed = {"libk.so", "libu.so.1"}}));
  tree.put("/opt/k/libk.so", library());
  tree.put("/opt/u/libu.so.1", library({.soname = "libother.so"}));
  tree.put("/etc/ld.so.conf", file("/opt/k\n"));
  PlanRequest request{
      .programs = {"/bin/p"}, .library_path = {"/opt/u"}, .essentials = Essentials::left_out};
  EXPECT_EQ(cached(plan(tree, request).rootfs),
            (Texts{"libu.so.1 => /opt/u/libu.so.1", "libk.so => /opt/k/libk.so"}));
}

TEST(ImagesLoaderCache, WhereTwoFoldersHaveOneNameTheFirstOneCounts) {
  MemoryTree tree = small_root();
  tree.put("/opt/1/libt.so.6", library({.soname = "libt.so.6"}));
  tree.put("/etc/ld.so.conf", file("/opt/1\n"));
  const Texts lines = cached(plan(tree, {.programs = {"/bin/p"}}).rootfs);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "libt.so.6 => /opt/1/libt.so.6"), 1);
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& line) { return line.starts_with("libt.so.6 "); }),
            1);
}

TEST(ImagesLoaderCache, IsLeftOutWhereNobodyNeedsIt) {
  const MemoryTree tree = small_root();
  EXPECT_EQ(entry(plan(tree, {.programs = {"/bin/p"}, .essentials = Essentials::left_out}).rootfs,
                  "/etc/ld.so.cache"),
            "");
  MemoryTree statically = small_root();
  statically.put("/usr/bin/p", elf({.type = ET_EXEC, .dynamic = false}));
  EXPECT_EQ(entry(plan(statically, {.programs = {"/bin/p"}}).rootfs, "/etc/ld.so.cache"), "");
}

TEST(ImagesLoaderCache, OfABigEndianMachineIsBigEndian) {
  const auto s390x = [](MemoryElf it) {
    it.machine = EM_S390;
    it.big_endian = true;
    return it;
  };
  const MemoryTree tree{
      {"/p", elf(s390x({.needed = {"libk.so"}, .interpreter = "/lib/ld64.so.1"}))},
      {"/lib/ld64.so.1", loader(s390x({.soname = "ld64.so.1"}))},
      {"/opt/libk.so", elf(s390x({}))}};
  const Rootfs rootfs = plan(tree, {.programs = {"/p"}, .library_path = {"/opt"}}).rootfs;
  const LdSoCache cache =
      decode_ld_so_cache(rootfs.entries.at(ImagePath("/etc/ld.so.cache")).content);
  EXPECT_EQ(cache.byte_order, ByteOrder::big);
  EXPECT_TRUE(find_in_ld_so_cache(cache, "libk.so", 0x403));
}

/// The image of real programs, written out as files.
class StagedRoot : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "ldconfig -r needs root";
    if (!fs::exists("/lib64/ld-linux-x86-64.so.2")) GTEST_SKIP() << "needs a glibc for amd64";
  }

  void stage(const Rootfs& rootfs, const FileTree& tree) const {
    for (const auto& [path, entry] : rootfs.entries) {
      const fs::path place = root() / path.relative();
      if (entry.kind == EntryKind::directory) {
        fs::create_directory(place);
      } else if (entry.kind == EntryKind::symlink) {
        fs::create_symlink(entry.target, place);
      } else {
        std::ofstream(place, std::ios::binary)
            << read_whole(*PlanTree(rootfs, tree).open(path), 1 << 30);
      }
    }
  }

  /// "NAME (KIND)" -> the real file, of what `ldconfig -p` prints.
  std::map<std::string, std::string> printed(const std::string& cache) const {
    std::istringstream lines(
        run("LC_ALL=C /sbin/ldconfig -p -C " + (root() / cache).string()).output);
    std::map<std::string, std::string> out;
    for (std::string line; std::getline(lines, line);) {
      const size_t arrow = line.find(" => ");
      if (arrow == line.npos) continue;
      const auto tree = open_disk_tree(root().string());
      out.emplace(line.substr(1, arrow - 1), walk(*tree, line.substr(arrow + 4)).real.str());
    }
    return out;
  }

  fs::path root() const { return folder_.path(); }
  TemporaryFolder folder_;
};

TEST_F(StagedRoot, HasTheCacheThatLdconfigWouldWrite) {
  const auto tree = open_disk_tree("/");
  PlanRequest request{.programs = {"/bin/bash"}};
  for (const char* program : {"/usr/bin/git", "/usr/bin/openssl", "/usr/bin/clang", "/usr/bin/gdb"})
    if (fs::exists(program)) request.programs.emplace_back(program);
  const Planned planned = plan(*tree, request);
  stage(planned.rootfs, *tree);
  const auto own = printed("etc/ld.so.cache");
  EXPECT_GT(own.size(), 4U);
  ASSERT_EQ(run("cp /etc/ld.so.conf " + (root() / "etc").string() + " && cp -r /etc/ld.so.conf.d " +
                (root() / "etc").string())
                .status,
            0);
  const ToolRun made =
      run("/sbin/ldconfig -X -r " + root().string() + " -C /etc/made-by-ldconfig.cache");
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_EQ(own, printed("etc/made-by-ldconfig.cache"));
}

}  // namespace
}  // namespace pack::test
