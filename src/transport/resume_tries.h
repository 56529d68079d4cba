#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace pack {

/// How often a transfer that broke off is taken up again: a few times without getting on, and as
/// often as it takes while it gets on. So a bad line brings a large layer home, a server that
/// always fails is given up after three seconds, and one that hangs when it has hung twice.
class ResumeTries {
 public:
  /// The transfer broke off at `position`. False when it is to be given up; else it has waited, a
  /// little longer each time, or as long as the server wants.
  bool again(uint64_t position, std::optional<std::chrono::seconds> wanted_pause = {});

  /// For a message: "" after one failure, " 5 times without getting on" after more.
  std::string without_progress() const;

 private:
  using Clock = std::chrono::steady_clock;

  uint64_t reached_ = 0;
  int failures_ = 0;
  int hangs_ = 0;  // of these, after a long silence
  Clock::time_point begun_ = Clock::now();
};

}  // namespace pack
