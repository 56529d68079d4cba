#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "cli/build_options.h"
#include "cli/build_report.h"
#include "cli/build_request.h"
#include "cli/report_text.h"

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
    "\n"
    "Makes a minimal container image of a program and all that it needs to start.\n"
    "Nothing is executed; no daemon and no root are needed.";

/// Standard output must have taken every byte, or the result is lost.
void print_result(const std::string& text, std::FILE* stream) {
  if (std::fwrite(text.data(), 1, text.size(), stream) != text.size() || std::fflush(stream) != 0)
    throw_errno("writing the result");
}

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) std::cerr << "pack: note: " << note << '\n';
}

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
  const BuildRequest request = resolve_request(options, read_surroundings());
  const BuildPlan plan = plan_image(request);
  if (!options.quiet) print_notes(plan_notes(plan));
  if (options.dry_run) {
    print_result(options.json ? plan_report_json(plan) : plan_report(plan), stdout);
    return;
  }
  if (options.verbose) std::cerr << plan_report(plan);
  const BuildResult result = write_image(request, plan);
  for (const Receipt& receipt : result.receipts)
    if (!options.quiet) print_notes(receipt.notes);
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

ExitStatus complain(const std::string& text, ExitStatus status) {
  std::cerr << "pack: " << text << '\n';
  return status;
}

ExitStatus parse_and_build(std::vector<std::string> words) {
  CLI::App app(kExamples, "pack");
  app.set_version_flag("--version", "pack " PACK_VERSION);
  BuildOptions options;
  options.arguments = take_arguments(words);
  add_build_options(app, options);
  try {
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    const bool has_command = std::any_of(words.begin(), words.end(), [](const std::string& word) {
      return word == "--cmd" || word.starts_with("--cmd=");
    });
    app.parse(words);
    // What stands behind "--" wins over a config file, but contradicts --cmd on the same line.
    if (!has_command && !options.arguments.empty()) options.command.clear();
  } catch (const CLI::Success& help) {
    app.exit(help);
    return ExitStatus::done;
  } catch (const CLI::ConfigError& error) {
    return complain("--config: an option in the file is not known: " + std::string(error.what()),
                    ExitStatus::usage);
  } catch (const CLI::ParseError& error) {
    return complain(std::string(error.what()) + " (see pack --help)", ExitStatus::usage);
  }
  build(options);
  return ExitStatus::done;
}

}  // namespace

ExitStatus run_command_line(int argc, char** argv) {
  try {
    return parse_and_build({argv + std::min(argc, 1), argv + argc});
  } catch (const UsageError& error) {
    return complain(error.what(), ExitStatus::usage);
  } catch (const MissingError& error) {
    print_notes(error.notes());
    return complain(std::string(error.what()) + ":\n" + describe_missing(error.missing()) +
                        "nothing was written",
                    ExitStatus::failed);
  } catch (const Error& error) {
    return complain(error.what(), ExitStatus::failed);
  }
}

}  // namespace pack
