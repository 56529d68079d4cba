#pragma once

#include <string>
#include <vector>

#include "base/digest.h"
#include "image/manifest.h"
#include "image/reference.h"

namespace pack {

/// One image of an archive that `docker load` reads.
struct DockerArchiveImage {
  Digest config;
  std::vector<Reference> references;
  std::vector<Descriptor> layers;  ///< lowest first
  std::vector<Digest> diff_ids;    ///< one for each layer
};

/// The archive's manifest.json: compact, the same bytes for the same value. Names are written in
/// full, for Podman would put "localhost/" before short ones. LayerSources, which newer versions of
/// Docker write, tells for each diff_id what its blob is. Throws Error when the number of diff_ids
/// is not that of the layers (Docker refuses such an image).
/// Source: github.com/moby/moby, image/tarexport (manifestItem).
std::string docker_archive_manifest_json(const std::vector<DockerArchiveImage>& images);

}  // namespace pack
