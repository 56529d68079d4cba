#include "transport/secrets.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "image/untrusted_json.h"
#include "transport/url.h"

namespace pack {

namespace {

using Json = nlohmann::json;

constexpr size_t kShortest = 4;

std::string without_quotes(std::string text) {
  const bool has_quotes = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return has_quotes ? text.substr(1, text.size() - 2) : text;
}

void replace_all(std::string& text, const std::string& part) {
  static constexpr std::string_view kMask = "***";
  for (size_t at = 0; (at = text.find(part, at)) != text.npos; at += kMask.size())
    text.replace(at, part.size(), kMask);
}

/// `json` nests no deeper than json_fault() lets it.
template <typename Clean>
void clean_strings(Json& json, const Clean& clean) {
  if (json.is_string()) json = clean(json.get<std::string>());
  if (json.is_structured())
    for (Json& value : json) clean_strings(value, clean);
}

}  // namespace

void Secrets::add(std::string secret) {
  if (secret.size() < kShortest) return;
  const std::string json = Json(secret).dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string forms[] = {url_encode(secret), without_quotes(quoted(secret)),
                               without_quotes(json), std::move(secret)};
  const std::lock_guard lock(mutex_);
  for (const std::string& form : forms)
    if (std::find(forms_.begin(), forms_.end(), form) == forms_.end()) forms_.push_back(form);
  std::stable_sort(forms_.begin(), forms_.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Secrets::without(std::string text) const {
  const std::lock_guard lock(mutex_);
  for (const std::string& form : forms_) replace_all(text, form);
  return text;
}

std::string Secrets::without_in_body(std::string_view body) const {
  if (!json_fault(body).empty()) return without(std::string(body));
  Json json = Json::parse(body);
  clean_strings(json, [this](std::string text) { return without(std::move(text)); });
  return json.dump();
}

}  // namespace pack
