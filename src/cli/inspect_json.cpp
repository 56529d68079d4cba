#include <nlohmann/json.hpp>

#include "cli/inspect_report.h"
#include "cli/report_text.h"
#include "cli/tree_names.h"

namespace pack {

namespace {

using Json = nlohmann::ordered_json;

Json layers_json(const StoredImage& image) {
  Json out = Json::array();
  for (size_t i = 0; i < image.manifest.layers.size(); ++i) {
    const Descriptor& layer = image.manifest.layers[i];
    Json item = {
        {"digest", layer.digest.str()}, {"size", layer.size}, {"media_type", layer.media_type}};
    if (i < image.config.diff_ids.size()) item["diff_id"] = image.config.diff_ids[i].str();
    if (const History* maker = history_of(image.config, i)) item["created_by"] = maker->created_by;
    out.push_back(std::move(item));
  }
  return out;
}

const char* name_of(FileKind kind) {
  switch (kind) {
    case FileKind::regular:
      return "file";
    case FileKind::directory:
      return "directory";
    case FileKind::symlink:
      return "symlink";
    case FileKind::fifo:
      return "fifo";
    case FileKind::socket:
      return "socket";
    case FileKind::character_device:
      return "character device";
    case FileKind::block_device:
      return "block device";
  }
  return "";
}

Json json_of(const ImageFile& file) {
  Json out = {{"path", file.path.str()},
              {"type", name_of(file.status.kind)},
              {"mode", describe_mode(file.status.kind, file.status.mode)},
              {"uid", file.uid},
              {"gid", file.gid}};
  if (file.status.kind == FileKind::regular) out["size"] = file.status.size;
  if (file.status.kind == FileKind::symlink) out["target"] = file.link_target;
  out["layer"] = file.layer;
  return out;
}

/// The names that each library was asked for by, from the program to the path.
Json chains_json(const ImageStart& start, const PathReasons& reasons) {
  std::vector<ImagePath> paths = {reasons.file.path};
  paths.insert(paths.end(), reasons.trail.rbegin(), reasons.trail.rend());
  Json out = Json::array();
  for (const ImagePath& path : paths) {
    for (const Process& process : start.closure.processes)
      for (const NamedChains::End& end : chains_to(process, path.str()).ends)
        for (const Chain& chain : end.chains) {
          Json names = {process.objects.front().route};
          for (const size_t edge : chain) names.push_back(process.edges[edge].name);
          out.push_back(std::move(names));
        }
    if (!out.empty()) break;
  }
  return out;
}

Json why_json(const Inspection& inspection, const std::string& path) {
  const PathReasons reasons = reasons_for(inspection, path);
  Json out = json_of(reasons.file);
  if (const History* maker = history_of(inspection.image.config, reasons.file.layer))
    out["created_by"] = maker->created_by;
  out["roles"] = reasons.roles;
  out["chains"] = chains_json(inspection.start, reasons);
  if (!inspection.start.failure.empty()) out["failure"] = inspection.start.failure;
  return out;
}

}  // namespace

std::string inspect_json(const Inspection& inspection, const std::string& why) {
  const StoredImage& image = inspection.image;
  Json out;
  out["source"] = image.origin;
  out["references"] = Json::array();
  for (const Reference& reference : image.references) out["references"].push_back(reference.full());
  out["digest"] = image.document.descriptor.digest.str();
  out["platform"] = image.config.platform.str();
  if (inspection.platforms.size() > 1) out["index"] = inspection.top.descriptor.digest.str();
  out["platforms"] = Json::array();
  for (const OfferedPlatform& it : inspection.platforms)
    out["platforms"].push_back(
        {{"platform", it.platform.str()}, {"digest", it.manifest.digest.str()}});
  uint64_t size = image.manifest.config.size;
  for (const Descriptor& layer : image.manifest.layers) size += layer.size;
  out["size"] = size;
  out["layers"] = layers_json(image);
  out["config"] = Json::parse(image.config_text);
  out["manifest"] = Json::parse(image.document.text);
  out["notes"] = inspection.notes;
  if (!why.empty()) {
    out["why"] = why_json(inspection, why);
  } else if (inspection.tree) {
    out["files"] = Json::array();
    for (const ImageFile& file : list_files(*inspection.tree))
      out["files"].push_back(json_of(file));
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace pack
