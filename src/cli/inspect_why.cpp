#include "base/error.h"
#include "cli/inspect_report.h"
#include "cli/report_text.h"
#include "cli/tree_chains.h"
#include "trees.h"

namespace pack {

namespace {

/// The processes that start the image, as `pack tree` has them.
Trees trees_of(const ImageStart& start) {
  Trees trees;
  for (const Process& process : start.closure.processes)
    trees.processes.push_back(
        {.process = process, .missing_versions = {}, .undefined_symbols = {}});
  return trees;
}

/// By the path itself; else, for a symlink, by what it leads to.
std::string chains_to_path(const Trees& trees, const PathReasons& reasons, const Paint& paint) {
  std::string chains = tree_chains(trees, reasons.file.path.str(), paint);
  for (size_t i = reasons.trail.size(); chains.empty() && i > 0; --i)
    chains = tree_chains(trees, reasons.trail[i - 1].str(), paint);
  return chains;
}

std::string origin_of(const Inspection& inspection, const ImageFile& file) {
  const StoredImage& image = inspection.image;
  std::string out = "  " + describe_mode(file.status.kind, file.status.mode);
  if (file.status.kind == FileKind::regular) out += ", " + describe_size(file.status.size);
  out += ", from layer " + std::to_string(file.layer + 1) + " of " +
         std::to_string(image.layers.size());
  if (file.layer < image.manifest.layers.size())
    out += " (" + image.manifest.layers[file.layer].digest.str() + ")";
  const History* maker = history_of(image.config, file.layer);
  if (maker && !maker->created_by.empty()) out += ", made by " + quoted(maker->created_by);
  return out + '\n';
}

}  // namespace

std::string inspect_why(const Inspection& inspection, const std::string& path, const Paint& paint) {
  const PathReasons reasons = reasons_for(inspection, path);
  const ImageStart& start = inspection.start;
  std::string out = paint.strong(quoted(reasons.file.path.str()));
  for (const ImagePath& step : reasons.trail)
    if (step != reasons.file.path) out += " -> " + quoted(step.str());
  out += '\n' + origin_of(inspection, reasons.file);
  for (const std::string& role : reasons.roles) out += "  " + role + '\n';
  const std::string chains = chains_to_path(trees_of(start), reasons, paint);
  if (!chains.empty()) return out + chains;
  if (!start.failure.empty())
    return out + "  what starts the image cannot be told: " + start.failure + '\n';
  if (reasons.roles.empty())
    out += start.words.empty() ? "  the image starts nothing by itself\n"
                               : "  nothing that starts the image needs it\n";
  return out;
}

}  // namespace pack
