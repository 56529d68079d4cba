#include "cli/copy_command.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/copy_options.h"
#include "cli/copy_report.h"
#include "cli/parse.h"
#include "cli/print.h"
#include "cli/progress.h"

namespace pack {

namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  pack copy basic.tar oci:images:v1                      # an archive into an OCI layout\n"
    "  pack copy docker://debian:12 debian.tar                # pull, for docker load -i\n"
    "  pack copy basic.tar docker://localhost:5000/basic:v1   # push\n"
    "  pack copy app-amd64.tar app-arm64.tar docker://example.org/app:v1   # as one index\n"
    "  pack copy --all docker://debian:12 oci:debian:12       # every platform\n"
    "  pack copy docker-daemon:web:v1 web.tar --compress zstd # out of an engine, packed anew\n"
    "\n"
    "Copies images as they are, bit for bit: every digest stays, unless --compress or\n"
    "--annotation asks for a change. What the destination has already is not sent again.\n"
    "\n"
    "An image is where it comes from: FILE (an archive by any tool, or a folder with a layout),\n"
    "oci:DIR[:TAG], docker-daemon:NAME, docker://HOST/NAME:TAG, or - for standard input; of\n"
    "several in one place, FILE@NAME. It goes to FILE.tar, oci:DIR[:TAG], docker-daemon:[NAME],\n"
    "docker://HOST/NAME:TAG, rootfs:DIR, or - for standard output.";

/// Standard output, unless an archive has gone there.
std::FILE* result_stream(const CopyResult& result) {
  return result.receipt.destination.kind == DestinationSpec::Kind::stream ? stderr : stdout;
}

void report(const CopyOptions& options, const CopyResult& result, const Paint& paint) {
  if (!options.quiet) {
    print_notes(result.notes, paint);
    print_notes(result.receipt.notes, paint);
  }
  std::FILE* stream = result_stream(result);
  try {
    if (options.json)
      print_result(copy_report_json(result), stream);
    else if (!options.quiet)
      print_result(copy_report(result), stream);
    else if (stream == stdout)
      print_result(copy_digest(result), stdout);
  } catch (const Error& error) {
    throw Error("the image was copied, but not what there is to say of it: " +
                std::string(error.what()));
  }
}

CopyResult copy(const CopyOptions& options) {
  const ProgressChoice choice =
      options.quiet ? ProgressChoice::never : parse_progress_choice(options.progress);
  const std::unique_ptr<Progress> progress = open_progress(choice);
  return copy_images(resolve_copy_request(options, read_surroundings(), progress.get()));
}

}  // namespace

ExitStatus run_copy_command(std::vector<std::string> words) {
  CLI::App app(kExamples, "pack copy");
  CopyOptions options;
  add_copy_options(app, options);
  if (const auto ended = parse_words(app, std::move(words))) return *ended;
  const Paint paint(colours_for(parse_colour_choice(options.colour), stderr));
  report(options, copy(options), paint);
  return ExitStatus::done;
}

}  // namespace pack
