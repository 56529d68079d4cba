#include "cli/tree_faults.h"

#include <algorithm>
#include <unordered_set>

#include "cli/missing_report.h"

namespace pack {

namespace {

/// A title, and lines below it, each once.
class Section {
 public:
  Section(const char* one, const char* many) : one_(one), many_(many) {}

  void add(const std::string& line) {
    if (known_.insert(line).second) lines_ += "  " + line + '\n';
  }

  std::string text(const Paint& paint) const {
    if (known_.empty()) return {};
    const std::string title =
        known_.size() == 1 ? one_ : std::to_string(known_.size()) + ' ' + many_;
    return "pack: " + paint.wrong(title) + ":\n" + lines_;
  }

 private:
  const char* one_;
  const char* many_;
  std::unordered_set<std::string> known_;
  std::string lines_;
};

std::vector<Unresolved> all_missing(const Trees& trees) {
  std::vector<Unresolved> missing;
  for (const TreeArgument& argument : trees.arguments)
    missing.insert(missing.end(), argument.missing.begin(), argument.missing.end());
  for (const TreeProcess& tree : trees.processes)
    missing.insert(missing.end(), tree.process.unresolved.begin(), tree.process.unresolved.end());
  return missing;
}

std::string missing_title(const std::vector<Unresolved>& missing) {
  std::unordered_set<std::string_view> names;
  for (const Unresolved& it : missing) names.insert(it.name);
  return names.size() == 1 ? "a file is missing"
                           : std::to_string(names.size()) + " files are missing";
}

}  // namespace

std::string tree_faults(const Trees& trees, const Paint& paint) {
  std::string out;
  for (const TreeArgument& argument : trees.arguments)
    if (!argument.error.empty()) out += "pack: " + paint.wrong(argument.error) + '\n';
  if (const std::vector<Unresolved> missing = all_missing(trees); !missing.empty())
    out += "pack: " + paint.wrong(missing_title(missing)) + ":\n" +
           describe_missing(missing, trees.hints, Advised::tree);
  Section versions("a symbol version is missing, the loader would end the program",
                   "symbol versions are missing, the loader would end the program");
  Section symbols("a symbol is undefined", "symbols are undefined");
  for (const TreeProcess& tree : trees.processes) {
    for (const MissingVersion& it : tree.missing_versions) versions.add(describe(it));
    for (const UndefinedSymbol& it : tree.undefined_symbols) symbols.add(describe(it));
  }
  return out + versions.text(paint) + symbols.text(paint);
}

}  // namespace pack
