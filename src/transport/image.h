#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/compression.h"
#include "image/config.h"
#include "image/manifest.h"
#include "image/reference.h"
#include "layer/layer.h"
#include "transport/image_content.h"

namespace pack {

/// An image whose layer is not written yet: all that is known beforehand.
struct ImageDraft {
  ImageConfig config;  ///< diff_ids are the base's; none without a base
  std::vector<Reference> references;
  Annotations annotations;             ///< of the manifest
  uint64_t layer_size = 0;             ///< bytes, uncompressed; see layer_size()
  std::vector<Blob> base_layers = {};  ///< below the new one, lowest first; stored as they are
  MediaFamily family = MediaFamily::oci;
  /// How the new layer is stored; nothing: as the destination likes it.
  std::optional<CompressionChoice> compression = {};
};

/// A complete image with its new layer. How the layer is stored, and so the manifest, differs by
/// destination; the config does not.
struct Image {
  ImageConfig config;
  std::vector<Reference> references;
  Annotations annotations;
  Layer layer;
  std::vector<Blob> base_layers = {};
  MediaFamily family = MediaFamily::oci;
};

/// Throws Error when the layer has not the size that the draft says.
Image make_image(const ImageDraft& draft, const Layer& layer);

/// The JSON documents of an image whose layer is stored in one particular way.
struct ImageDocuments {
  std::string config;
  std::string manifest;
  Descriptor manifest_descriptor;  ///< with platform, without annotations
  Descriptor config_descriptor;
  std::vector<Descriptor> layers;  ///< the base's, then the new one
};

/// With `stored_layer` as the new layer on top. In the words of image.family.
ImageDocuments make_documents(const Image& image, const Descriptor& stored_layer);

/// What an index says of the image: one descriptor for each reference, with the names that
/// containerd and skopeo look for; a nameless one when there is none.
std::vector<Descriptor> named_descriptors(const Descriptor& manifest,
                                          const std::vector<Reference>& references);

}  // namespace pack
