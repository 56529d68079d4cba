// /etc/ld.so.cache (glibc, sysdeps/generic/dl-cache.h; written by ldconfig, elf/cache.c):
//
//   0   "glibc-ld.so.cache" "1.1"
//   20  number of entries, size of the string table
//   28  byte order: 2 little, 3 big, 0 not said, 1 "ignore this file"; then three unused bytes
//   32  place of the extensions, or 0; then three unused words
//   48  entries: flags, name, path, OS version (unused), hwcap (8 bytes)
//       strings
//       extensions: magic, count, then each: tag, flags, place, size
//
// Names and paths are offsets from the start of this header. Where the file begins with an older
// format, "ld.so-1.7.0", this header follows behind the older entries; glibc 2.1 and before know
// only those. An entry from a glibc-hwcaps folder has bit 62 of its hwcap set and, in the low half,
// an index into the extension with tag 1: a list of offsets of level names ("x86-64-v3").

#include <algorithm>

#include "base/error.h"
#include "closure/ld_so_cache.h"
#include "closure/ld_so_cache_format.h"

namespace pack {

namespace {

using namespace ld_so_cache_format;

constexpr std::string_view kOldMagic = "ld.so-1.7.0";
constexpr size_t kOldHeader = 16;
constexpr size_t kOldEntry = 12;
constexpr uint64_t kLevelBit = uint64_t{1} << 62;
constexpr uint64_t kIsaLevelBits = uint64_t{0x3ff} << 32;
constexpr uint64_t kIndexBits = 0xffffffff;
constexpr size_t kMostStringBytes = 64 << 20;

bool has_level(uint64_t hwcap) { return (hwcap & ~kIndexBits & ~kIsaLevelBits) == kLevelBit; }

size_t align(size_t at, size_t to) { return (at + to - 1) / to * to; }

/// Integers and strings of a part of the file, bounds-checked.
class CacheBytes {
 public:
  CacheBytes(std::string_view bytes, ByteOrder order) : bytes_(bytes), order_(order) {}

  uint32_t word(size_t at) const { return static_cast<uint32_t>(integer(at, 4)); }
  uint64_t double_word(size_t at) const { return integer(at, 8); }

  /// NUL-terminated, at an offset. The file may use one string often; memory stays bounded.
  std::string string(size_t at) {
    const size_t end = bytes_.find('\0', at);
    if (end == bytes_.npos)
      throw Error("an ld.so.cache is damaged: a name at " + std::to_string(at) +
                  " is not inside the file; run ldconfig again");
    string_bytes_ += end - at + 1;
    if (string_bytes_ > kMostStringBytes)
      throw Error("the names in an ld.so.cache take more than 64 MiB; run ldconfig again");
    return std::string(bytes_.substr(at, end - at));
  }

  void must_hold(size_t at, uint64_t size, std::string_view what) const {
    if (at > bytes_.size() || size > bytes_.size() - at)
      throw Error("an ld.so.cache is damaged: its " + std::string(what) +
                  " reach beyond the end of the file; run ldconfig again");
  }

  ByteOrder order() const { return order_; }

 private:
  uint64_t integer(size_t at, size_t size) const {
    must_hold(at, size, "fields");
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i)
      value = value << 8 |
              static_cast<uint8_t>(bytes_[order_ == ByteOrder::big ? at + i : at + size - 1 - i]);
    return value;
  }

