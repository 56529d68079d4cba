#include "cli/copy_options.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/colour.h"
#include "cli/progress.h"
#include "image/config_fields.h"

namespace pack {

namespace {

/// Several times, with one value each time.
void add_repeatable(CLI::App& app, const char* names, std::vector<std::string>& values,
                    const char* help, const char* form, const char* group) {
  app.add_option(names, values, help)->type_name(form)->allow_extra_args(false)->group(group);
}

/// The names of the copy, where the destination has room for them.
std::vector<Reference> resolve_names(const CopyOptions& options,
                                     const DestinationSpec& destination) {
  std::vector<Reference> names;
  for (const std::string& tag : options.tags) names.push_back(parse_reference(tag));
  if (!names.empty() && (destination.reference || !destination.tag.empty()))
    throw UsageError(quoted(destination.str()) +
                     " says the image's name already: leave -t out, or the name there");
  return names;
}

}  // namespace

void add_copy_options(CLI::App& app, CopyOptions& options) {
  app.add_option("IMAGE", options.images, "where images are, and last where they go (see above)")
      ->type_name(" ");
  constexpr const char* kImage = "Image";
  add_repeatable(app, "-t,--tag", options.tags, "another name for the copy (repeatable)",
                 "NAME[:TAG]", kImage);
  app.add_flag("--all", options.all, "every platform of an index, not this machine's alone")
      ->group(kImage);
  app.add_option("--platform", options.platform, "which one of an index")
      ->type_name("OS/ARCH[/VARIANT]")
      ->group(kImage);
  app.add_option("--compress", options.compression,
                 "of the layers: none, gzip or zstd [as they are]")
      ->type_name("KIND[:LEVEL]")
      ->group(kImage);
  add_repeatable(app, "--annotation", options.annotations,
                 "add an annotation to manifest and index (repeatable)", "K=V", kImage);
  add_access_options(app, options.access);
  constexpr const char* kOutput = "Output";
  app.add_flag("--json", options.json, "the result as one JSON object")->group(kOutput);
  app.add_flag("-q,--quiet", options.quiet, "print the digest alone, no notes")->group(kOutput);
  add_colour_option(app, options.colour, kOutput);
  add_progress_option(app, options.progress, kOutput);
}

CopyRequest resolve_copy_request(const CopyOptions& options, const Surroundings& surroundings,
                                 Progress* progress) {
  if (options.images.size() < 2)
    throw UsageError(
        "a copy needs an image and a destination: pack copy IMAGE... DEST "
        "(see pack copy --help)");
  if (options.quiet && options.json)
    throw UsageError("--quiet leaves nothing for --json to say: use one of them");
  CopyRequest request;
  request.destination = parse_destination(options.images.back());
  for (size_t i = 0; i + 1 < options.images.size(); ++i)
    request.sources.push_back(parse_source(options.images[i]));
  request.references = resolve_names(options, request.destination);
  if (options.all) request.choice = PlatformChoice::all;
  if (!options.platform.empty()) request.platform = parse_platform(options.platform);
  if (!options.compression.empty()) request.compression = parse_compression(options.compression);
  for (const std::string& text : options.annotations) {
    auto [key, value] = parse_label(text);
    request.annotations.insert_or_assign(std::move(key), std::move(value));
  }
  request.access = resolve_access(options.access, surroundings, progress);
  return request;
}

}  // namespace pack
