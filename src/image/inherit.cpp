#include "image/inherit.h"

#include <algorithm>

#include "image/config_fields.h"

namespace pack {

namespace {

/// What `own` sets, goes before.
void override_by(std::string& base, const std::string& own) {
  if (!own.empty()) base = own;
}

/// Readers count history and layers from the lowest on: where the base's history tells of fewer
/// layers than there are, what comes next would be told of one of them.
void complete_history(ImageConfig& base) {
  const auto told = std::count_if(base.history.begin(), base.history.end(),
                                  [](const History& entry) { return !entry.empty_layer; });
  for (auto i = static_cast<size_t>(told); i < base.diff_ids.size(); ++i)
    base.history.push_back({.comment = "a layer of the base image"});
}

}  // namespace

ImageConfig inherit_config(const ImageConfig& base, const ImageConfig& own) {
  ImageConfig out = base;
  out.created = own.created;
  out.author = own.author;
  if (!own.platform.architecture.empty()) out.platform = own.platform;
  override_by(out.user, own.user);
  override_by(out.working_dir, own.working_dir);
  override_by(out.stop_signal, own.stop_signal);
  for (const std::string& variable : own.env) set_env(out.env, variable);
  if (!own.entrypoint.empty()) {
    // The base's Cmd was made for its own Entrypoint.
    out.entrypoint = own.entrypoint;
    out.cmd.clear();
  }
  if (!own.cmd.empty()) out.cmd = own.cmd;
  out.exposed_ports.insert(own.exposed_ports.begin(), own.exposed_ports.end());
  out.volumes.insert(own.volumes.begin(), own.volumes.end());
  for (const auto& [key, value] : own.labels) out.labels.insert_or_assign(key, value);
  complete_history(out);
  out.history.insert(out.history.end(), own.history.begin(), own.history.end());
  return out;
}

}  // namespace pack
