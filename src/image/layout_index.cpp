// A layout's index.json may come from any tool, or from an enemy, and pack gives back what it does
// not know. So it is edited as JSON and not as an Index, and it is refused, before anything is
// built from it, when two readers could see different things in it or reading it would cost much:
//
//   - too large, nested too deeply (writing it recurses), too many members in one object (finding
//     one takes a walk over all);
//   - a member twice, of which one reader takes the first and another the last; at the top also
//     in another case, for Go ignores case there ("Manifests" is `manifests` to Docker);
//   - `layers` or `config` beside `manifests`: an index to one reader, an image to another
//     (CVE-2021-41190).

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/error.h"
#include "image/manifest.h"

namespace pack {

namespace {

// pack::quoted is written out here, for std::quoted would fit a std::string better.
using Json = nlohmann::ordered_json;

constexpr size_t kMaxSize = 4UL * 1024 * 1024;
constexpr int kMaxDepth = 32;
constexpr size_t kMaxMembers = 1000;

[[noreturn]] void refuse(const std::string& why) {
  throw Error("index.json is no usable image index: " + why + "; write to another folder");
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// Watches the parser, and stops it.
class ParseLimits {
 public:
  bool operator()(int depth, Json::parse_event_t event, const Json& value) {
    if (depth > kMaxDepth) refuse("it is nested too deeply");
    if (event == Json::parse_event_t::object_start) objects_.emplace_back();
    if (event == Json::parse_event_t::object_end) objects_.pop_back();
    if (event == Json::parse_event_t::key) add_key(value.get<std::string>());
    return true;
  }

 private:
  void add_key(const std::string& key) {
    std::set<std::string>& keys = objects_.back();
    if (!keys.insert(objects_.size() == 1 ? lower(key) : key).second)
      refuse("the member " + pack::quoted(key) + " stands twice in one object");
    if (keys.size() > kMaxMembers) refuse("an object has more than 1000 members");
  }

  std::vector<std::set<std::string>> objects_;  ///< the keys of each object that is open
};

Json parse(std::string_view text) {
  if (text.size() > kMaxSize) refuse("it is larger than 4 MiB");
  ParseLimits limits;
  try {
    return Json::parse(text, std::ref(limits));
  } catch (const Json::parse_error& error) {
    refuse("it is not JSON at byte " + std::to_string(error.byte));
  } catch (const Json::out_of_range&) {
    refuse("it holds a number that is too large");
  }
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
