#include "cli/build_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cli/build_options.h"
#include "cli/build_report.h"
#include "cli/build_request.h"
#include "cli/parse.h"
#include "cli/print.h"
#include "cli/progress.h"

namespace pack {

namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  pack /bin/bash -t basic:v1                     # -> basic.tar, for docker load -i\n"
    "  pack ./server -t web:v1 -p 8080 -- --verbose   # with a port and default arguments\n"
    "  pack /bin/bash /bin/ls /usr/bin/env -t tools   # the first one starts, all are there\n"
    "  pack ./hello.sh -t hello --add conf:/etc/hello # a script, with its interpreter\n"
    "  pack /bin/app --root arm64 -o oci:img:v1       # of another machine, as an OCI layout\n"
    "  pack nginx -t web --dry-run                    # what would be in it, and why\n"
    "  pack ./app -t app --base docker://debian:12    # one layer over an image\n"
    "  pack tree /usr/bin/ssh                         # what a loader would load (see below)\n"
    "\n"
    "Makes a minimal container image of a program and all that it needs to start.\n"
    "Nothing is executed; no daemon and no root are needed.\n"
    "\n"
    "Commands, as the first word (a program of that name: ./tree):\n"
    "  tree PROGRAM...     the libraries of programs, as the loader would load them\n"
    "  inspect IMAGE       what is in an image, and why\n"
    "  verify IMAGE...     proves images: digests, config, and that they start\n"
    "  copy IMAGE... DEST  between archives, layouts, engines and registries\n"
    "Each has its own --help.";

/// Where the result is printed: standard output, unless an archive may have gone there.
std::FILE* result_stream(const BuildResult& result) {
  const bool taken =
      std::any_of(result.receipts.begin(), result.receipts.end(), [](const Receipt& receipt) {
        return receipt.destination.kind == DestinationSpec::Kind::stream;
      });
  return taken ? stderr : stdout;
}

void report(const BuildOptions& options, const BuildPlan& plan, const BuildResult& result) {
  std::FILE* stream = result_stream(result);
  try {
    if (options.json) {
      print_result(build_report_json(plan, result), stream);
    } else if (!options.quiet) {
      print_result(build_report(plan, result), stream);
    } else if (stream == stdout) {
      print_result(build_digest(result), stdout);
    }
  } catch (const Error& error) {
    throw Error("the image was written, but not what there is to say of it: " +
                std::string(error.what()));
  }
}

void build(const BuildOptions& options) {
  BuildRequest request = resolve_request(options, read_surroundings());
  const Paint paint(colours_for(parse_colour_choice(options.colour), stderr));
  const ProgressChoice wanted = parse_progress_choice(options.progress);
  const auto open_line = [&] { return options.quiet ? nullptr : open_progress(wanted); };
  std::unique_ptr<Progress> progress = open_line();
  request.access.progress = progress.get();
  const BuildPlan plan = plan_image(request);
  progress.reset();
  if (!options.quiet) print_notes(plan_notes(plan), paint);
  if (options.dry_run) {
    print_result(options.json ? plan_report_json(plan) : plan_report(plan), stdout);
    return;
  }
  if (options.verbose) std::cerr << plan_report(plan);
  progress = open_line();
  request.access.progress = progress.get();
  const BuildResult result = write_image(request, plan);
  progress.reset();
  for (const Receipt& receipt : result.receipts)
    if (!options.quiet) print_notes(receipt.notes, paint);
  report(options, plan, result);
}

/// All behind the first "--" belongs to the image, not to pack.
std::vector<std::string> take_arguments(std::vector<std::string>& words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  std::vector<std::string> arguments;
  if (dashes != words.end()) arguments.assign(dashes + 1, words.end());
  words.erase(dashes, words.end());
  return arguments;
}

}  // namespace

ExitStatus run_build_command(std::vector<std::string> words) {
  CLI::App app(kExamples, "pack");
  app.set_version_flag("--version", "pack " PACK_VERSION);
  BuildOptions options;
  options.arguments = take_arguments(words);
  add_build_options(app, options);
  const bool has_command = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "--cmd" || word.starts_with("--cmd=");
  });
  if (const auto ended = parse_words(app, std::move(words))) return *ended;
  // What stands behind "--" wins over a config file, but contradicts --cmd on the same line.
  if (!has_command && !options.arguments.empty()) options.command.clear();
  build(options);
  return ExitStatus::done;
}

}  // namespace pack
