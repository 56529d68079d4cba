// Writes the format that ld_so_cache_decode.cpp describes.
//
// The loader finds a name by binary search and then looks at the neighbours with the same name, so
// the order of the entries is part of the format (glibc, elf/cache.c, compare):
//   1. names, descending by compare_library_names
//   2. flags, descending
//   3. entries with a glibc-hwcaps level first, for the loader stops at the first one without;
//      among them by level name, ascending
//   4. hwcap: more bits first, then descending
// What is still equal stays in the given order: the loader takes the first, so ldconfig lists the
// folders of ld.so.conf in their order.

#include <algorithm>
#include <bit>
#include <map>

#include "closure/ld_so_cache.h"
#include "closure/ld_so_cache_format.h"

namespace pack {

namespace {

using namespace ld_so_cache_format;

bool before(const LdSoCacheEntry& a, const LdSoCacheEntry& b) {
  if (const int names = compare_library_names(a.name, b.name); names != 0) return names > 0;
  if (a.flags != b.flags) return a.flags > b.flags;
  if (a.hwcaps_level.has_value() != b.hwcaps_level.has_value()) return a.hwcaps_level.has_value();
  if (a.hwcaps_level != b.hwcaps_level) return a.hwcaps_level < b.hwcaps_level;
  const auto bits = [](const LdSoCacheEntry& entry) { return std::popcount(entry.hwcap); };
  if (bits(a) != bits(b)) return bits(a) > bits(b);
  return a.hwcap > b.hwcap;
}

class CacheWriter {
 public:
  CacheWriter(const std::vector<LdSoCacheEntry>& entries, ByteOrder order)
      : entries_(entries), order_(order) {
    for (const LdSoCacheEntry& entry : entries)
      if (entry.hwcaps_level) levels_.try_emplace(*entry.hwcaps_level, 0);
    uint32_t index = 0;
    for (auto& [name, its_index] : levels_) its_index = index++;
    strings_at_ = kHeader + kEntry * entries.size();
  }

  std::string write() {
    for (const LdSoCacheEntry& entry : entries_) {
      word(entry.flags);
      word(string(entry.name));
      word(string(entry.path));
      word(0);  // OS version: unused since long
      double_word(entry.hwcap | (entry.hwcaps_level ? levels_.at(*entry.hwcaps_level) : 0));
    }
    const std::string table = std::move(out_);
    const std::string extensions = write_extensions();
    out_ = kMagic;
    word(static_cast<uint32_t>(entries_.size()));
    word(static_cast<uint32_t>(strings_.size()));
    out_ += order_ == ByteOrder::big ? kBigEndian : kLittleEndian;
    out_.append(3, '\0');
    word(extensions.empty() ? 0 : extensions_at());
    out_.append(12, '\0');
    return out_ + table + strings_ + extensions;
  }

 private:
  uint32_t extensions_at() const {
    return static_cast<uint32_t>((strings_at_ + strings_.size() + 3) / 4 * 4);
  }

  /// One section, the names of the levels, with the padding before it; empty when none is used.
  std::string write_extensions() {
    if (levels_.empty()) return {};
    std::vector<uint32_t> names;
    for (const auto& [name, index] : levels_) names.push_back(string(name));
    out_.assign(extensions_at() - strings_at_ - strings_.size(), '\0');
    word(kExtensionMagic);
    word(1);
    word(kTagHwcaps);
    word(0);
    word(extensions_at() + kExtensionHeader + kExtensionSection);
    word(static_cast<uint32_t>(4 * names.size()));
    for (const uint32_t name : names) word(name);
    return std::move(out_);
  }

  void integer(uint64_t value, size_t size) {
    for (size_t i = 0; i < size; ++i)
      out_ += static_cast<char>(value >> 8 * (order_ == ByteOrder::big ? size - 1 - i : i));
  }
  void word(uint32_t value) { integer(value, 4); }
  void double_word(uint64_t value) { integer(value, 8); }

  /// Its offset; equal strings are stored once.
  uint32_t string(const std::string& text) {
    const size_t end = strings_at_ + strings_.size();
    const auto [place, is_new] = offsets_.try_emplace(text, static_cast<uint32_t>(end));
    if (is_new) strings_ += text + '\0';
    return place->second;
  }

  const std::vector<LdSoCacheEntry>& entries_;
  ByteOrder order_;
  std::map<std::string, uint32_t> levels_;  // name -> index; the file has them sorted
  std::map<std::string, uint32_t> offsets_;
  std::string strings_;
  size_t strings_at_ = 0;
  std::string out_;
};

}  // namespace

std::string encode_ld_so_cache(std::vector<LdSoCacheEntry> entries, ByteOrder byte_order) {
  std::stable_sort(entries.begin(), entries.end(), before);
  return CacheWriter(entries, byte_order).write();
}

}  // namespace pack
