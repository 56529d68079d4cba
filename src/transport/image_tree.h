#pragma once

#include <string>
#include <vector>

#include "transport/image_names.h"
#include "transport/image_source.h"

namespace pack {

/// A descriptor below an index, or the index itself.
struct TreeNode {
  Descriptor descriptor;
  std::string text;  ///< of an index; manifests are not read for this
};

/// All that is below an index, each digest once and after what it names; `top` comes last. What is
/// no index is its own tree. Throws Error when indexes nest deeper than 8 or are more than 1000.
std::vector<TreeNode> tree_below(const ImageSource& source, const Descriptor& top);

/// Of the offers, and of all below them, the manifest or index of that digest; nothing when it is
/// not there.
std::vector<Offer> with_digest(const ImageSource& source, const std::vector<Offer>& offers,
                               const Digest& digest);

/// A manifest that may be of an image that runs: no attestation (platform unknown/unknown), no
/// artifact, as far as its descriptor tells.
bool may_run(const Descriptor& descriptor);

/// One image, its manifest and config read and checked. Throws Error when they do not fit together
/// and when it is no image but another artifact.
StoredImage load_image(const ImageSource& source, const Descriptor& descriptor,
                       const std::string& origin, std::vector<Reference> references);

/// Whether the config of a manifest is an image's.
bool is_image(const Manifest& manifest);

}  // namespace pack
