// Any bytes are either an Error or unpack within the limit, however they are cut.

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "archive/decompress.h"
#include "base/error.h"

namespace {

constexpr uint64_t kLimit = 100'000;

std::optional<std::string> unpacked(std::string_view bytes, size_t step) {
  const pack::ByteReader input = [bytes, step](std::span<std::byte> into) mutable {
    const size_t size = std::min({step, into.size(), bytes.size()});
    std::memcpy(into.data(), bytes.data(), size);
    bytes.remove_prefix(size);
    return size;
  };
  try {
    const pack::ByteReader reader = pack::decompressed(input, kLimit);
    std::string out;
    std::vector<std::byte> chunk(step * 3);
    while (const size_t size = reader(chunk))
      out.append(reinterpret_cast<const char*>(chunk.data()), size);
    if (out.size() > kLimit) __builtin_trap();
    return out;
  } catch (const pack::Error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (unpacked(bytes, 100) != unpacked(bytes, 100'000)) __builtin_trap();
  return 0;
}
