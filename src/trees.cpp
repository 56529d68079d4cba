// The spine of `pack tree`: file tree -> ELF facts -> closure, for many programs at once.

#include "trees.h"

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "packages/explain_missing.h"
#include "source/disk_tree.h"

namespace pack {

namespace {

/// Reads arguments one by one, and what they load all at once: programs share most libraries.
class TreeReader {
 public:
  explicit TreeReader(const TreeRequest& request)
      : request_(request), tree_(open_disk_tree(request.root)) {}

  Trees read() && {
    for (const std::string& name : request_.programs) add_argument(name);
    trees_.processes.resize(routes_.size());
    errors_.resize(routes_.size());
    load(0, routes_.size());
    check_symbols();
    report_errors();
    explain_missing();
    return std::move(trees_);
  }

 private:
  void add_argument(const std::string& name) {
    TreeArgument argument{.name = name, .processes = {}, .scripts = {}, .missing = {}, .error = {}};
    try {
      argument.name = find_program(*tree_, name, request_.program_path);
      add_files(argument);
    } catch (const Error& error) {
      argument.error = error.what();
    }
    trees_.arguments.push_back(std::move(argument));
  }

  void add_files(TreeArgument& argument) {
    Needs needs = find_needs(*tree_, elves_, {argument.name}, {}, request_.program_path);
    for (std::string& route : needs.programs) {
      const auto [place, is_new] = places_.try_emplace(route, routes_.size());
      if (is_new) routes_.push_back(std::move(route));
      argument.processes.push_back(place->second);
    }
    argument.scripts = std::move(needs.scripts);
    argument.missing = std::move(needs.missing);
  }

  /// The files `first` to `end`. One that cannot be loaded fails them all: it is cornered by
  /// halves.
  void load(size_t first, size_t end) {
    if (first == end) return;
    try {
      Closure closure = find_closure(*tree_, elves_,
                                     {.programs = {routes_.begin() + static_cast<ptrdiff_t>(first),
                                                   routes_.begin() + static_cast<ptrdiff_t>(end)},
                                      .subjects = Subjects::programs_and_libraries,
                                      .library_path = request_.library_path,
                                      .hwcaps = request_.hwcaps,
                                      .explain = request_.explain});
      for (size_t i = first; i < end; ++i)
        trees_.processes[i].process = std::move(closure.processes[i - first]);
    } catch (const Error& error) {
      if (end - first == 1) {
        errors_[first] = error.what();
      } else {
        const size_t middle = first + (end - first) / 2;
        load(first, middle);
        load(middle, end);
      }
    }
  }

  void report_errors() {
    for (TreeArgument& argument : trees_.arguments) {
      for (const size_t i : argument.processes)
        if (!errors_[i].empty()) argument.error = errors_[i];
      std::erase_if(argument.processes,
                    [&](size_t i) { return trees_.processes[i].process.objects.empty(); });
    }
  }

  void check_symbols() {
    SymbolCache symbols;
    SettledVersions settled;
    for (size_t i = 0; i < trees_.processes.size(); ++i) {
      TreeProcess& it = trees_.processes[i];
      if (it.process.objects.empty()) continue;  // it could not be loaded
      it.missing_versions = find_missing_versions(it.process, settled);
      if (request_.symbols == SymbolCheck::versions) continue;
      try {
        it.undefined_symbols = find_undefined_symbols(it.process, *tree_, symbols);
      } catch (const Error& error) {
        errors_[i] = error.what();
      }
    }
  }

  void explain_missing() {
    std::vector<Unresolved> missing;
    Closure closure;
    for (const TreeArgument& argument : trees_.arguments)
      missing.insert(missing.end(), argument.missing.begin(), argument.missing.end());
    for (const TreeProcess& it : trees_.processes) {
      if (it.process.unresolved.empty()) continue;
      missing.insert(missing.end(), it.process.unresolved.begin(), it.process.unresolved.end());
      closure.processes.push_back(it.process);
    }
    if (!missing.empty()) trees_.hints = find_missing_hints(*tree_, elves_, closure, missing);
  }

  const TreeRequest& request_;
  std::unique_ptr<FileTree> tree_;
  ElfCache elves_;
  std::vector<std::string> routes_;  ///< of the ELF files, as trees_.processes
  std::unordered_map<std::string, size_t> places_;
  std::vector<std::string> errors_;  ///< likewise
  Trees trees_;
};

}  // namespace

bool Trees::sound() const {
  const auto whole = [](const TreeArgument& it) { return it.error.empty() && it.missing.empty(); };
  const auto starts = [](const TreeProcess& it) {
    return it.process.unresolved.empty() && it.missing_versions.empty() &&
           it.undefined_symbols.empty();
  };
  return std::all_of(arguments.begin(), arguments.end(), whole) &&
         std::all_of(processes.begin(), processes.end(), starts);
}

Trees read_trees(const TreeRequest& request) { return TreeReader(request).read(); }

}  // namespace pack
