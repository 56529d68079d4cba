#pragma once

#include <string>
#include <vector>

#include "image/manifest.h"
#include "image/reference.h"
#include "transport/destination.h"

namespace pack {

/// What else a receipt's line may speak of.
struct ReceiptFacts {
  std::vector<Reference> references;  ///< of the image
  std::string program;                ///< that it starts; empty: not known
  MediaFamily family = MediaFamily::oci;
};

/// Where the image is and how to use it from there, as a line; empty for a stream.
std::string receipt_line(const Receipt& receipt, const ReceiptFacts& facts);

/// The same as a JSON object (as text): kind, path, reference, digest, size, notes.
std::string receipt_json(const Receipt& receipt);

}  // namespace pack
