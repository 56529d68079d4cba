#include "transport/image.h"

#include "base/error.h"

namespace pack {

Image make_image(const ImageDraft& draft, const Layer& layer) {
  if (layer.size != draft.layer_size)
    throw Error("the layer has " + std::to_string(layer.size) + " bytes instead of the planned " +
                std::to_string(draft.layer_size) + "; this is a fault of pack, please report it");
  Image image{.config = draft.config,
              .references = draft.references,
              .annotations = draft.annotations,
              .layer = layer,
              .base_layers = draft.base_layers,
              .family = draft.family};
  image.config.diff_ids.push_back(layer.diff_id);
  return image;
}

ImageDocuments make_documents(const Image& image, const Descriptor& stored_layer) {
  const bool docker = image.family == MediaFamily::docker;
  ImageDocuments out;
  out.config = to_json(image.config);
  out.config_descriptor = {.media_type = std::string(docker ? kDockerConfig : kOciConfig),
                           .digest = sha256(out.config),
                           .size = out.config.size(),
                           .annotations = {},
                           .platform = {}};
  for (const Blob& layer : image.base_layers) out.layers.push_back(layer.descriptor);
  out.layers.push_back(stored_layer);
  const Manifest manifest{.media_type = std::string(docker ? kDockerManifest : kOciManifest),
                          .config = out.config_descriptor,
                          .layers = out.layers,
                          .annotations = image.annotations};
  out.manifest = to_json(manifest);
  out.manifest_descriptor = {.media_type = manifest.media_type,
                             .digest = sha256(out.manifest),
                             .size = out.manifest.size(),
                             .annotations = {},
                             .platform = image.config.platform};
  return out;
}

std::vector<Descriptor> named_descriptors(const Descriptor& manifest,
                                          const std::vector<Reference>& references) {
  if (references.empty()) return {manifest};
  std::vector<Descriptor> out;
  for (const Reference& reference : references) {
    Descriptor named = manifest;
    named.annotations[std::string(kImageNameAnnotation)] = reference.full();
    named.annotations[std::string(kRefNameAnnotation)] = reference.tag;
    out.push_back(std::move(named));
  }
  return out;
}

}  // namespace pack
