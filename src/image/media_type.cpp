#include "image/manifest.h"

namespace pack {

MediaFamily family_of(std::string_view media_type) {
  return media_type.starts_with("application/vnd.docker.") ? MediaFamily::docker : MediaFamily::oci;
}

bool is_index_type(std::string_view media_type) {
  return media_type == kOciIndex || media_type == kDockerIndex;
}

bool is_manifest_type(std::string_view media_type) {
  return media_type == kOciManifest || media_type == kDockerManifest;
}

bool is_nondistributable(std::string_view media_type) {
  return media_type.starts_with("application/vnd.oci.image.layer.nondistributable.") ||
         media_type.starts_with("application/vnd.docker.image.rootfs.foreign.");
}

}  // namespace pack
