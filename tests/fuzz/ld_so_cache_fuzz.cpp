// Any bytes are either a cache or an Error; what was understood survives being written and read.

#include <algorithm>

#include "closure/ld_so_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pack::LdSoCache cache;
  try {
    cache = pack::decode_ld_so_cache({reinterpret_cast<const char*>(data), size});
  } catch (const pack::Error&) {
    return 0;
  }
  const std::string written = pack::encode_ld_so_cache(cache.entries, cache.byte_order);
  const pack::LdSoCache again = pack::decode_ld_so_cache(written);
  if (again.byte_order != cache.byte_order ||
      !std::is_permutation(again.entries.begin(), again.entries.end(), cache.entries.begin(),
                           cache.entries.end()))
    __builtin_trap();
  if (pack::encode_ld_so_cache(again.entries, again.byte_order) != written) __builtin_trap();
  for (const pack::LdSoCacheEntry& entry : again.entries) {
    if (entry.hwcap == 0 && !pack::find_in_ld_so_cache(again, entry.name, entry.flags))
      __builtin_trap();
    if (again.entries.size() > 50) break;  // a lookup goes through all of them
  }
  return 0;
}
