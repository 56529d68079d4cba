#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

namespace pack {

/// How often a transfer that broke off is taken up again: a few times without getting on, and as
/// often as it takes while it gets on. So a bad line brings a large layer home, and a server that
/// always fails is given up after three seconds.
class ResumeTries {
 public:
  /// The transfer broke off at `position`. False when it is to be given up; else it has waited a
  /// little, longer each time.
  bool again(uint64_t position) {
    if (position >= reached_ + kProgress) failures_ = 0;
    reached_ = std::max(reached_, position);
    if (++failures_ >= kTries) return false;
    std::this_thread::sleep_for(kPause * (1 << failures_));
    return true;
  }

  static constexpr int kTries = 5;

 private:
  static constexpr uint64_t kProgress = 1024 * 1024;
  static constexpr std::chrono::milliseconds kPause{100};

  uint64_t reached_ = 0;
  int failures_ = 0;  // since it has got on
};

}  // namespace pack
