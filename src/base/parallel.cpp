#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace pack {

namespace {

/// The pieces that are left, and the first failure.
class Pieces {
 public:
  Pieces(size_t count, const std::function<void(size_t)>& work) : count_(count), work_(work) {}

  void work_off() noexcept {
    try {
      for (size_t piece; (piece = next_++) < count_;) work_(piece);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      next_ = count_;
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  size_t count_;
  const std::function<void(size_t)>& work_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

void for_each_in_parallel(size_t count, size_t threads, const std::function<void(size_t)>& work) {
  Pieces pieces(count, work);
  {
    std::vector<std::jthread> helpers;
    const size_t wanted = std::min(count, threads);
    helpers.reserve(wanted);
    // Where the system gives no more threads, those that there are do all of it.
    try {
      while (helpers.size() + 1 < wanted) helpers.emplace_back([&pieces] { pieces.work_off(); });
    } catch (const std::system_error&) {
    }
    pieces.work_off();
  }
  pieces.rethrow();
}

}  // namespace pack
