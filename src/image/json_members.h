#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "image/untrusted_json.h"

namespace pack {

/// An object of a document that json_fault() finds nothing against, read member by member: null
/// counts as absent, a wrong type is an Error that names the member ("layers[2].size"). A template,
/// so that the JSON library stays in .cpp files.
template <typename Json>
class JsonObject {
 public:
  /// `where` names the object in messages; empty for the whole document.
  JsonObject(const Json& value, std::string where) : value_(value), where_(std::move(where)) {
    if (!value.is_object())
      throw Error((where_.empty() ? std::string("it") : where_) + " is no object");
  }

  std::string place(std::string_view key) const {
    return (where_.empty() ? "" : where_ + ".") + std::string(key);
  }

  /// Null when it is not there. Throws Error when it is there in another case: that is this member
  /// to Go, and none to others.
  const Json* find(std::string_view key) const {
    const auto found = value_.find(std::string(key));
    if (found != value_.end()) return found->is_null() ? nullptr : &*found;
    const std::string wanted = folded(key);
    for (const auto& [name, value] : value_.items())
      if (folded(name) == wanted)
        throw Error(place(key) + " is written " + pack::quoted(std::string_view(name)));
    return nullptr;
  }

  const Json& require(std::string_view key) const {
    const Json* found = find(key);
    if (!found) throw Error(place(key) + " is missing");
    return *found;
  }

  /// Empty when it is not there.
  std::string text(std::string_view key) const {
    const Json* found = find(key);
    return found ? text_of(*found, place(key)) : std::string();
  }

  std::string require_text(std::string_view key) const { return text_of(require(key), place(key)); }

  bool flag(std::string_view key) const {
    const Json* found = find(key);
    if (found && !found->is_boolean()) throw Error(place(key) + " is neither true nor false");
    return found && found->template get<bool>();
  }

  /// A whole number from 0 to 2^63-1.
  std::uint64_t require_size(std::string_view key) const {
    const Json& found = require(key);
    const std::uint64_t size =
        found.is_number_unsigned() ? found.template get<std::uint64_t>() : kTooLarge;
    if (size >= kTooLarge) throw Error(place(key) + " is no size: " + found.dump().substr(0, 40));
    return size;
  }

  Digest require_digest(std::string_view key) const { return digest_of(require(key), place(key)); }

  std::vector<Digest> digests(std::string_view key) const {
    std::vector<Digest> out;
    each(key, [&](const Json& item, const std::string& at) { out.push_back(digest_of(item, at)); });
    return out;
  }

  std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> out;
    each(key, [&](const Json& item, const std::string& at) { out.push_back(text_of(item, at)); });
    return out;
  }

  std::map<std::string, std::string> text_map(std::string_view key) const {
    std::map<std::string, std::string> out;
    const Json* found = find(key);
    if (!found) return out;
    const JsonObject map(*found, place(key));
    for (const auto& [name, value] : found->items())
      out.emplace(name, text_of(value, map.place(pack::quoted(std::string_view(name)))));
    return out;
  }

  /// The items of a list, with their places; none when it is not there.
  template <typename Take>
  void each(std::string_view key, const Take& take) const {
    const Json* found = find(key);
    if (!found) return;
    if (!found->is_array()) throw Error(place(key) + " is no list");
    for (size_t i = 0; i < found->size(); ++i)
      take((*found)[i], place(key) + "[" + std::to_string(i) + "]");
  }

  static std::string text_of(const Json& value, const std::string& at) {
    if (!value.is_string()) throw Error(at + " is no text");
    return value.template get<std::string>();
  }

 private:
  static constexpr std::uint64_t kTooLarge = std::uint64_t{1} << 63;

  static Digest digest_of(const Json& value, const std::string& at) {
    const std::string text = text_of(value, at);
    try {
      return Digest(text);
    } catch (const Error& error) {
      throw Error(at + " is " + error.what());
    }
  }

  const Json& value_;
  std::string where_;
};

/// The document, when json_fault() finds nothing against it. Throws Error.
template <typename Json>
Json checked_json(std::string_view text, const JsonLimits& limits = {}) {
  const std::string fault = json_fault(text, limits);
  if (!fault.empty()) throw Error(fault);
  return Json::parse(text);
}

/// What `read` returns; its errors name the document: "the manifest cannot be used: ...".
template <typename Read>
auto reading(std::string_view document, const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(std::string(document) + " cannot be used: " + error.what());
  }
}

}  // namespace pack
