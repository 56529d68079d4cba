// A reference that is taken is a name that means itself, in its full and in its short spelling.

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "image/platform.h"
#include "image/reference.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const pack::Reference read = pack::parse_reference(text);
    require(pack::parse_reference(read.full()).full() == read.full());
    require(pack::parse_reference(read.familiar()).full() == read.full());
  } catch (const pack::UsageError&) {
  }
  try {
    const pack::PinnedReference read = pack::parse_pinned_reference(text);
    const std::string digest = read.digest ? "@" + read.digest->str() : "";
    const pack::PinnedReference again =
        pack::parse_pinned_reference(read.reference.full() + digest);
    require(again.digest == read.digest && again.reference.full() == read.reference.full());
  } catch (const pack::UsageError&) {
  }
  try {
    const pack::Platform platform = pack::parse_platform(text);
    require(pack::parse_platform(platform.str()).os == "linux");
  } catch (const pack::UsageError&) {
  }
  return 0;
}
