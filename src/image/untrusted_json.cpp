// Image documents may come from any tool, or from an enemy. Each is read through once, before
// anything is built from it, and refused when two readers could see different things in it or
// reading it would cost much:
//
//   - too large, or nested too deeply (writing it recurses); for those who look members up one by
//     one, too many members in one object;
//   - a member twice, of which one reader takes the first and another the last. Go, in which most
//     readers are written, ignores case where a document's members are a struct's ("Manifests" is
//     `manifests` to Docker), and takes two odd letters of Unicode for s and k. In the members that
//     are maps to it (annotations, labels, ...) case counts.

#include "image/untrusted_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/error.h"

namespace pack {

namespace {

using Json = nlohmann::json;

constexpr size_t kMaxDepth = 32;

bool is_map(std::string_view folded_name) {
  static constexpr std::array<std::string_view, 5> kMaps = {"annotations", "labels", "volumes",
                                                            "exposedports", "layersources"};
  return std::find(kMaps.begin(), kMaps.end(), folded_name) != kMaps.end();
}

/// Watches the parser, and stops it; builds nothing.
class Guard : public nlohmann::json_sax<Json> {
 public:
  explicit Guard(const JsonLimits& limits) : limits_(limits) {}

  std::string fault;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_array(size_t) override { return open(CaseOf::folded); }
  bool end_array() override { return close(); }
  bool end_object() override { return close(); }

  bool start_object(size_t) override {
    const bool in_map = !levels_.empty() && is_map(levels_.back().last_key);
    return open(in_map ? CaseOf::kept : CaseOf::folded);
  }

  bool key(string_t& name) override {
    Level& level = levels_.back();
    level.last_key = folded(name);
    if (!level.keys.insert(level.keys_case == CaseOf::kept ? name : level.last_key).second)
      return refuse("the member " + pack::quoted(name) + " stands twice in one object");
    if (level.keys.size() > limits_.members)
      return refuse("an object has more than " + std::to_string(limits_.members) + " members");
    return true;
  }

  bool parse_error(size_t position, const std::string&, const Json::exception& error) override {
    constexpr int kNumberOverflow = 406;
    return refuse(error.id == kNumberOverflow
                      ? "it holds a number that is too large"
                      : "it is not JSON at byte " + std::to_string(position));
  }

 private:
  enum class CaseOf { folded, kept };
  struct Level {
    CaseOf keys_case = CaseOf::folded;
    std::set<std::string> keys = {};
    std::string last_key = {};
  };

  bool open(CaseOf keys_case) {
    levels_.push_back({.keys_case = keys_case});
    return levels_.size() <= kMaxDepth || refuse("it is nested too deeply");
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  bool refuse(std::string why) {
    fault = std::move(why);
    return false;
  }

  const JsonLimits limits_;
  std::vector<Level> levels_;
};

}  // namespace

std::string json_fault(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.size)
    return "it is larger than " + std::to_string(limits.size >> 20) + " MiB";
  Guard guard(limits);
  Json::sax_parse(text, &guard);
  return guard.fault;
}

std::string folded(std::string_view name) {
  static constexpr std::string_view kLongS = "\xc5\xbf", kKelvin = "\xe2\x84\xaa";
  std::string out;
  while (!name.empty()) {
    size_t taken = 1;
    if (name.starts_with(kLongS)) {
      out += 's';
      taken = kLongS.size();
    } else if (name.starts_with(kKelvin)) {
      out += 'k';
      taken = kKelvin.size();
    } else {
      const char c = name.front();
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    name.remove_prefix(taken);
  }
  return out;
}

}  // namespace pack
