#include "transport/resume_tries.h"

#include <algorithm>
#include <thread>

#include "transport/registry_retry.h"

namespace pack {

namespace {

constexpr uint64_t kProgress = 1024 * 1024;
constexpr int kMostHangs = 2;

}  // namespace

bool ResumeTries::again(uint64_t position, std::optional<std::chrono::seconds> wanted_pause) {
  const RetryRules rules;
  if (position >= reached_ + kProgress) failures_ = hangs_ = 0;
  reached_ = std::max(reached_, position);
  ++failures_;
  if (Clock::now() - begun_ >= rules.patience) ++hangs_;
  if (failures_ >= rules.tries || hangs_ >= kMostHangs || !is_bearable(rules, wanted_pause))
    return false;
  std::this_thread::sleep_for(pause_before(rules, failures_ + 1, wanted_pause));
  begun_ = Clock::now();
  return true;
}

std::string ResumeTries::without_progress() const {
  return failures_ == 1 ? "" : " " + std::to_string(failures_) + " times without getting on";
}

}  // namespace pack
