#include "cli/verify_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/error.h"
#include "cli/parse.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "cli/verify_options.h"
#include "cli/verify_report.h"

namespace pack {

namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  pack verify site.tar                     # every byte, and that it starts\n"
    "  pack verify oci:img docker://debian:12   # several; all platforms of each\n"
    "  pack verify site.tar@web:v1 --platform linux/arm64\n"
    "  docker save web | pack verify - -q       # says nothing when nothing is wrong\n"
    "\n"
    "Proves images: every digest, size and diff_id, the config and its history, paths that are\n"
    "twice, symlinks that lead to nothing, and that the loader finds all that the entrypoint "
    "needs.\n"
    "Nothing is executed. All findings are told together, and then the exit status is 3; it is 1\n"
    "when an image cannot be looked at.\n"
    "\n"
    "IMAGE is an archive of any tool, a layout folder, oci:DIR[:TAG], docker-daemon:REF,\n"
    "docker://REF, or - for standard input; FILE@REF names one of several in a file.";

/// What is wrong with one image must not hide what is wrong with the next.
std::vector<Verified> verify_all(const VerifyOptions& options) {
  const std::unique_ptr<Progress> progress = open_progress(parse_progress_choice(options.progress));
  const std::vector<VerifyRequest> requests =
      resolve_verify_requests(options, read_surroundings(), progress.get());
  std::vector<Verified> out;
  for (size_t i = 0; i < requests.size(); ++i) {
    Verified verified{.image = options.images[i], .verification = {}, .error = {}};
    try {
      verified.verification = verify_images(requests[i]);
    } catch (const Error& error) {
      verified.error = error.what();
    }
    out.push_back(std::move(verified));
  }
  return out;
}

}  // namespace

ExitStatus run_verify_command(std::vector<std::string> words) {
  CLI::App app(kExamples, "pack verify");
  VerifyOptions options;
  add_verify_options(app, options);
  if (const auto ended = parse_words(app, std::move(words))) return *ended;

  const std::vector<Verified> all = verify_all(options);
  const VerifyDetail detail = options.quiet ? VerifyDetail::findings : VerifyDetail::everything;
  print_result(options.json ? verify_json(all) : verify_text(all, detail), stdout);
  ExitStatus status = ExitStatus::done;
  for (const Verified& it : all)
    if (!it.verification.sound()) status = ExitStatus::unsound;
  for (const Verified& it : all)
    if (!it.error.empty()) status = complain(it.error, ExitStatus::failed);
  return status;
}

}  // namespace pack
