#pragma once

#include <cstddef>
#include <functional>

namespace pack {

/// Calls work(0) to work(count - 1), at most `threads` of them at once, and returns when no thread
/// runs any more. After a failure nothing new is begun, and the first failure is thrown. With one
/// thread or one piece of work, all runs in the caller's thread.
void for_each_in_parallel(size_t count, size_t threads, const std::function<void(size_t)>& work);

}  // namespace pack
