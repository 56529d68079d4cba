#include "transport/image.h"

#include "base/error.h"

namespace pack {

Image make_image(const ImageDraft& draft, const Layer& layer) {
  if (layer.size != draft.layer_size)
    throw Error("the layer has " + std::to_string(layer.size) + " bytes instead of the planned " +
                std::to_string(draft.layer_size) + "; this is a fault of pack, please report it");
  Image image{draft.config, draft.references, draft.annotations, layer};
  image.config.diff_ids = {layer.diff_id};
  return image;
}

ImageDocuments make_documents(const Image& image, const Descriptor& stored_layer) {
  ImageDocuments out;
  out.config = to_json(image.config);
  out.config_descriptor = {.media_type = std::string(kOciConfig),
                           .digest = sha256(out.config),
                           .size = out.config.size(),
                           .annotations = {},
                           .platform = {}};
  out.layer_descriptor = stored_layer;
  const Manifest manifest{
      .config = out.config_descriptor, .layers = {stored_layer}, .annotations = image.annotations};
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
