#include "base/unkillable.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "support/shell.h"

namespace pack {
namespace {

using namespace std::chrono_literals;

void touch(const std::filesystem::path& path) { std::ofstream(path) << "x"; }

bool appears(const std::filesystem::path& path) {
  for (int i = 0; i < 500 && !std::filesystem::exists(path); ++i) std::this_thread::sleep_for(10ms);
  return std::filesystem::exists(path);
}

TEST(RunToTheEnd, IsDoneWhenItReturns) {
  const test::TemporaryFolder folder;
  run_to_the_end([&] { touch(folder.path() / "done"); });
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "done"));
}

TEST(RunToTheEnd, AnErrorComesBackWithItsText) {
  try {
    run_to_the_end([] { throw Error("the disk is full"); });
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the disk is full");
  }
}

TEST(RunToTheEnd, ADeathIsAnError) {
  EXPECT_THROW(run_to_the_end([] { ::raise(SIGKILL); }), Error);
}

class SignalTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Signals, SignalTest, testing::Values(SIGKILL, SIGINT, SIGTERM, SIGHUP));

// The signal goes to the whole process group, as a terminal and `timeout` send it.
TEST_P(SignalTest, TheWorkSurvivesItsProcess) {
  const test::TemporaryFolder folder;
  const auto work = [&] {
    touch(folder.path() / "begun");
    if (appears(folder.path() / "orphaned")) touch(folder.path() / "done");
  };
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    run_to_the_end(work);
    ::_exit(0);
  }
  ASSERT_TRUE(appears(folder.path() / "begun"));
  ASSERT_EQ(::kill(-child, GetParam()), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "done"));
  touch(folder.path() / "orphaned");
  EXPECT_TRUE(appears(folder.path() / "done"));
}

}  // namespace
}  // namespace pack
