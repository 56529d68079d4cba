#include "cli/tree_json.h"

#include <nlohmann/json.hpp>

#include "cli/tree_names.h"

namespace pack {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<Searched>& places) {
  Json json = Json::array();
  for (const Searched& place : places) {
    Json it = {{"path", place.path}, {"rule", describe(place.rule)}, {"why", place.verdict}};
    if (!place.owner.empty()) it["owner"] = place.owner;
    json.push_back(std::move(it));
  }
  return json;
}

Json json_of(const LoadedObject& object) {
  Json json = {{"path", object.route}, {"real", object.walk->real.str()}};
  if (object.facts->soname) json["soname"] = *object.facts->soname;
  json["machine"] = describe(object.facts->machine);
  json["size"] = object.walk->status.size;
  if (!object.hwcaps_level.empty()) json["hwcaps"] = object.hwcaps_level;
  return json;
}

/// Objects stand for themselves by their path.
Json json_of(const Process& process, const Edge& edge) {
  Json json = {{"from", process.objects[edge.from].route},
               {"to", process.objects[edge.to].route},
               {"name", edge.name},
               {"rule", describe(edge.rule)}};
  if (!edge.route.empty()) json["route"] = edge.route;
  if (!edge.searched.empty()) json["searched"] = json_of(edge.searched);
  return json;
}

Json json_of(const Unresolved& missing) {
  Json json = {{"name", missing.name}, {"needed_by", missing.needed_by}};
  if (!missing.broken.empty()) json["broken"] = missing.broken;
  json["searched"] = json_of(missing.searched);
  return json;
}

Json json_of(const MissingVersion& missing) {
  return {{"version", missing.version}, {"file", missing.file}, {"needed_by", missing.needed_by}};
}

Json json_of(const UndefinedSymbol& missing) {
  Json json = {{"name", missing.name}, {"needed_by", missing.needed_by}};
  if (!missing.version.empty()) json["version"] = missing.version;
  return json;
}

template <typename Values>
Json array_of(const Values& values) {
  Json json = Json::array();
  for (const auto& value : values) json.push_back(json_of(value));
  return json;
}

Json json_of(const Process& process, const NamedChains& found) {
  Json json = Json::array();
  const auto add = [&](const Chain& chain, const std::string& missing) {
    Json names = {process.objects.front().route};
    for (const size_t i : chain) names.push_back(process.edges[i].name);
    if (!missing.empty()) names.push_back(missing);
    json.push_back(std::move(names));
  };
  for (const NamedChains::End& end : found.ends) {
    if (end.chains.empty()) add({}, end.missing);
    for (const Chain& chain : end.chains) add(chain, end.missing);
  }
  return json;
}

Json json_of(const TreeProcess& tree, std::string_view why) {
  const Process& process = tree.process;
  Json json;
  json["program"] = process.objects.front().route;
  if (process.interpreter) json["interpreter"] = process.objects[*process.interpreter].route;
  json["objects"] = array_of(process.objects);
  json["edges"] = Json::array();
  for (const Edge& edge : process.edges) json["edges"].push_back(json_of(process, edge));
  json["unresolved"] = array_of(process.unresolved);
  json["missing_versions"] = array_of(tree.missing_versions);
  json["undefined_symbols"] = array_of(tree.undefined_symbols);
  if (!why.empty()) {
    const NamedChains found = chains_to(process, why);
    json["chains"] = json_of(process, found);
    json["chains_complete"] = found.complete;
  }
  return json;
}

}  // namespace

std::string tree_json(const Trees& trees, std::string_view why) {
  Json json;
  json["programs"] = Json::array();
  for (const TreeProcess& tree : trees.processes)
    if (!tree.process.objects.empty()) json["programs"].push_back(json_of(tree, why));
  json["scripts"] = Json::array();
  json["errors"] = Json::array();
  for (const TreeArgument& argument : trees.arguments) {
    for (const ScriptUse& use : argument.scripts)
      json["scripts"].push_back(
          {{"script", use.script}, {"line", use.line}, {"program", use.program}});
    if (!argument.error.empty())
      json["errors"].push_back({{"program", argument.name}, {"error", argument.error}});
    for (const Unresolved& missing : argument.missing)
      json["errors"].push_back(
          {{"program", argument.name},
           {"error", missing.needed_by + " runs " + missing.name + ", which is not there"}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace pack
