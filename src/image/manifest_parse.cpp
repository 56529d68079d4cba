// Manifests and indexes as others write them. What pack does not know in them is passed over: they
// are stored elsewhere as they are, never written anew from these values.

#include <nlohmann/json.hpp>

#include "image/json_members.h"
#include "image/manifest.h"

namespace pack {

namespace {

using Json = nlohmann::json;
using Object = JsonObject<Json>;

[[noreturn]] void refuse_schema_1() {
  throw Error(
      "it is of schema 1, which Docker gave up in 2017; let `skopeo copy` convert the image first");
}

/// What a document says that it is; nothing when it says nothing.
std::optional<DocumentKind> said_kind(const Object& document) {
  const std::string media_type = document.text("mediaType");
  if (media_type.starts_with("application/vnd.docker.distribution.manifest.v1+")) refuse_schema_1();
  const bool is_index = document.find("manifests") != nullptr;
  const bool is_manifest = document.find("layers") || document.find("config");
  if (is_index && is_manifest)
    throw Error("it is an index to some readers and a manifest to others (CVE-2021-41190)");
  if (media_type.empty()) {
    if (!is_index && !is_manifest) return std::nullopt;
    return is_index ? DocumentKind::index : DocumentKind::manifest;
  }
  if (is_index_type(media_type) ? is_manifest : is_index)
    throw Error("its members do not fit its mediaType " + quoted(media_type));
  if (is_index_type(media_type)) return DocumentKind::index;
  if (is_manifest_type(media_type)) return DocumentKind::manifest;
  throw Error("its mediaType " + quoted(media_type) + " is neither a manifest's nor an index's");
}

void check_schema(const Object& document) {
  const Json* version = document.find("schemaVersion");
  if (document.find("fsLayers") || (version && *version == 1)) refuse_schema_1();
  if (!version || *version != 2 || !version->is_number_integer())
    throw Error("it has no schemaVersion 2");
}

Platform read_platform(const Object& platform) {
  return {platform.text("os"), platform.text("architecture"), platform.text("variant")};
}

Descriptor read_descriptor(const Json& value, const std::string& where) {
  const Object object(value, where);
  Descriptor out{.media_type = object.require_text("mediaType"),
                 .digest = object.require_digest("digest"),
                 .size = object.require_size("size"),
                 .annotations = object.text_map("annotations"),
                 .platform = {},
                 .urls = object.texts("urls"),
                 .artifact_type = object.text("artifactType")};
  if (const Json* platform = object.find("platform"))
    out.platform = read_platform({*platform, object.place("platform")});
  return out;
}

std::vector<Descriptor> read_descriptors(const Object& document, std::string_view key) {
  std::vector<Descriptor> out;
  document.each(key, [&](const Json& item, const std::string& at) {
    out.push_back(read_descriptor(item, at));
  });
  return out;
}

}  // namespace

DocumentKind document_kind(std::string_view json) {
  return reading("the manifest", [&] {
    const Json document = checked_json<Json>(json);
    const Object object(document, "");
    check_schema(object);
    const std::optional<DocumentKind> kind = said_kind(object);
    if (!kind) throw Error("it is neither a manifest nor an index");
    return *kind;
  });
}

Manifest parse_manifest(std::string_view json) {
  return reading("the manifest", [&] {
    const Json document = checked_json<Json>(json);
    const Object object(document, "");
    check_schema(object);
    if (said_kind(object) == DocumentKind::index) throw Error("it is an index");
    Manifest out;
    if (object.find("mediaType")) out.media_type = object.text("mediaType");
    out.config = read_descriptor(object.require("config"), "config");
    out.layers = read_descriptors(object, "layers");
    out.annotations = object.text_map("annotations");
    return out;
  });
}

Index parse_index(std::string_view json) {
  return reading("the image index", [&] {
    const Json document = checked_json<Json>(json);
    const Object object(document, "");
    check_schema(object);
    if (said_kind(object) == DocumentKind::manifest) throw Error("it is a manifest");
    Index out;
    if (object.find("mediaType")) out.media_type = object.text("mediaType");
    out.manifests = read_descriptors(object, "manifests");
    out.annotations = object.text_map("annotations");
    return out;
  });
}

}  // namespace pack
