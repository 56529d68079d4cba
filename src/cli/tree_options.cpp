#include "cli/tree_options.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/colour.h"

namespace pack {

void add_tree_options(CLI::App& app, TreeOptions& options) {
  app.add_option("PROGRAM", options.programs, "programs, scripts or libraries, by path or PATH")
      ->type_name(" ");
  constexpr const char* kView = "View";
  app.add_flag("--list", options.list, "one path a line, as the loader loads them")->group(kView);
  app.add_flag("--json", options.json, "everything as one JSON object")->group(kView);
  app.add_option("--why", options.why, "all chains that lead to this library (name or path)")
      ->type_name("LIB")
      ->group(kView);
  app.add_flag("-v,--verbose", options.verbose, "every place searched, every real path")
      ->group(kView);
  app.add_flag("-q,--quiet", options.quiet, "only what is wrong")->group(kView);
  add_colour_option(app, options.colour, kView);
  constexpr const char* kSearch = "Search";
  add_search_options(app, options.search, kSearch, "all; --list: none");
  app.add_flag("--check-symbols", options.check_symbols,
               "look every symbol up, too, as with LD_BIND_NOW")
      ->group(kSearch);
}

TreeRequest resolve_tree_request(const TreeOptions& options, const Surroundings& surroundings) {
  if (options.programs.empty())
    throw UsageError("no program is named: pack tree PROGRAM... (see pack tree --help)");
  const int views =
      options.list + options.json + options.quiet + (options.why.empty() || options.json ? 0 : 1);
  if (views > 1)
    throw UsageError("--list, --json, --why and --quiet are different views: use one of them");
  if (options.verbose && (options.list || options.quiet))
    throw UsageError("--verbose has nothing to add to --list or --quiet: use one of them");

  SearchPlaces places = resolve_search(options.search, surroundings);
  TreeRequest request;
  request.root = places.root;
  request.programs = resolve_programs(options.programs, places);
  request.program_path = std::move(places.program_path);
  request.library_path = std::move(places.library_path);
  request.hwcaps = std::move(places.hwcaps);
  // A list serves to copy files or to compare them with the loader's own: what every CPU loads.
  if (options.list && options.search.hwcaps.empty()) request.hwcaps = {.all = false, .levels = {}};
  if (options.verbose) request.explain = Explain::every_search;
  if (options.check_symbols) request.symbols = SymbolCheck::versions_and_symbols;
  return request;
}

}  // namespace pack
