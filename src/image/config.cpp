#include "image/config.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "image/text.h"

namespace pack {

namespace {

// Keeps members in the order in which Go's image-spec structs declare them, as other tools write.
using Json = nlohmann::ordered_json;

constexpr size_t kMaxLayers = 125;              // Docker's limit on overlay mounts
constexpr size_t kMaxSize = 4UL * 1024 * 1024;  // registries and containerd read no more

void put(Json& object, const char* key, const std::string& value) {
  if (value.empty()) return;
  require_text(value, key);
  object[key] = value;
}

void put(Json& object, const char* key, const std::vector<std::string>& values) {
  if (values.empty()) return;
  for (const std::string& value : values) require_text(value, key);
  object[key] = values;
}

// emplace_back and not operator[], which would look at all earlier keys again: 65,535 ports are
// one option of the command line.
void put(Json& object, const char* key, const std::set<std::string>& names) {
  if (names.empty()) return;
  Json::object_t set;
  for (const std::string& name : names) {
    require_text(name, key);
    set.emplace_back(name, Json::object());
  }
  object[key] = std::move(set);
}

void put(Json& object, const char* key, const std::map<std::string, std::string>& values) {
  if (values.empty()) return;
  Json::object_t map;
  for (const auto& [name, value] : values) {
    require_text(name, key);
    require_text(value, key);
    map.emplace_back(name, value);
  }
  object[key] = std::move(map);
}

Json execution_json(const ImageConfig& config) {
  Json out = Json::object();
  put(out, "User", config.user);
  put(out, "ExposedPorts", config.exposed_ports);
  put(out, "Env", config.env);
  put(out, "Entrypoint", config.entrypoint);
  put(out, "Cmd", config.cmd);
  put(out, "Volumes", config.volumes);
  put(out, "WorkingDir", config.working_dir);
  put(out, "Labels", config.labels);
  put(out, "StopSignal", config.stop_signal);
  for (const auto& [name, json] : config.other) out[name] = Json::parse(json);
  return out;
}

Json rootfs_json(const std::vector<Digest>& diff_ids) {
  Json digests = Json::array();
  for (const Digest& diff_id : diff_ids) digests.push_back(diff_id.str());
  return {{"type", "layers"}, {"diff_ids", std::move(digests)}};
}

Json history_json(const std::vector<History>& history) {
  Json out = Json::array();
  for (const History& entry : history) {
    Json item = Json::object();
    put(item, "created", entry.created);
    put(item, "created_by", entry.created_by);
    put(item, "author", entry.author);
    put(item, "comment", entry.comment);
    if (entry.empty_layer) item["empty_layer"] = true;
    out.push_back(std::move(item));
  }
  return out;
}

void check_layers(const ImageConfig& config) {
  const size_t layers = config.diff_ids.size();
  if (layers > kMaxLayers)
    throw Error("the image has " + std::to_string(layers) +
                " layers, and engines take at most 125; pack onto a base with fewer");
  const auto makes_layer = [](const History& entry) { return !entry.empty_layer; };
  if (std::cmp_greater(std::count_if(config.history.begin(), config.history.end(), makes_layer),
                       layers))
    throw Error("the image's history names more layers than its " + std::to_string(layers) +
                "; Docker would not load it");
}

}  // namespace

std::string to_json(const ImageConfig& config) {
  check_layers(config);
  Json out;
  put(out, "created", config.created);
  put(out, "author", config.author);
  out["architecture"] = config.platform.architecture;
  out["os"] = config.platform.os;
  put(out, "variant", config.platform.variant);
  out["config"] = execution_json(config);
  out["rootfs"] = rootfs_json(config.diff_ids);
  if (!config.history.empty()) out["history"] = history_json(config.history);
  std::string text = out.dump();
  if (text.size() > kMaxSize)
    throw UsageError("the image's config has " + std::to_string(text.size()) +
                     " bytes, and engines and registries take at most 4 MiB; give fewer or shorter "
                     "labels, variables or arguments");
  return text;
}

}  // namespace pack
