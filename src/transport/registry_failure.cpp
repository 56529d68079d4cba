#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "image/untrusted_json.h"
#include "transport/registry_session.h"

namespace pack {

namespace {

using Json = nlohmann::json;

// What a registry says may be a whole page.
constexpr size_t kMaxMessage = 200;
constexpr size_t kMaxCode = 40;

constexpr std::pair<int, std::string_view> kReasons[] = {{301, "Moved Permanently"},
                                                         {302, "Found"},
                                                         {303, "See Other"},
                                                         {307, "Temporary Redirect"},
                                                         {308, "Permanent Redirect"},
                                                         {400, "Bad Request"},
                                                         {401, "Unauthorized"},
                                                         {403, "Forbidden"},
                                                         {404, "Not Found"},
                                                         {405, "Method Not Allowed"},
                                                         {407, "Proxy Authentication Required"},
                                                         {408, "Request Timeout"},
                                                         {409, "Conflict"},
                                                         {411, "Length Required"},
                                                         {413, "Content Too Large"},
                                                         {415, "Unsupported Media Type"},
                                                         {416, "Range Not Satisfiable"},
                                                         {429, "Too Many Requests"},
                                                         {500, "Internal Server Error"},
                                                         {501, "Not Implemented"},
                                                         {502, "Bad Gateway"},
                                                         {503, "Service Unavailable"},
                                                         {504, "Gateway Timeout"},
                                                         {507, "Insufficient Storage"}};

std::string reason(int status) {
  for (const auto& [number, text] : kReasons)
    if (number == status) return " " + std::string(text);
  return "";
}

std::string shortened(std::string text, size_t limit) {
  if (text.size() > limit) text = text.substr(0, limit) + "...";
  return text;
}

/// The first of the texts that `object` has under one of `names`.
std::string text_of(const Json& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (found != object.end() && found->is_string() && !found->get<std::string>().empty())
      return found->get<std::string>();
  }
  return "";
}

}  // namespace

std::string describe_failure(const HttpResponse& response) {
  std::string out = std::to_string(response.status) + reason(response.status);
  // A page for browsers says nothing in one line.
  if (!json_fault(response.body).empty()) return out;
  const Json json = Json::parse(response.body);
  const auto errors = json.find("errors");
  const bool listed = errors != json.end() && errors->is_array() && !errors->empty();
  const Json& error = listed ? errors->front() : json;
  const std::string code = shortened(text_of(error, {"code"}), kMaxCode);
  // "details" is what Docker Hub's token server has, "error_description" RFC 6749.
  const std::string message =
      shortened(text_of(error, {"message", "error_description", "details", "error"}), kMaxMessage);
  if (!code.empty()) out += ", " + quoted(code);
  if (!message.empty()) {
    // A plain sentence is shown without quotes; quoted() sets them where something was escaped.
    const std::string shown = quoted(message);
    out += ": " + (shown == "\"" + message + "\"" ? message : shown);
  }
  return out;
}

}  // namespace pack
