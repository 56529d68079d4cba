#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/manifest.h"

namespace pack {

// Documents that differ from existing ones in a single respect: all other members stay, known to
// pack or not, in their order. They take what parse_manifest() and parse_index() take, and throw
// Error as those do.

/// The manifest with other layers.
std::string with_layers(std::string_view manifest_json, const std::vector<Descriptor>& layers);

/// The manifest or index with further annotations; of one name, the new one counts.
std::string with_annotations(std::string_view json, const Annotations& annotations);

/// What becomes of an index's entries, by their digest: another document of the same kind, or
/// nothing (then the entry goes). Of a new document only mediaType, digest and size count.
using NewEntries = std::map<Digest, std::optional<Descriptor>>;
std::string with_entries(std::string_view index_json, const NewEntries& entries);

}  // namespace pack