  std::string_view bytes_;
  ByteOrder order_;
  size_t string_bytes_ = 0;
};

/// Where the level names are, by their index. `base` is the offset of the header in the file:
/// the places of extensions count from the start of the file.
std::vector<uint32_t> read_levels(const CacheBytes& cache, size_t base) {
  const uint32_t place = cache.word(32);
  if (place == 0) return {};
  const auto within = [&](uint32_t file_offset) {
    // Before the header would be a place in the older format: sent beyond the end, it is refused.
    return file_offset < base ? ~size_t{0} : file_offset - base;
  };
  const size_t extensions = within(place);
  if (cache.word(extensions) != kExtensionMagic)
    throw Error("an ld.so.cache is damaged: its extensions have no magic; run ldconfig again");
  const uint64_t count = cache.word(extensions + 4);
  cache.must_hold(extensions + kExtensionHeader, count * kExtensionSection, "extensions");
  std::vector<uint32_t> levels;
  for (uint64_t i = 0; i < count; ++i) {
    const size_t at = extensions + kExtensionHeader + i * kExtensionSection;
    if (cache.word(at) != kTagHwcaps) continue;
    const size_t list = within(cache.word(at + 8));
    const size_t size = cache.word(at + 12);
    cache.must_hold(list, size, "extensions");
    levels.clear();  // of several, the loader takes the last
    for (size_t next = 0; next + 4 <= size; next += 4) levels.push_back(cache.word(list + next));
  }
  return levels;
}

LdSoCache decode_new(CacheBytes cache, size_t base) {
  const uint32_t count = cache.word(20);
  cache.must_hold(kHeader, uint64_t{count} * kEntry, "entries");
  const std::vector<uint32_t> levels = read_levels(cache, base);
  LdSoCache result{cache.order(), {}};
  result.entries.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = kHeader + i * kEntry;
    LdSoCacheEntry entry{cache.word(at), {}, {}, cache.double_word(at + 16), {}};
    if (has_level(entry.hwcap)) {
      const uint64_t index = entry.hwcap & kIndexBits;
      if (index >= levels.size()) continue;  // the loader never takes such an entry
      entry.hwcap &= ~kIndexBits;
      entry.hwcaps_level = cache.string(levels[index]);
    }
    entry.name = cache.string(cache.word(at + 4));
    entry.path = cache.string(cache.word(at + 8));
    result.entries.push_back(std::move(entry));
  }
  return result;
}

LdSoCache decode_old(const CacheBytes& cache, std::string_view after_entries, uint32_t count) {
  CacheBytes strings(after_entries, cache.order());
  LdSoCache result{cache.order(), {}};
  for (size_t i = 0; i < count; ++i) {
    const size_t at = kOldHeader + i * kOldEntry;
    result.entries.push_back({cache.word(at),
                              strings.string(cache.word(at + 4)),
                              strings.string(cache.word(at + 8)),
                              0,
                              {}});
  }
  return result;
}

/// Where the file does not say: the byte order in which the number of entries fits its size.
ByteOrder guess_byte_order(std::string_view bytes, size_t count_at, size_t header, size_t entry) {
  CacheBytes(bytes, ByteOrder::little).must_hold(0, header, "fields");
  const uint64_t count = CacheBytes(bytes, ByteOrder::little).word(count_at);
  return count <= (bytes.size() - header) / entry ? ByteOrder::little : ByteOrder::big;
}

LdSoCache decode_new_at(std::string_view file, size_t base) {
  const std::string_view bytes = file.substr(base);
  CacheBytes(bytes, ByteOrder::little).must_hold(0, kHeader, "fields");
  switch (bytes[28] & 3) {
    case 0:
      return decode_new({bytes, guess_byte_order(bytes, 20, kHeader, kEntry)}, base);
    case 2:
      return decode_new({bytes, ByteOrder::little}, base);
    case 3:
      return decode_new({bytes, ByteOrder::big}, base);
    default:
      throw Error("an ld.so.cache is marked as invalid; run ldconfig again");
  }
}

}  // namespace

LdSoCache decode_ld_so_cache(std::string_view bytes) {
  if (bytes.starts_with(kMagic)) return decode_new_at(bytes, 0);
  if (!bytes.starts_with(kOldMagic))
    throw Error("not an ld.so.cache: neither of its two formats begins like this");
  const CacheBytes old(bytes, guess_byte_order(bytes, 12, kOldHeader, kOldEntry));
  const uint32_t count = old.word(12);
  old.must_hold(kOldHeader, uint64_t{count} * kOldEntry, "entries");
  const size_t end = kOldHeader + count * kOldEntry;
  // Aligned as 64-bit integers are in a struct: to 8 bytes, on some 32-bit machines to 4.
  for (const size_t base : {align(end, 8), align(end, 4)})
    if (base < bytes.size() && bytes.substr(base).starts_with(kMagic))
      return decode_new_at(bytes, base);
  return decode_old(old, bytes.substr(end), count);
}

}  // namespace pack
