#pragma once

#include <string>
#include <string_view>
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

/// One item of a manifest.json as it stands there; names and paths are not checked.
struct DockerArchiveItem {
  std::string config;               ///< path of the config in the archive
  std::vector<std::string> names;   ///< RepoTags; null counts as none
  std::vector<std::string> layers;  ///< paths, lowest first
};

/// Throws Error as parse_manifest() does, above 1 MiB.
std::vector<DockerArchiveItem> parse_docker_archive_manifest(std::string_view json);

}  // namespace pack
