#pragma once

#include <functional>

namespace pack {

/// Runs `work` in a child process that signals to this one do not reach, and waits for it: once
/// begun it comes to its end even if this process is killed. `work` shares files with the caller,
/// not memory. What it throws (Error or other) is thrown here as Error with the same text.
/// Call it when no other thread runs.
void run_to_the_end(const std::function<void()>& work);

}  // namespace pack
