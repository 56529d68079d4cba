#include "cli/verify_report.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/report_text.h"

namespace pack {

namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Finding& finding) {
  return "  " + (finding.where.empty() ? "" : finding.where + ": ") + finding.what + '\n';
}

std::string verdict(size_t findings) {
  if (findings == 0) return "sound";
  return std::to_string(findings) + (findings == 1 ? " finding" : " findings");
}

std::string image_text(const std::string& typed, const VerifiedImage& image, VerifyDetail detail) {
  if (detail == VerifyDetail::findings && image.findings.empty()) return {};
  std::string out = quoted(typed);
  if (!image.names.empty()) out += " " + quoted(image.names.front());
  if (image.platform) out += " " + image.platform->str();
  out += " " + image.manifest.str() + ": " + verdict(image.findings.size());
  out += ", " + std::to_string(image.layers) + (image.layers == 1 ? " layer" : " layers") + ", " +
         describe_size(image.size) + '\n';
  for (const Finding& finding : image.findings) out += line_of(finding);
  if (detail == VerifyDetail::everything)
    for (const std::string& note : image.notes) out += "  note: " + note + '\n';
  return out;
}

Json json_of(const std::vector<Finding>& findings) {
  Json out = Json::array();
  for (const Finding& finding : findings)
    out.push_back({{"where", finding.where}, {"what", finding.what}});
  return out;
}

Json json_of(const VerifiedImage& image) {
  Json out = {{"digest", image.manifest.str()}, {"names", image.names}};
  if (image.platform) out["platform"] = image.platform->str();
  out["layers"] = image.layers;
  out["size"] = image.size;
  out["findings"] = json_of(image.findings);
  out["notes"] = image.notes;
  return out;
}

Json json_of(const Verified& it) {
  Json out = {{"image", it.image}, {"sound", it.error.empty() && it.verification.sound()}};
  if (!it.error.empty()) out["error"] = it.error;
  out["findings"] = json_of(it.verification.findings);
  out["images"] = Json::array();
  for (const VerifiedImage& image : it.verification.images) out["images"].push_back(json_of(image));
  return out;
}

}  // namespace

std::string verify_text(const std::vector<Verified>& all, VerifyDetail detail) {
  std::string out;
  for (const Verified& it : all) {
    const std::vector<Finding>& findings = it.verification.findings;
    if (!findings.empty()) out += quoted(it.image) + ": " + verdict(findings.size()) + '\n';
    for (const Finding& finding : findings) out += line_of(finding);
    for (const VerifiedImage& image : it.verification.images)
      out += image_text(it.image, image, detail);
  }
  return out;
}

std::string verify_json(const std::vector<Verified>& all) {
  Json out;
  out["images"] = Json::array();
  for (const Verified& it : all) out["images"].push_back(json_of(it));
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace pack
