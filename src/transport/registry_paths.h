#pragma once

#include <string>
#include <string_view>

#include "transport/image_content.h"

namespace pack {

// Targets of requests (distribution-spec, "Endpoints"). Names and digests consist of characters
// that need no escape in a URL: their grammars see to that.

inline std::string blob_target(const Repository& repository, const Digest& digest) {
  return "/v2/" + repository.name + "/blobs/" + digest.str();
}

/// `name` is a tag or a digest.
inline std::string manifest_target(const Repository& repository, std::string_view name) {
  return "/v2/" + repository.name + "/manifests/" + std::string(name);
}

/// One of the tags is enough to know that there are any.
inline std::string tags_target(const Repository& repository) {
  return "/v2/" + repository.name + "/tags/list?n=1";
}

inline std::string uploads_target(const Repository& repository) {
  return "/v2/" + repository.name + "/blobs/uploads/";
}

/// For messages: "docker.io/library/debian".
inline std::string full_name(const Repository& repository) {
  return repository.domain + "/" + repository.name;
}

}  // namespace pack
