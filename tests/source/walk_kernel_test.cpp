// walk() against the kernel: the same routes through the same folders, which openat2(2) follows
// with the folder as root (RESOLVE_IN_ROOT).

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "base/fd.h"
#include "source/disk_tree.h"
#include "source/walk.h"
#include "support/shell.h"

namespace pack::test {
namespace {

namespace fs = std::filesystem;

struct Lookup {
  std::string end;  ///< what happened, in walk()'s words
  FileId id;
};

std::string word_for(int error) {
  switch (error) {
    case ENOENT:
      return "nothing there";
    case ENOTDIR:
      return std::string(describe(WalkEnd::not_a_directory));
    case ELOOP:
      return std::string(describe(WalkEnd::link_loop));
    case EACCES:
      return std::string(describe(WalkEnd::access_denied));
    default:
      return std::strerror(error);
  }
}

Lookup by_kernel(int root, const std::string& route) {
  open_how how = {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  // EAGAIN: somewhere on the machine a file was renamed while a ".." was followed (openat2(2));
  // other tests do that all the time.
  Fd file;
  do {
    file = Fd(static_cast<int>(::syscall(SYS_openat2, root, route.c_str(), &how, sizeof how)));
  } while (!file && errno == EAGAIN);
  if (!file) return {word_for(errno), {}};
  struct stat st;
  EXPECT_EQ(::fstat(file.get(), &st), 0);
  return {"found", {st.st_dev, st.st_ino}};
}

Lookup by_walk(const FileTree& tree, const std::string& route) {
  const Walk end = walk(tree, route);
  // The kernel does not tell these two apart.
  const bool nothing = end.end == WalkEnd::missing || end.end == WalkEnd::broken_link;
  return {nothing ? "nothing there" : std::string(describe(end.end)), end.status.id};
}

/// Names are few, so that routes and targets hit.
std::string random_route(std::mt19937& random) {
  static const std::vector<std::string> kParts = {"a", "b", "c", "d", "..", ".", ""};
  std::string route;
  for (size_t n = 1 + random() % 5; n > 0; --n) {
    route += kParts[random() % kParts.size()];
    if (n > 1 || random() % 8 == 0) route += '/';
  }
  return route;
}

void make_random_tree(const fs::path& root, std::mt19937& random) {
  for (int i = 0; i < 12; ++i) {
    std::error_code taken;
    fs::path place = root;
    for (size_t depth = random() % 3; depth > 0; --depth) {
      place /= std::string(1, static_cast<char>('a' + random() % 4));
      fs::create_directory(place, taken);
    }
    place /= std::string(1, static_cast<char>('a' + random() % 4));
    if (random() % 3 == 0) {
      const int fd = ::open(place.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
      if (fd >= 0) ::close(fd);
    } else {
      std::string target = (random() % 3 == 0 ? "/" : "") + random_route(random);
      if (!target.empty()) fs::create_symlink(target, place, taken);
    }
  }
}

class WalkLikeTheKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    open();
    if (by_kernel(root_.get(), "/").end != "found") GTEST_SKIP() << "the kernel has no openat2";
  }
  void open() {
    root_ = Fd(::open(folder_.str().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    tree_ = open_disk_tree(folder_.str());
  }
  void expect_same(const std::string& route) {
    const Lookup kernel = by_kernel(root_.get(), route);
    const Lookup own = by_walk(*tree_, route);
    EXPECT_EQ(own.end, kernel.end) << route;
    if (kernel.end == "found") {
      EXPECT_EQ(own.id, kernel.id) << route;
      ++found_;
    }
  }

  TemporaryFolder folder_;
  Fd root_;
  std::unique_ptr<FileTree> tree_;
  int found_ = 0;
};

TEST_F(WalkLikeTheKernel, InRandomTrees) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (const auto& entry : fs::directory_iterator(folder_.path())) fs::remove_all(entry);
    make_random_tree(folder_.path(), random);
    open();  // a tree looks at each folder once
    for (int i = 0; i < 40; ++i) expect_same('/' + random_route(random));
    if (HasFailure()) {
      ADD_FAILURE() << run("ls -lR " + folder_.str()).output;
      return;
    }
  }
  EXPECT_GT(found_, 1000);  // the routes are worth something
}

TEST_F(WalkLikeTheKernel, WithFortyLinksAndOneMore) {
  fs::create_directory(folder_.path() / "end");
  fs::create_symlink("end", folder_.path() / "0");
  for (int i = 1; i <= 40; ++i)
    fs::create_symlink(std::to_string(i - 1), folder_.path() / std::to_string(i));
  for (const char* route : {"/39", "/39/", "/40", "/20/../19", "/20/../18"}) expect_same(route);
}

TEST_F(WalkLikeTheKernel, WhereAFolderMayNotBeSearched) {
  fs::create_directories(folder_.path() / "locked/in");
  fs::create_symlink("locked/in", folder_.path() / "way");
  fs::permissions(folder_.path(), fs::perms(0755));
  fs::permissions(folder_.path() / "locked", fs::perms(0));
  const bool as_root = ::geteuid() == 0;
  ASSERT_TRUE(!as_root || ::seteuid(65534) == 0);
  open();
  for (const char* route : {"/locked", "/locked/in", "/locked/no", "/way"}) expect_same(route);
  EXPECT_EQ(walk(*tree_, "/way").end, WalkEnd::access_denied);
  ASSERT_TRUE(!as_root || ::seteuid(0) == 0);
  fs::permissions(folder_.path() / "locked", fs::perms(0755));
}

}  // namespace
}  // namespace pack::test
