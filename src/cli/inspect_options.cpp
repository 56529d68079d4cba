#include "cli/inspect_options.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/colour.h"
#include "cli/progress.h"

namespace pack {

void add_inspect_options(CLI::App& app, InspectOptions& options) {
  app.add_option("IMAGE", options.image, "where it is, as below")->type_name(" ");
  constexpr const char* kView = "View";
  app.add_flag("--files", options.files, "every path: mode, owner, size, layer")->group(kView);
  app.add_option("--why", options.why, "what needs this path, and which layer brought it")
      ->type_name("PATH")
      ->group(kView);
  app.add_flag("--config", options.config, "the config, byte for byte")->group(kView);
  app.add_flag("--manifest", options.manifest,
               "the manifest (without --platform: the index, if any), byte for byte")
      ->group(kView);
  app.add_flag("--json", options.json, "everything as one JSON object; with --files or --why, too")
      ->group(kView);
  add_colour_option(app, options.colour, kView);
  add_progress_option(app, options.progress, kView);
  app.add_option("--platform", options.platform, "which one of an index [this machine's]")
      ->type_name("OS/ARCH[/VARIANT]")
      ->group("Image");
  add_access_options(app, options.access);
}

InspectRequest resolve_inspect_request(const InspectOptions& options,
                                       const Surroundings& surroundings, Progress* progress) {
  if (options.image.empty())
    throw UsageError("no image is named: pack inspect IMAGE (see pack inspect --help)");
  if (options.config + options.manifest + options.files + !options.why.empty() > 1)
    throw UsageError(
        "--files, --why, --config and --manifest are different views: use one of them");
  if (options.json && (options.config || options.manifest))
    throw UsageError("--config and --manifest print what is stored, and --json has both: use one");
  InspectRequest request{.source = parse_source(options.image),
                         .platform = std::nullopt,
                         .depth = InspectDepth::documents,
                         .access = resolve_access(options.access, surroundings, progress)};
  if (!options.platform.empty()) request.platform = parse_platform(options.platform);
  if (options.files) request.depth = InspectDepth::files;
  if (!options.why.empty()) request.depth = InspectDepth::start;
  return request;
}

}  // namespace pack
