#pragma once

#include <optional>
#include <string>
#include <vector>

#include "image/manifest.h"
#include "image/platform.h"
#include "transport/access.h"
#include "transport/source_spec.h"

namespace pack {

/// What is to be proved.
struct VerifyRequest {
  SourceSpec source;                 ///< without a reference: every image that is there
  std::optional<Platform> platform;  ///< nothing: every platform
  Access access;
};

/// Something that is wrong.
struct Finding {
  std::string where;  ///< "config", "layer 2 (sha256:0123456789ab)", a path; may be empty
  std::string what;
};

/// One image for one platform.
struct VerifiedImage {
  Digest manifest;
  std::vector<std::string> names;  ///< as the source has them
  std::optional<Platform> platform;
  size_t layers = 0;
  uint64_t size = 0;  ///< bytes stored: config and layers
  std::vector<Finding> findings;
  std::vector<std::string> notes;  ///< not wrong, but worth knowing
};

struct Verification {
  std::vector<VerifiedImage> images;
  std::vector<Finding> findings;  ///< of indexes, and of what could not be read at all
  std::vector<std::string> notes;

  bool sound() const;
};

/// Reads everything: documents, configs, layers; merges the layers; looks for what the entrypoint
/// loads by the loader's rules. All that is wrong is told together. Throws Error only when
/// there is nothing to look at, or a registry or engine cannot be reached.
Verification verify_images(const VerifyRequest& request);

}  // namespace pack
