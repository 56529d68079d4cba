#include "image/rewrite.h"

#include <nlohmann/json.hpp>

#include "image/json_members.h"
#include "image/text.h"

namespace pack {

namespace {

// Keeps the members in their order.
using Json = nlohmann::ordered_json;

Json checked_document(std::string_view json) {
  Json document = checked_json<Json>(json);
  if (!document.is_object()) throw Error("it is no object");
  return document;
}

/// The new descriptor of an entry; nothing when it goes.
std::optional<Json> new_entry(const Json& old, const NewEntries& entries) {
  const Digest digest(JsonObject<Json>(old, "an entry").require_text("digest"));
  const auto found = entries.find(digest);
  if (found == entries.end()) return old;
  if (!found->second) return std::nullopt;
  Json entry = old;
  entry["mediaType"] = found->second->media_type;
  entry["digest"] = found->second->digest.str();
  entry["size"] = found->second->size;
  return entry;
}

}  // namespace

std::string with_layers(std::string_view manifest_json, const std::vector<Descriptor>& layers) {
  return reading("the manifest", [&] {
    Json document = checked_document(manifest_json);
    Json list = Json::array();
    for (const Descriptor& layer : layers) list.push_back(Json::parse(to_json(layer)));
    document["layers"] = std::move(list);
    return document.dump();
  });
}

std::string with_annotations(std::string_view json, const Annotations& annotations) {
  for (const auto& [key, value] : annotations) {
    require_text(key, "annotation");
    require_text(value, "annotation " + key);
  }
  return reading("the manifest", [&] {
    Json document = checked_document(json);
    Json& members = document["annotations"];
    if (members.is_null()) members = Json::object();
    if (!members.is_object()) throw Error("annotations is no object");
    for (const auto& [key, value] : annotations) members[key] = value;
    return document.dump();
  });
}

std::string with_entries(std::string_view index_json, const NewEntries& entries) {
  return reading("the image index", [&] {
    Json document = checked_document(index_json);
    Json list = Json::array();
    for (const Json& old : document["manifests"])
      if (std::optional<Json> entry = new_entry(old, entries)) list.push_back(std::move(*entry));
    document["manifests"] = std::move(list);
    return document.dump();
  });
}

}  // namespace pack
