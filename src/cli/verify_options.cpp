#include "cli/verify_options.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/progress.h"

namespace pack {

void add_verify_options(CLI::App& app, VerifyOptions& options) {
  app.add_option("IMAGE", options.images, "where they are, as below")->type_name(" ");
  constexpr const char* kView = "View";
  app.add_flag("--json", options.json, "the findings as one JSON object")->group(kView);
  app.add_flag("-q,--quiet", options.quiet, "only what is wrong")->group(kView);
  add_progress_option(app, options.progress, kView);
  app.add_option("--platform", options.platform, "only this one of an index [all]")
      ->type_name("OS/ARCH[/VARIANT]")
      ->group("Image");
  add_access_options(app, options.access);
}

std::vector<VerifyRequest> resolve_verify_requests(const VerifyOptions& options,
                                                   const Surroundings& surroundings,
                                                   Progress* progress) {
  if (options.images.empty())
    throw UsageError("no image is named: pack verify IMAGE... (see pack verify --help)");
  if (options.json && options.quiet)
    throw UsageError("--quiet leaves nothing for --json to say: use one of them");
  std::optional<Platform> platform;
  if (!options.platform.empty()) platform = parse_platform(options.platform);
  std::vector<VerifyRequest> requests;
  for (const std::string& image : options.images)
    requests.push_back({.source = parse_source(image),
                        .platform = platform,
                        .access = resolve_access(options.access, surroundings, progress)});
  return requests;
}

}  // namespace pack
