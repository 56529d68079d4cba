#include "cli/build_options.h"

#include <CLI/CLI.hpp>

#include "cli/colour.h"
#include "cli/progress.h"
#include "cli/toml_config.h"

namespace pack {

namespace {

/// An option that may be given several times, with one value each time: without this, CLI11 would
/// swallow the programs behind it.
void add_repeatable(CLI::App& app, const char* names, std::vector<std::string>& values,
                    const char* help, const char* form, const char* group) {
  app.add_option(names, values, help)->type_name(form)->allow_extra_args(false)->group(group);
}

void add_single(CLI::App& app, const char* names, std::string& value, const char* help,
                const char* form, const char* group) {
  app.add_option(names, value, help)->type_name(form)->group(group);
}

void add_image_options(CLI::App& app, BuildOptions& options) {
  constexpr const char* kGroup = "Image";
  add_repeatable(app, "-t,--tag", options.tags,
                 "name of the image; no tag means latest (repeatable)", "NAME[:TAG]", kGroup);
  add_repeatable(app, "-o,--output", options.outputs,
                 "FILE.tar, oci:DIR[:TAG], rootfs:DIR or - (repeatable) [NAME.tar]", "DEST",
                 kGroup);
  add_single(app, "--base", options.base,
             "append one layer to this image: FILE, oci:DIR, docker://REF, ...", "IMAGE", kGroup);
  add_single(app, "--compress", options.compression,
             "of the layer: none, gzip or zstd [gzip; archives and engines: none]", "KIND[:LEVEL]",
             kGroup);
  add_single(app, "--platform", options.platform,
             "instead of the program's own machine, or the base's", "OS/ARCH[/VARIANT]", kGroup);
}

void add_content_options(CLI::App& app, BuildOptions& options) {
  constexpr const char* kGroup = "Files";
  add_repeatable(app, "-a,--add", options.additions,
                 "bring a file, folder or glob, and what ELF files in it need", "SRC[:DST]",
                 kGroup);
  add_repeatable(app, "--symlink", options.symlinks, "add a symlink", "PATH:TARGET", kGroup);
  add_repeatable(app, "--mkdir", options.directories, "add a folder", "PATH[:MODE]", kGroup);
  add_repeatable(app, "--chmod", options.modes, "set the mode of a path or glob (octal)",
                 "PATH:MODE", kGroup);
  add_repeatable(app, "--chown", options.owners, "set the owner of a path or glob",
                 "PATH:UID[:GID]", kGroup);
  add_repeatable(app, "--exclude", options.excludes, "leave out, even where something asks for it",
                 "GLOB", kGroup);
  app.add_flag("--bare", options.bare, "the closure and nothing else: no /etc/passwd, /tmp, ...")
      ->group(kGroup);
  app.add_flag("--allow-missing", options.allow_missing,
               "missing libraries and symbol versions are only warnings")
      ->group(kGroup);
  app.add_flag("--check-symbols", options.check_symbols,
               "look every symbol up, too; an undefined one is an error")
      ->group(kGroup);
  add_search_options(app, options.search, kGroup, "all");
  app.get_option("--root")
      ->type_name("DIR|IMAGE")
      ->description("read from this folder or image as if it were /");
}

void add_config_options(CLI::App& app, BuildOptions& options) {
  constexpr const char* kGroup = "Config";
  add_single(app, "--entrypoint", options.entrypoint,
             "what starts: one word, or a JSON array of words [the first PROGRAM]", "COMMAND",
             kGroup);
  add_single(app, "--cmd", options.command, "default arguments, as -- ARG... gives them", "COMMAND",
             kGroup);
  add_repeatable(app, "-e,--env", options.environment, "set a variable", "K=V", kGroup);
  add_single(app, "-w,--workdir", options.working_dir, "working directory", "DIR", kGroup);
  add_single(app, "-u,--user", options.user, "user that starts it", "USER[:GROUP]", kGroup);
  add_repeatable(app, "-p,--expose", options.ports, "a port that it serves", "PORT[/PROTO]",
                 kGroup);
  add_repeatable(app, "--volume", options.volumes, "a folder that is kept apart", "DIR", kGroup);
  add_repeatable(app, "-l,--label", options.labels, "set a label", "K=V", kGroup);
  add_repeatable(app, "--annotation", options.annotations, "set an annotation of the manifest",
                 "K=V", kGroup);
  add_single(app, "--stop-signal", options.stop_signal, "what asks it to stop", "SIGNAL", kGroup);
  add_single(app, "--author", options.author, "who made it", "TEXT", kGroup);
  add_single(app, "--created", options.created,
             "RFC 3339, or seconds since 1970 [SOURCE_DATE_EPOCH, or 1970]", "WHEN", kGroup);
}

void add_output_options(CLI::App& app, BuildOptions& options) {
  constexpr const char* kGroup = "Output";
  app.add_flag("--dry-run", options.dry_run, "show the plan, write nothing")->group(kGroup);
  app.add_flag("--json", options.json, "the result as one JSON object")->group(kGroup);
  app.add_flag("-q,--quiet", options.quiet, "print the digest alone, no notes")->group(kGroup);
  app.add_flag("-v,--verbose", options.verbose, "say of every file why it is there")->group(kGroup);
  add_colour_option(app, options.colour, kGroup);
  add_progress_option(app, options.progress, kGroup);
}

}  // namespace

void add_build_options(CLI::App& app, BuildOptions& options) {
  app.add_option("PROGRAM", options.programs,
                 "programs or scripts, by path or PATH; the first one starts")
      ->type_name(" ");
  add_image_options(app, options);
  add_content_options(app, options);
  add_config_options(app, options);
  add_access_options(app, options.access);
  add_output_options(app, options);
  app.config_formatter(toml_config());
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.set_config("--config", "", "take options from a TOML file; the command line wins")
      ->type_name("FILE")
      ->group("Output");
}

}  // namespace pack
