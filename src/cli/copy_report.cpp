#include "cli/copy_report.h"

#include <nlohmann/json.hpp>

#include "cli/receipt_report.h"
#include "cli/report_text.h"

namespace pack {

namespace {

using Json = nlohmann::ordered_json;

std::string platform_list(const CopyResult& result) {
  std::string out;
  for (const Platform& platform : result.platforms)
    out += (out.empty() ? "" : ", ") + platform.str();
  return out;
}

}  // namespace

std::string copy_report(const CopyResult& result) {
  std::string out;
  for (const Reference& reference : result.references) out += reference.familiar() + ' ';
  out += "(" + platform_list(result) + "): " + describe_size(result.receipt.size) + '\n';
  return out + copy_digest(result) +
         receipt_line(result.receipt, {.references = result.references,
                                       .program = {},
                                       .family = family_of(result.top.media_type)});
}

std::string copy_digest(const CopyResult& result) {
  return result.receipt.manifest ? result.receipt.manifest->str() + '\n' : "";
}

std::string copy_report_json(const CopyResult& result) {
  Json json;
  json["references"] = Json::array();
  for (const Reference& reference : result.references)
    json["references"].push_back(reference.full());
  json["platforms"] = Json::array();
  for (const Platform& platform : result.platforms) json["platforms"].push_back(platform.str());
  json["media_type"] = result.top.media_type;
  json["digest"] = result.top.digest.str();
  json["destination"] = Json::parse(receipt_json(result.receipt));
  json["notes"] = result.notes;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace pack
