#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "image/platform.h"

namespace pack {

// Media types (OCI image-spec, media-types.md; Docker's: distribution, manifest-v2-2.md). An image
// keeps to one of the two families.
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view kOciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view kOciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr std::string_view kDockerIndex =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
inline constexpr std::string_view kDockerLayerGzip =
    "application/vnd.docker.image.rootfs.diff.tar.gzip";
inline constexpr std::string_view kDockerLayerZstd =
    "application/vnd.docker.image.rootfs.diff.tar.zstd";

enum class MediaFamily { oci, docker };

/// Of a manifest's or index's media type; oci for unknown ones.
MediaFamily family_of(std::string_view media_type);
bool is_index_type(std::string_view media_type);
bool is_manifest_type(std::string_view media_type);
/// Layers that registries do not hold (Windows' base layers): application/...nondistributable...
/// and Docker's ...foreign....
bool is_nondistributable(std::string_view media_type);

/// The tag of a layout's entry (OCI image-spec, annotations.md).
inline constexpr std::string_view kRefNameAnnotation = "org.opencontainers.image.ref.name";
/// The full reference, which containerd and Docker's containerd store give an imported image.
inline constexpr std::string_view kImageNameAnnotation = "io.containerd.image.name";

using Annotations = std::map<std::string, std::string>;

/// A blob, and what it is (OCI image-spec, descriptor.md).
struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;  ///< bytes
  Annotations annotations;
  std::optional<Platform> platform;
  std::vector<std::string> urls = {};  ///< further places of a non-distributable layer
  std::string artifact_type = {};
};

/// One image: its config and its layers, lowest first (OCI image-spec, manifest.md).
struct Manifest {
  std::string media_type = std::string(kOciManifest);
  Descriptor config;
  std::vector<Descriptor> layers;
  Annotations annotations;
};

/// Several manifests, or the entries of a layout (OCI image-spec, image-index.md).
struct Index {
  std::string media_type = std::string(kOciIndex);
  std::vector<Descriptor> manifests;
  Annotations annotations;
};

/// Compact JSON, the same bytes for the same value. Throws UsageError for annotations that are
/// not UTF-8 or hold NUL.
std::string to_json(const Descriptor& descriptor);
std::string to_json(const Manifest& manifest);
std::string to_json(const Index& index);

// From JSON that anybody may have written. They throw Error, one sentence, for text that is no such
// document: not JSON, over 4 MiB, nested deeper than 32, a member twice or in another case (see
// untrusted_json.cpp), `manifests` beside `layers` or `config`, bad digests, negative sizes; and
// for manifests of schema 1, saying so.

enum class DocumentKind { manifest, index };
/// By the document's mediaType, else by its members.
DocumentKind document_kind(std::string_view json);
Manifest parse_manifest(std::string_view json);
Index parse_index(std::string_view json);

/// The text of an existing layout's index.json with one more entry; everything else that it holds
/// stays. A named entry takes the name (kRefNameAnnotation) over: the entries that had it go,
/// whatever their platform, for of two skopeo takes the first and umoci neither. An entry without a
/// name replaces the nameless one of the same digest. Throws Error when the text is no image index
/// that this can be done to safely: not JSON, over 4 MiB, nested deeper than 32, over 1000 members
/// in one object, a member twice, or not the members of an index.
std::string add_to_index(std::string_view existing_json, const Descriptor& entry);

/// The content of the file `oci-layout` (OCI image-spec, image-layout.md).
std::string oci_layout_json();

/// Where a layout keeps a blob: blobs/sha256/HEX.
std::string blob_path(const Digest& digest);

}  // namespace pack
