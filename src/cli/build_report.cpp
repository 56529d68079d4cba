#include "cli/build_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/receipt_report.h"
#include "cli/report_text.h"
#include "cli/symbol_report.h"

namespace pack {

namespace {

using Json = nlohmann::ordered_json;

/// Paths need not be UTF-8; JSON must be.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

const char* name_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::directory:
      return "directory";
    case EntryKind::file:
      return "file";
    case EntryKind::symlink:
      return "symlink";
  }
  return "";
}

std::vector<std::string> names_of(const std::vector<Reference>& references) {
  std::vector<std::string> names;
  names.reserve(references.size());
  for (const Reference& reference : references) names.push_back(reference.familiar());
  return names;
}

/// Without a tag, those that the destinations have in them.
std::vector<std::string> names_of(const BuildPlan& plan, const std::vector<Receipt>& receipts) {
  std::vector<Reference> references = plan.draft.references;
  if (references.empty())
    for (const Receipt& receipt : receipts)
      if (receipt.destination.reference) references.push_back(*receipt.destination.reference);
  return names_of(references);
}

const Digest* first_manifest(const std::vector<Receipt>& receipts) {
  for (const Receipt& receipt : receipts)
    if (receipt.manifest) return &*receipt.manifest;
  return nullptr;
}

size_t count_files(const Rootfs& rootfs) {
  return static_cast<size_t>(
      std::count_if(rootfs.entries.begin(), rootfs.entries.end(),
                    [](const auto& entry) { return entry.second.kind == EntryKind::file; }));
}

/// What result and plan have in common.
Json json_of(const BuildPlan& plan) {
  Json json;
  json["references"] = Json::array();
  for (const Reference& reference : plan.draft.references)
    json["references"].push_back(reference.full());
  json["platform"] = plan.draft.config.platform.str();
  json["entrypoint"] = plan.draft.config.entrypoint;
  json["cmd"] = plan.draft.config.cmd;
  json["files"] = count_files(plan.rootfs);
  json["size"] = plan.draft.layer_size;
  if (plan.base) {
    json["base"] = {{"image", plan.base->image.origin},
                    {"digest", plan.base->image.document.descriptor.digest.str()},
                    {"layers", plan.base->image.layers.size()},
                    {"files_used", plan.rootfs.in_base.size()}};
  }
  json["notes"] = plan_notes(plan);
  return json;
}

Json json_of(const ImagePath& path, const Entry& entry) {
  Json json;
  json["path"] = path.str();
  json["type"] = name_of(entry.kind);
  json["mode"] = describe_mode(entry);
  json["uid"] = entry.uid;
  json["gid"] = entry.gid;
  if (entry.kind == EntryKind::file) json["size"] = entry.size();
  if (entry.kind == EntryKind::symlink) json["target"] = entry.target;
  if (entry.source) json["source"] = entry.source->str();
  json["reason"] = describe(entry.reason);
  return json;
}

/// What of the base takes the place of files of its own.
std::string base_clause(const BuildPlan& plan) {
  if (!plan.base) return "";
  const size_t used = plan.rootfs.in_base.size();
  return " over " + quoted(plan.base->image.origin) + " (" + std::to_string(used) +
         (used == 1 ? " file" : " files") + " used from there)";
}

std::string headline(const BuildPlan& plan, const std::vector<std::string>& names) {
  const size_t files = count_files(plan.rootfs);
  std::string out;
  for (const std::string& name : names) out += name + ' ';
  return out + "(" + plan.draft.config.platform.str() + "): " + std::to_string(files) +
         (files == 1 ? " file, " : " files, ") + describe_size(plan.draft.layer_size) +
         base_clause(plan) + '\n';
}

}  // namespace

std::string build_report(const BuildPlan& plan, const BuildResult& result) {
  std::string out = headline(plan, names_of(plan, result.receipts));
  out += build_digest(result);
  for (const Receipt& receipt : result.receipts)
    out += receipt_line(receipt, {.references = plan.draft.references,
                                  .program = plan.draft.config.entrypoint.front(),
                                  .family = plan.draft.family});
  return out;
}

std::string build_digest(const BuildResult& result) {
  const Digest* digest = first_manifest(result.receipts);
  return digest ? digest->str() + '\n' : "";
}

std::string build_report_json(const BuildPlan& plan, const BuildResult& result) {
  Json json = json_of(plan);
  if (const Digest* digest = first_manifest(result.receipts)) json["digest"] = digest->str();
  json["config_digest"] = sha256(to_json(result.image.config)).str();
  json["diff_id"] = result.image.layer.diff_id.str();
  json["destinations"] = Json::array();
  for (const Receipt& receipt : result.receipts)
    json["destinations"].push_back(Json::parse(receipt_json(receipt)));
  return text_of(json);
}

std::string plan_report(const BuildPlan& plan) {
  std::string out;
  for (const auto& [path, entry] : plan.rootfs.entries) {
    std::string size = entry.kind == EntryKind::file ? std::to_string(entry.size()) : "-";
    size.insert(0, size.size() < 10 ? 10 - size.size() : 0, ' ');
    out += describe_mode(entry) + ' ' + std::to_string(entry.uid) + ':' +
           std::to_string(entry.gid) + ' ' + size + ' ' + quoted(path.str());
    if (entry.kind == EntryKind::symlink) out += " -> " + quoted(entry.target);
    out += "  # " + describe(entry.reason) + '\n';
  }
  for (const auto& [path, reason] : plan.rootfs.in_base)
    out += "(in the base image)   " + quoted(path.str()) + "  # " + describe(reason) + '\n';
  return out + headline(plan, names_of(plan.draft.references));
}

std::string plan_report_json(const BuildPlan& plan) {
  Json json = json_of(plan);
  json["entries"] = Json::array();
  for (const auto& [path, entry] : plan.rootfs.entries)
    json["entries"].push_back(json_of(path, entry));
  for (const auto& [path, reason] : plan.rootfs.in_base)
    json["in_base"].push_back({{"path", path.str()}, {"reason", describe(reason)}});
  return text_of(json);
}

std::vector<std::string> plan_notes(const BuildPlan& plan) {
  std::vector<std::string> notes = plan.notes;
  for (const auto& [path, reason] : plan.rootfs.left_out)
    notes.push_back("left out: " + quoted(path.str()) + " (" + describe(reason) + ")");
  for (const Unresolved& missing : plan.missing)
    notes.push_back("missing: " + quoted(missing.name) + ", needed by " +
                    quoted(missing.needed_by));
  for (std::string& note : fault_notes(plan.symbol_faults)) notes.push_back(std::move(note));
  return notes;
}

}  // namespace pack
