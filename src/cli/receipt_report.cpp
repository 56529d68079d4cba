#include "cli/receipt_report.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pack {

namespace {

using Json = nlohmann::ordered_json;

const char* name_of(DestinationSpec::Kind kind) {
  switch (kind) {
    case DestinationSpec::Kind::archive:
      return "archive";
    case DestinationSpec::Kind::stream:
      return "stream";
    case DestinationSpec::Kind::oci_layout:
      return "oci";
    case DestinationSpec::Kind::rootfs:
      return "rootfs";
    case DestinationSpec::Kind::daemon:
      return "docker-daemon";
    case DestinationSpec::Kind::registry:
      return "registry";
  }
  return "";
}

/// The tag by which a layout has it: the one asked for, else the first name's.
std::string tag_in_layout(const DestinationSpec& where, const ReceiptFacts& facts) {
  if (!where.tag.empty()) return ":" + where.tag;
  return facts.references.empty() ? "" : ":" + facts.references.front().tag;
}

std::string how_to_use(const DestinationSpec& where, const ReceiptFacts& facts) {
  switch (where.kind) {
    case DestinationSpec::Kind::archive:
      return "docker load -i " + quoted(where.path);
    case DestinationSpec::Kind::oci_layout:
      // Podman finds no image of Docker's types in a layout.
      if (facts.family == MediaFamily::docker) return "";
      return "podman run oci:" + quoted(where.path) + tag_in_layout(where, facts);
    case DestinationSpec::Kind::rootfs:
      return "chroot " + quoted(where.path) + (facts.program.empty() ? "" : " " + facts.program);
    case DestinationSpec::Kind::daemon:
      if (where.reference) return "docker run " + where.reference->familiar();
      return facts.references.empty() ? "" : "docker run " + facts.references.front().familiar();
    case DestinationSpec::Kind::registry:
      return "docker run " + where.reference->familiar();
    case DestinationSpec::Kind::stream:
      break;
  }
  return "";
}

}  // namespace

std::string receipt_line(const Receipt& receipt, const ReceiptFacts& facts) {
  const DestinationSpec& where = receipt.destination;
  if (where.kind == DestinationSpec::Kind::stream) return "";
  const std::string use = how_to_use(where, facts);
  std::string place = where.path.empty() ? where.str() : quoted(where.path);
  if (place.ends_with(':')) place.pop_back();  // "docker-daemon:" without a name
  return place + (use.empty() ? "" : ": " + use) + '\n';
}

std::string receipt_json(const Receipt& receipt) {
  Json json;
  json["kind"] = name_of(receipt.destination.kind);
  if (!receipt.destination.path.empty()) json["path"] = receipt.destination.path;
  if (receipt.destination.reference) json["reference"] = receipt.destination.reference->full();
  if (receipt.manifest) json["digest"] = receipt.manifest->str();
  json["size"] = receipt.size;
  if (!receipt.notes.empty()) json["notes"] = receipt.notes;
  // Paths need not be UTF-8; JSON must be.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pack
