#include "image/manifest.h"

#include <nlohmann/json.hpp>

#include "image/text.h"

namespace pack {

namespace {

// Keeps members in the order of the specification's examples.
using Json = nlohmann::ordered_json;

void put_annotations(Json& object, const Annotations& annotations) {
  if (annotations.empty()) return;
  Json& out = object["annotations"] = Json::object();
  for (const auto& [key, value] : annotations) {
    require_text(key, "annotation");
    require_text(value, "annotation " + key);
    out[key] = value;
  }
}

Json platform_json(const Platform& platform) {
  Json out = {{"architecture", platform.architecture}, {"os", platform.os}};
  if (!platform.variant.empty()) out["variant"] = platform.variant;
  return out;
}

Json descriptor_json(const Descriptor& descriptor) {
  Json out = {{"mediaType", descriptor.media_type},
              {"digest", descriptor.digest.str()},
              {"size", descriptor.size}};
  if (!descriptor.urls.empty()) out["urls"] = descriptor.urls;
  put_annotations(out, descriptor.annotations);
  if (descriptor.platform) out["platform"] = platform_json(*descriptor.platform);
  if (!descriptor.artifact_type.empty()) out["artifactType"] = descriptor.artifact_type;
  return out;
}

Json descriptors_json(const std::vector<Descriptor>& descriptors) {
  Json out = Json::array();
  for (const Descriptor& descriptor : descriptors) out.push_back(descriptor_json(descriptor));
  return out;
}

}  // namespace

std::string to_json(const Descriptor& descriptor) { return descriptor_json(descriptor).dump(); }

std::string to_json(const Manifest& manifest) {
  Json out = {{"schemaVersion", 2}, {"mediaType", manifest.media_type}};
  out["config"] = descriptor_json(manifest.config);
  out["layers"] = descriptors_json(manifest.layers);
  put_annotations(out, manifest.annotations);
  return out.dump();
}

std::string to_json(const Index& index) {
  Json out = {{"schemaVersion", 2}, {"mediaType", index.media_type}};
  out["manifests"] = descriptors_json(index.manifests);
  put_annotations(out, index.annotations);
  return out.dump();
}

std::string oci_layout_json() { return R"({"imageLayoutVersion":"1.0.0"})"; }

std::string blob_path(const Digest& digest) { return "blobs/sha256/" + digest.hex(); }

}  // namespace pack
