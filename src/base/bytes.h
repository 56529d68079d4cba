#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace pack {

/// Where a stream of bytes goes.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// Takes all of them, or throws Error.
  virtual void write(std::span<const std::byte> bytes) = 0;

  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
};

}  // namespace pack
