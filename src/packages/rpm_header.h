#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace pack {

/// Tags of package headers (rpm, docs/manual/tags.md).
enum class RpmTag : uint32_t {
  name = 1000,
  dir_indexes = 1116,
  base_names = 1117,
  dir_names = 1118
};

/// A package header as the rpm database keeps it (rpm, docs/manual/format_header.md): a table of
/// tags and the data that they point to. The bytes must outlive it.
class RpmHeader {
 public:
  /// Throws Error when the table does not fit the bytes.
  explicit RpmHeader(std::string_view blob);

  /// The values of a string or string array; none where the tag is missing or of another type.
  /// Throws Error when they reach out of the data.
  std::vector<std::string_view> strings(RpmTag tag) const;
  /// The values of an array of 32-bit numbers, likewise.
  std::vector<uint32_t> numbers(RpmTag tag) const;

 private:
  struct Place {
    uint32_t type;
    uint32_t offset;
    uint32_t count;
  };
  std::string_view data_;
  std::map<uint32_t, Place> places_;
};

}  // namespace pack
