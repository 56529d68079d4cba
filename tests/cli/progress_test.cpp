#include "cli/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "support/temp_dir.h"

namespace pack {
namespace {

/// Standard error goes into a file while this lives.
class CapturedStderr {
 public:
  CapturedStderr() : before_(::dup(STDERR_FILENO)) {
    const int file = ::open((temp_ / "err").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    ::dup2(file, STDERR_FILENO);
    ::close(file);
  }
  ~CapturedStderr() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }
  std::string text() const { return read_file(temp_ / "err"); }

 private:
  TempDir temp_;
  int before_;
};

size_t count(const std::string& text, std::string_view part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(ProgressLine, SaysHowFarItIsAndFits) {
  const ProgressState state{"pulling sha256:1234", 265'000'000, 119'250'000, 2};
  EXPECT_EQ(progress_line(state, 100), "pulling sha256:1234  45%  119 MB of 265 MB, 59.6 MB/s");
  EXPECT_EQ(progress_line(state, 45), "pulling sha  45%  119 MB of 265 MB, 59.6 MB/s");
  for (size_t width = 0; width < 100; ++width) EXPECT_LE(progress_line(state, width).size(), width);
  EXPECT_EQ(progress_line({"x", 10, 11, 0}, 100), "x  100%  11 B of 10 B");
  EXPECT_EQ(progress_line({"", 0, 5, 0}, 100), "5 B");
}

TEST(Progress, ShortWorkDrawsNothing) {
  const CapturedStderr captured;
  {
    const std::unique_ptr<Progress> progress = open_progress(ProgressChoice::always);
    progress->expect("work", 1000);
    for (int i = 0; i < 1000; ++i) progress->advance(1);
  }
  EXPECT_EQ(captured.text(), "");
}

TEST(Progress, LongWorkDrawsALineAtMostTenTimesASecondAndTakesItAway) {
  using Clock = std::chrono::steady_clock;
  const CapturedStderr captured;
  {
    const std::unique_ptr<Progress> progress = open_progress(ProgressChoice::always);
    progress->expect("odd\nname", 1'000'000'000);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&] {
        for (const auto end = Clock::now() + std::chrono::milliseconds(1500); Clock::now() < end;)
          progress->advance(1);
      });
    for (std::thread& thread : threads) thread.join();
  }
  const std::string text = captured.text();
  EXPECT_GE(count(text, "odd\\nname  "), 1U) << text;
  EXPECT_LE(count(text, "\r"), 12U) << text;
  EXPECT_EQ(count(text, "\n"), 0U) << text;
  EXPECT_TRUE(text.ends_with("\r\x1b[K")) << text;
}

TEST(Progress, IsForTerminalsAlone) {
  const CapturedStderr captured;
  EXPECT_EQ(open_progress(ProgressChoice::automatic), nullptr);
  EXPECT_EQ(open_progress(ProgressChoice::never), nullptr);
  EXPECT_THROW(parse_progress_choice("sometimes"), UsageError);
}

}  // namespace
}  // namespace pack
