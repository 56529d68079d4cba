#include <array>
#include <nlohmann/json.hpp>

#include "image/config.h"
#include "image/json_members.h"

namespace pack {

namespace {

using Json = nlohmann::json;
using Object = JsonObject<Json>;

/// A list of words; Docker also takes one word alone.
std::vector<std::string> words(const Object& object, std::string_view key) {
  const Json* found = object.find(key);
  if (found && found->is_string()) return {found->get<std::string>()};
  return object.texts(key);
}

/// The names of a Go set: {"80/tcp":{}}.
std::set<std::string> names(const Object& object, std::string_view key) {
  std::set<std::string> out;
  const Json* found = object.find(key);
  if (!found) return out;
  const Object set(*found, object.place(key));
  for (const auto& [name, nothing] : found->items()) {
    if (!nothing.is_object() && !nothing.is_null())
      throw Error(set.place(quoted(name)) + " is no object");
    out.insert(name);
  }
  return out;
}

std::map<std::string, std::string> other_members(const Json& execution) {
  static constexpr std::array<std::string_view, 9> kKnown = {
      "User",    "ExposedPorts", "Env",    "Entrypoint", "Cmd",
      "Volumes", "WorkingDir",   "Labels", "StopSignal"};
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : execution.items())
    if (!value.is_null() && std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end())
      out.emplace(name, value.dump());
  return out;
}

void read_execution(const Json& value, ImageConfig& out) {
  const Object object(value, "config");
  out.user = object.text("User");
  out.exposed_ports = names(object, "ExposedPorts");
  out.env = object.texts("Env");
  out.entrypoint = words(object, "Entrypoint");
  out.cmd = words(object, "Cmd");
  out.volumes = names(object, "Volumes");
  out.working_dir = object.text("WorkingDir");
  out.labels = object.text_map("Labels");
  out.stop_signal = object.text("StopSignal");
  out.other = other_members(value);
}

History read_history(const Json& value, const std::string& where) {
  const Object object(value, where);
  return {.created = object.text("created"),
          .created_by = object.text("created_by"),
          .author = object.text("author"),
          .comment = object.text("comment"),
          .empty_layer = object.flag("empty_layer")};
}

}  // namespace

ImageConfig parse_config(std::string_view json) {
  return reading("the image's config", [&] {
    const Json document = checked_json<Json>(json);
    const Object object(document, "");
    ImageConfig out;
    out.created = object.text("created");
    out.author = object.text("author");
    out.platform = {object.require_text("os"), object.require_text("architecture"),
                    object.text("variant")};
    if (const Json* execution = object.find("config")) read_execution(*execution, out);
    out.diff_ids = Object(object.require("rootfs"), "rootfs").digests("diff_ids");
    object.each("history", [&](const Json& item, const std::string& at) {
      out.history.push_back(read_history(item, at));
    });
    return out;
  });
}

}  // namespace pack
