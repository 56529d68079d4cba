#include "packages/rpm_header.h"

#include "base/error.h"

namespace pack {

namespace {

constexpr size_t kPreamble = 8;  // number of entries, bytes of data
constexpr size_t kEntry = 16;    // tag, type, offset, count

constexpr uint32_t kTypeInt32 = 4;
constexpr uint32_t kTypeString = 6;
constexpr uint32_t kTypeStringArray = 8;

/// Big-endian, at a place that is known to be inside.
uint32_t number_at(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

[[noreturn]] void throw_broken() { throw Error("a package header in the rpm database is broken"); }

}  // namespace

RpmHeader::RpmHeader(std::string_view blob) {
  if (blob.size() < kPreamble) throw_broken();
  const uint64_t entries = number_at(blob, 0);
  const uint64_t size = number_at(blob, 4);
  if (kPreamble + entries * kEntry + size > blob.size()) throw_broken();
  data_ = blob.substr(kPreamble + entries * kEntry, size);
  for (size_t at = kPreamble; at < kPreamble + entries * kEntry; at += kEntry)
    places_.emplace(number_at(blob, at), Place{.type = number_at(blob, at + 4),
                                               .offset = number_at(blob, at + 8),
                                               .count = number_at(blob, at + 12)});
}

std::vector<std::string_view> RpmHeader::strings(RpmTag tag) const {
  std::vector<std::string_view> out;
  const auto it = places_.find(static_cast<uint32_t>(tag));
  if (it == places_.end()) return out;
  const Place& place = it->second;
  if (place.type != kTypeString && place.type != kTypeStringArray) return out;
  size_t at = place.offset;
  for (uint32_t i = 0; i < place.count; ++i) {
    const size_t end = at < data_.size() ? data_.find('\0', at) : data_.npos;
    if (end == data_.npos) throw_broken();
    out.push_back(data_.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::vector<uint32_t> RpmHeader::numbers(RpmTag tag) const {
  std::vector<uint32_t> out;
  const auto it = places_.find(static_cast<uint32_t>(tag));
  if (it == places_.end() || it->second.type != kTypeInt32) return out;
  const Place& place = it->second;
  if (place.offset + uint64_t{place.count} * 4 > data_.size()) throw_broken();
  for (uint32_t i = 0; i < place.count; ++i)
    out.push_back(number_at(data_, place.offset + size_t{i} * 4));
  return out;
}

}  // namespace pack
