#include "cli/inspect_command.h"

#include <CLI/CLI.hpp>

#include "cli/inspect_options.h"
#include "cli/inspect_report.h"
#include "cli/parse.h"
#include "cli/print.h"
#include "cli/progress.h"

namespace pack {

namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  pack inspect site.tar                          # names, config, layers, sizes\n"
    "  pack inspect site.tar --files                  # every path, with the layer it is from\n"
    "  pack inspect site.tar --why /lib/libz.so.1     # what needs it\n"
    "  pack inspect docker://debian:12 --platform linux/arm64\n"
    "  pack inspect oci:img:v1 --manifest | sha256sum # the bytes as they are stored\n"
    "  docker save web | pack inspect - --json        # for scripts\n"
    "\n"
    "Shows what is in an image, wherever it is. Nothing is executed; layers are read only for\n"
    "--files and --why.\n"
    "\n"
    "IMAGE is an archive of any tool, a layout folder, oci:DIR[:TAG], docker-daemon:REF,\n"
    "docker://REF, or - for standard input; FILE@REF names one of several in a file.";

std::string view(const InspectOptions& options, const Inspection& inspection) {
  if (options.config) return inspection.image.config_text;
  if (options.manifest) return inspection.top.text;
  if (options.json) return inspect_json(inspection, options.why);
  if (options.files) return inspect_files(inspection);
  const Paint paint(colours_for(parse_colour_choice(options.colour), stdout));
  if (!options.why.empty()) return inspect_why(inspection, options.why, paint);
  return inspect_text(inspection, paint);
}

/// The progress line is gone when this returns.
Inspection inspect(const InspectOptions& options) {
  const std::unique_ptr<Progress> progress = open_progress(parse_progress_choice(options.progress));
  return inspect_image(resolve_inspect_request(options, read_surroundings(), progress.get()));
}

}  // namespace

ExitStatus run_inspect_command(std::vector<std::string> words) {
  CLI::App app(kExamples, "pack inspect");
  InspectOptions options;
  add_inspect_options(app, options);
  if (const auto ended = parse_words(app, std::move(words))) return *ended;

  const Paint paint(colours_for(parse_colour_choice(options.colour), stderr));
  const Inspection inspection = inspect(options);
  print_result(view(options, inspection), stdout);
  print_notes(inspection.notes, paint);
  return ExitStatus::done;
}

}  // namespace pack
