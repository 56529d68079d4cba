#include "image/docker_archive.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pack {

namespace {

using Json = nlohmann::ordered_json;

Json image_json(const DockerArchiveImage& image) {
  if (image.layers.size() != image.diff_ids.size())
    throw Error("the image has " + std::to_string(image.layers.size()) + " layers but " +
                std::to_string(image.diff_ids.size()) + " diff_ids; Docker would not load it");
  Json tags = Json::array(), layers = Json::array(), sources = Json::object();
  for (const Reference& reference : image.references) tags.push_back(reference.full());
  for (size_t i = 0; i < image.layers.size(); ++i) {
    const Descriptor& layer = image.layers[i];
    layers.push_back(blob_path(layer.digest));
    sources[image.diff_ids[i].str()] = {
        {"mediaType", layer.media_type}, {"size", layer.size}, {"digest", layer.digest.str()}};
  }
  return {{"Config", blob_path(image.config)},
          {"RepoTags", std::move(tags)},
          {"Layers", std::move(layers)},
          {"LayerSources", std::move(sources)}};
}

}  // namespace

std::string docker_archive_manifest_json(const std::vector<DockerArchiveImage>& images) {
  Json out = Json::array();
  for (const DockerArchiveImage& image : images) out.push_back(image_json(image));
  return out.dump();
}

}  // namespace pack
