#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>

#include "base/error.h"
#include "cli/report_text.h"

namespace pack {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBeforeTheFirst{1000};
constexpr milliseconds kBetween{100};

size_t terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  // The last column is left free: some terminals begin a new line there.
  return known ? size.ws_col - 1U : 79U;
}

/// Nobody is told when the terminal is gone: the work is what matters.
void draw(const std::string& text) {
  const std::string line = "\r\x1b[K" + text;
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

class ProgressLine : public Progress {
 public:
  ~ProgressLine() override {
    if (is_drawn_) draw("");
  }

  void expect(std::string_view what, uint64_t bytes) override {
    {
      const std::lock_guard lock(mutex_);
      what_ = quoted(what);
      if (what_.starts_with('"')) what_ = what_.substr(1, what_.size() - 2);
    }
    expected_ += bytes;
    redraw();
  }

  void advance(uint64_t bytes) override {
    done_ += bytes;
    redraw();
  }

 private:
  void redraw() {
    const Clock::time_point now = Clock::now();
    if (now.time_since_epoch().count() < next_.load(std::memory_order_relaxed)) return;
    // Whoever comes while another draws has better things to do.
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || now.time_since_epoch().count() < next_.load()) return;
    next_ = (now + kBetween).time_since_epoch().count();
    const std::chrono::duration<double> elapsed = now - started_;
    draw(progress_line({what_, expected_, done_, elapsed.count()}, terminal_width()));
    is_drawn_ = true;
  }

  const Clock::time_point started_ = Clock::now();
  std::atomic<uint64_t> expected_ = 0;
  std::atomic<uint64_t> done_ = 0;
  std::atomic<Clock::rep> next_ = (started_ + kBeforeTheFirst).time_since_epoch().count();
  std::mutex mutex_;  ///< of what follows, and of the terminal
  std::string what_;
  bool is_drawn_ = false;
};

bool is_wanted(ProgressChoice choice) {
  if (choice != ProgressChoice::automatic) return choice == ProgressChoice::always;
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) != 0 && (!terminal || std::string_view(terminal) != "dumb");
}

}  // namespace

ProgressChoice parse_progress_choice(const std::string& text) {
  if (text == "auto") return ProgressChoice::automatic;
  if (text == "always") return ProgressChoice::always;
  if (text == "never") return ProgressChoice::never;
  throw UsageError("--progress " + quoted(text) + ": write auto, always or never");
}

void add_progress_option(CLI::App& app, std::string& choice, const char* group) {
  app.add_option("--progress", choice, "auto, always or never [auto: on a terminal]")
      ->type_name("WHEN")
      ->group(group);
}

std::unique_ptr<Progress> open_progress(ProgressChoice choice) {
  return is_wanted(choice) ? std::make_unique<ProgressLine>() : nullptr;
}

std::string progress_line(const ProgressState& state, size_t width) {
  std::string facts = describe_size(state.done);
  if (state.expected > 0) {
    const uint64_t done = std::min(state.done, state.expected);
    const auto percent = static_cast<unsigned>(100.0 * static_cast<double>(done) /
                                               static_cast<double>(state.expected));
    facts = std::to_string(percent) + "%  " + facts + " of " + describe_size(state.expected);
  }
  if (state.elapsed > 0)
    facts += ", " +
             describe_size(static_cast<uint64_t>(static_cast<double>(state.done) / state.elapsed)) +
             "/s";
  // The figures matter more than the name.
  const size_t room = width > facts.size() + 2 ? width - facts.size() - 2 : 0;
  std::string out = state.what.substr(0, room);
  if (!out.empty()) out += "  ";
  return (out + facts).substr(0, width);
}

}  // namespace pack
