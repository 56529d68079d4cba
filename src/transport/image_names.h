#pragma once

#include <optional>
#include <string>
#include <vector>

#include "image/manifest.h"
#include "image/reference.h"

namespace pack {

/// One manifest or index that a source offers, with all its names.
struct Offer {
  struct Name {
    std::string full;  ///< as kImageNameAnnotation has it; may be empty
    std::string tag;   ///< as kRefNameAnnotation has it: a tag or, by some tools, a full name
    /// What a user would type behind '@'.
    std::string str() const { return full.empty() ? tag : full; }
  };
  Descriptor descriptor;
  std::vector<Name> names;
};

/// A source's entries, each digest once, in their order.
std::vector<Offer> offers_of(const std::vector<Descriptor>& entries);

/// Those that `reference` names, as a user types it: a name, short or in full, a tag alone,
/// sha256:HEX, or @N for the Nth from 0 (containers-transports(5)). What fits exactly goes before
/// what fits when completed as Docker does; of a NAME@sha256:HEX only the name counts here. Other
/// names of the same images are left out. Empty: all.
std::vector<Offer> offers_named(const std::vector<Offer>& offers, const std::string& reference);

/// All of them have a name in common, or none has any: then they are one image for several
/// platforms, and otherwise different images.
bool is_one_image(const std::vector<Offer>& offers);

/// The names that are full references.
std::vector<Reference> references_of(const Offer& offer);

/// "web:v1, sha256:..., ...": a list for messages, cut when it is long.
std::string list_of(const std::vector<Offer>& offers);

/// The digest that a reference ends with: sha256:HEX or NAME@sha256:HEX.
std::optional<Digest> digest_in(const std::string& reference);

}  // namespace pack
