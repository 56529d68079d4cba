#include <nlohmann/json.hpp>

#include "image/docker_archive.h"
#include "image/json_members.h"

namespace pack {

namespace {

using Json = nlohmann::json;

constexpr JsonLimits kLimits{.size = 1UL * 1024 * 1024};  // as much as skopeo and Podman read

DockerArchiveItem read_item(const Json& value, const std::string& where) {
  const JsonObject<Json> object(value, where);
  return {.config = object.require_text("Config"),
          .names = object.texts("RepoTags"),
          .layers = object.texts("Layers")};
}

}  // namespace

std::vector<DockerArchiveItem> parse_docker_archive_manifest(std::string_view json) {
  return reading("manifest.json", [&] {
    const Json document = checked_json<Json>(json, kLimits);
    if (!document.is_array()) throw Error("it is no list of images");
    std::vector<DockerArchiveItem> out;
    for (size_t i = 0; i < document.size(); ++i)
      out.push_back(read_item(document[i], "[" + std::to_string(i) + "]"));
    return out;
  });
}

}  // namespace pack
