#include "cli/tree_command.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/colour.h"
#include "cli/parse.h"
#include "cli/print.h"
#include "cli/tree_chains.h"
#include "cli/tree_faults.h"
#include "cli/tree_json.h"
#include "cli/tree_options.h"
#include "cli/tree_text.h"

namespace pack {

namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  pack tree /usr/bin/ssh                   # what its loader loads, and by which rule\n"
    "  pack tree ssh --why libz.so.1            # who needs that library\n"
    "  pack tree ./app -v                       # every place that is searched, in order\n"
    "  pack tree --list ssh scp | tar -cT - -f ssh.tar\n"
    "  pack tree -q /opt/app/bin/*              # only what is missing; exit status 1 if anything\n"
    "  pack tree /bin/app --root arm64 --json   # of another machine, for scripts\n"
    "\n"
    "Shows what programs load before they start, without running anything: each library below\n"
    "the one that asks for it first, in the loader's order. \"+ NAME\" is one that it needs, too,\n"
    "and that has a line of its own elsewhere (the C library, which all need, is not repeated).\n"
    "What is missing is also told on stderr, and the exit status is 1.";

std::string view(const TreeOptions& options, const Trees& trees, const Paint& paint) {
  if (options.quiet) return {};
  if (options.list) return tree_list(trees);
  if (options.json) return tree_json(trees, options.why);
  if (!options.why.empty()) return tree_chains(trees, options.why, paint);
  return tree_text(
      trees,
      {.paint = paint, .detail = options.verbose ? TreeDetail::everything : TreeDetail::each_once});
}

}  // namespace

ExitStatus run_tree_command(std::vector<std::string> words) {
  CLI::App app(kExamples, "pack tree");
  TreeOptions options;
  add_tree_options(app, options);
  if (const auto ended = parse_words(app, std::move(words))) return *ended;

  const ColourChoice colour = parse_colour_choice(options.colour);
  const Trees trees = read_trees(resolve_tree_request(options, read_surroundings()));
  const std::string result = view(options, trees, Paint(colours_for(colour, stdout)));
  print_result(result, stdout);
  print_result(tree_faults(trees, Paint(colours_for(colour, stderr))), stderr);
  if (!options.why.empty() && !options.json && result.empty())
    return complain("nothing here loads " + quoted(options.why), ExitStatus::failed);
  return trees.sound() ? ExitStatus::done : ExitStatus::failed;
}

}  // namespace pack
