#pragma once

#include <string>

#include "base/fd.h"

namespace pack {

/// Sees to it that a temporary file or folder goes when this process dies, even by kill -9.
///
/// A small process of its own waits for the end of this one (and of the children that share its
/// descriptors), then removes whatever is still at the path. Start it before any thread.
class Janitor {
 public:
  /// Throws Error when no process can be started. `path` is absolute.
  explicit Janitor(const std::string& path);
  ~Janitor() = default;  // closing the pipe sends the janitor to work
  Janitor(const Janitor&) = delete;
  Janitor& operator=(const Janitor&) = delete;

 private:
  Fd alive_;
};

/// Removes a file, or a folder with all that is in it, whatever the folders' modes are.
/// What cannot be removed stays; the answer is whether all went.
bool remove_tree(const std::string& path) noexcept;

}  // namespace pack
