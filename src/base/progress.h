#pragma once

#include <cstdint>
#include <string_view>

namespace pack {

/// Who wants to know how far a long work has come. Called from several threads at once.
class Progress {
 public:
  virtual ~Progress() = default;
  /// More work of `bytes` bytes has come up; `what` names it for people ("pulling sha256:1234").
  virtual void expect(std::string_view what, uint64_t bytes) = 0;
  /// `bytes` bytes of it are done.
  virtual void advance(uint64_t bytes) = 0;
};

}  // namespace pack
