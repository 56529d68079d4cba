#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace pack {

/// How much a JSON document from elsewhere may ask of its reader.
struct JsonLimits {
  size_t size = 4UL * 1024 * 1024;  ///< bytes; registries and containerd read no more
  size_t members = std::numeric_limits<size_t>::max();  ///< in one object
};

/// Why a text is not to be read as JSON, as a clause ("it is nested too deeply"); empty when it may
/// be: then parsing it cannot fail, nests no deeper than 32, and gives every reader the same.
std::string json_fault(std::string_view text, const JsonLimits& limits = {});

/// As Go's encoding/json compares the names of members: without regard to case.
std::string folded(std::string_view name);

}  // namespace pack
