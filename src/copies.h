#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/compression.h"
#include "image/manifest.h"
#include "image/platform.h"
#include "image/reference.h"
#include "transport/access.h"
#include "transport/destination.h"
#include "transport/image_source.h"

namespace pack {

/// Images to copy. Several sources become one index, an image a platform.
struct CopyRequest {
  std::vector<SourceSpec> sources;  ///< at least one
  DestinationSpec destination;
  PlatformChoice choice = PlatformChoice::one;
  std::optional<Platform> platform;
  std::vector<Reference> references;             ///< new names; empty: those of the first source
  Annotations annotations;                       ///< added to the manifest, and to the index
  std::optional<CompressionChoice> compression;  ///< nothing: digests stay as they are
  Access access;
};

struct CopyResult {
  Receipt receipt;
  std::vector<Reference> references;
  Descriptor top;  ///< as it is stored now; platform where it is one image
  std::vector<Platform> platforms;
  std::vector<std::string> notes;
};

/// Throws Error, UsageError; then the destination is as it was.
CopyResult copy_images(const CopyRequest& request);

}  // namespace pack
