#include "base/janitor.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "support/shell.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

bool within_seconds(const std::function<bool()>& condition) {
  for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(10ms);
  return condition();
}

TEST(Janitor, RemovesWhatAKilledProcessLeft) {
  const test::TemporaryFolder folder;
  const fs::path staging = folder.path() / "staging";
  const pid_t child = ::fork();
  if (child == 0) {
    const Janitor janitor(staging.string());
    fs::create_directories(staging / "a/b");
    std::ofstream(staging / "a/b/file") << "x";
    fs::create_symlink("/etc", staging / "a/link");
    std::ofstream(folder.path() / "ready") << "x";
    ::pause();
    ::_exit(0);
  }
  ASSERT_TRUE(within_seconds([&] { return fs::exists(folder.path() / "ready"); }));
  EXPECT_TRUE(fs::exists(staging));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(within_seconds([&] { return !fs::exists(staging); }));
  EXPECT_TRUE(fs::exists("/etc/passwd"));
}

TEST(Janitor, LeavesAloneWhatWasRenamed) {
  const test::TemporaryFolder folder;
  {
    const Janitor janitor((folder.path() / "staging").string());
    fs::create_directory(folder.path() / "staging");
    fs::rename(folder.path() / "staging", folder.path() / "final");
  }
  std::this_thread::sleep_for(100ms);
  EXPECT_TRUE(fs::exists(folder.path() / "final"));
}

// A pipeline ends when pack ends, and not when the last helper does.
TEST(Janitor, HoldsNoFileOfItsParent) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const test::TemporaryFolder folder;
  const Janitor janitor((folder.path() / "staging").string());
  ::close(ends[1]);
  pollfd reader{.fd = ends[0], .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&reader, 1, 5000), 1) << "the janitor holds the pipe";
  EXPECT_TRUE(reader.revents & POLLHUP);
  ::close(ends[0]);
}

TEST(RemoveTree, TakesReadOnlyFolders) {
  const test::TemporaryFolder folder;
  fs::create_directories(folder.path() / "a/b");
  fs::permissions(folder.path() / "a/b", fs::perms(0));
  fs::permissions(folder.path() / "a", fs::perms(0555));
  EXPECT_TRUE(remove_tree((folder.path() / "a").string()));
  EXPECT_FALSE(fs::exists(folder.path() / "a"));
}

}  // namespace
}  // namespace pack
