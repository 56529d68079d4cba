// A layout's index.json may come from any tool, or from an enemy, and pack gives back what it does
// not know. So it is edited as JSON and not as an Index, and it is refused, before anything is
// built from it, when two readers could see different things in it or reading it would cost much
// (see untrusted_json.cpp). `layers` or `config` beside `manifests` make it an index to one reader
// and an image to another (CVE-2021-41190).

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "image/manifest.h"
#include "image/untrusted_json.h"

namespace pack {

namespace {

// pack::quoted is written out here, for std::quoted would fit a std::string better.
using Json = nlohmann::ordered_json;

// Finding a member takes a walk over all of an object's.
constexpr JsonLimits kLimits{.members = 1000};

[[noreturn]] void refuse(const std::string& why) {
  throw Error("index.json is no usable image index: " + why + "; write to another folder");
}

Json parse(std::string_view text) {
  const std::string fault = json_fault(text, kLimits);
  if (!fault.empty()) refuse(fault);
  return Json::parse(text);
}

/// A string member, or empty text.
std::string text_member(const Json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string ref_name(const Json& entry) {
  const auto annotations = entry.find("annotations");
  if (annotations == entry.end() || !annotations->is_object()) return "";
  return text_member(*annotations, kRefNameAnnotation);
}

void check_index(const Json& index) {
  if (!index.is_object() || index.value("schemaVersion", Json()) != 2)
    refuse("it is no object with schemaVersion 2");
  const std::string media_type =
      index.contains("mediaType") ? text_member(index, "mediaType") : std::string(kOciIndex);
  if (media_type != kOciIndex) refuse("its mediaType is " + pack::quoted(media_type));
  if (index.contains("layers") || index.contains("config"))
    refuse("it has the members of an image");
  const auto manifests = index.find("manifests");
  if (manifests == index.end() || manifests->is_null()) return;
  const auto is_entry = [](const Json& entry) { return entry.is_object(); };
  if (!manifests->is_array() || !std::all_of(manifests->begin(), manifests->end(), is_entry))
    refuse("its manifests are no list of descriptors");
}

}  // namespace

std::string add_to_index(std::string_view existing_json, const Descriptor& entry) {
  Json index = parse(existing_json);
  check_index(index);
  Json added = Json::parse(to_json(entry));
  const std::string name = ref_name(added);
  const auto is_replaced = [&](const Json& old) {
    return ref_name(old) == name &&
           (!name.empty() || text_member(old, "digest") == entry.digest.str());
  };

  Json manifests = Json::array();
  bool is_placed = false;
  // A tool that has written no entry yet may have left `manifests` out or null; both hold nothing.
  for (Json& old : index["manifests"]) {
    if (!is_replaced(old)) {
      manifests.push_back(std::move(old));
    } else if (!std::exchange(is_placed, true)) {
      manifests.push_back(added);
    }
  }
  if (!is_placed) manifests.push_back(std::move(added));
  index["manifests"] = std::move(manifests);
  return index.dump();
}

}  // namespace pack
