// The tree of a process. The loader's own structure is a list and a graph: objects in load order,
// and for each the names that it asks for. The tree that people want hangs every object below the
// one whose asking brought it in. That is the first edge that leads to it; any later edge meets an
// object that is in the tree already, and is a mention and no branch.

#include "cli/tree_text.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "cli/report_text.h"
#include "cli/tree_names.h"

namespace pack {

namespace {

constexpr size_t kMentions = 3;  // so many names end a line of TreeDetail::each_once

/// Something that an object asks for: the one or the other.
struct Branch {
  const Edge* edge = nullptr;
  const Unresolved* missing = nullptr;
};

/// What hangs below an object, in the order of its dynamic section.
struct Branches {
  std::vector<Branch> own;            ///< loaded because of this object, or not found
  std::vector<const Edge*> mentions;  ///< in the tree already, or further down
};

class ProcessTree {
 public:
  ProcessTree(const Process& process, const TreeStyle& style)
      : process_(process),
        style_(style),
        branches_(process.objects.size()),
        bring_(process.objects.size()) {
    for (const Edge& edge : process.edges) {
      Branches& from = branches_[edge.from];
      const bool mention = edge.to == 0 || bring_[edge.to];
      if (!mention) bring_[edge.to] = &edge;
      if (mention) from.mentions.push_back(&edge);
      if (!mention || style.detail == TreeDetail::everything) from.own.push_back({.edge = &edge});
    }
    add_missing();
    for (size_t i = 0; i < branches_.size(); ++i) sort(branches_[i].own, i);
  }

  std::string text() && {
    const LoadedObject& program = process_.objects.front();
    out_ = style_.paint.strong(quoted(program.route));
    if (program.route != program.walk->real.str())
      out_ += style_.paint.faint(" -> " + quoted(program.walk->real.str()));
    if (!program.facts->program()) out_ += style_.paint.faint(" (library)");
    out_ += mentions_of(0) + '\n';
    add_branches(0, "");
    return std::move(out_);
  }

 private:
  void add_missing() {
    std::unordered_map<std::string_view, size_t> places;
    for (size_t i = 0; i < process_.objects.size(); ++i)
      places.try_emplace(process_.objects[i].route, i);
    for (const Unresolved& missing : process_.unresolved) {
      const auto place = places.find(missing.needed_by);
      branches_[place == places.end() ? 0 : place->second].own.push_back({.missing = &missing});
    }
  }

  /// Names in the order in which the object asks for them; what it does not ask for itself (its
  /// interpreter) behind them.
  void sort(std::vector<Branch>& branches, size_t object) const {
    std::unordered_map<std::string_view, size_t> order;
    const auto& dependencies = process_.objects[object].facts->dependencies;
    for (size_t i = 0; i < dependencies.size(); ++i) order.try_emplace(dependencies[i].name, i);
    const auto place_of = [&](const Branch& it) {
      const auto place = order.find(it.edge ? it.edge->name : it.missing->name);
      return place == order.end() ? std::numeric_limits<size_t>::max() : place->second;
    };
    std::stable_sort(branches.begin(), branches.end(),
                     [&](const Branch& a, const Branch& b) { return place_of(a) < place_of(b); });
  }

  void add_branches(size_t object, const std::string& indent) {
    const std::vector<Branch>& own = branches_[object].own;
    for (const Branch& branch : own) {
      const bool last = &branch == &own.back();
      out_ += style_.paint.faint(indent + (last ? "└── " : "├── "));
      const std::string below = indent + (last ? "    " : "│   ");
      if (branch.edge) {
        add_edge(*branch.edge, below);
      } else {
        add_missing(*branch.missing, below);
      }
    }
  }

  void add_edge(const Edge& edge, const std::string& indent) {
    const LoadedObject& object = process_.objects[edge.to];
    const bool here = bring_[edge.to] == &edge;
    out_ += name_and_path(edge) + style_.paint.faint(" [" + rule_of(process_, edge) + "]");
    if (here && !object.hwcaps_level.empty())
      out_ += style_.paint.odd(" for CPUs of " + object.hwcaps_level);
    if (style_.detail == TreeDetail::everything) {
      const std::string& real = object.walk->real.str();
      if (here && real != object.route) out_ += style_.paint.faint(" -> " + quoted(real));
      out_ += '\n';
      add_places(edge.searched, indent, here && !branches_[edge.to].own.empty());
    } else {
      out_ += mentions_of(edge.to) + '\n';
    }
    if (here) add_branches(edge.to, indent);
  }

  void add_missing(const Unresolved& missing, const std::string& indent) {
    out_ += style_.paint.wrong(
        quoted(missing.name) +
        (missing.broken.empty() ? " not found" : " cannot be loaded: " + missing.broken));
    out_ += '\n';
    if (style_.detail == TreeDetail::everything) add_places(missing.searched, indent, false);
  }

  /// `more`: branches follow below.
  void add_places(const std::vector<Searched>& places, const std::string& indent, bool more) {
    for (const Searched& place : places) {
      std::string line = indent + (more ? "│ " : "  ") + "searched " + quoted(place.path) + " [" +
                         std::string(describe(place.rule));
      if (!place.owner.empty()) line += " of " + quoted(place.owner);
      out_ += style_.paint.faint(line + "]: " + place.verdict) + '\n';
    }
  }

  std::string name_and_path(const Edge& edge) const {
    const std::string& path = edge.route.empty() ? process_.objects[edge.to].route : edge.route;
    const size_t name_at = path.rfind('/') + 1;
    const bool here = bring_[edge.to] == &edge;
    const std::string_view file = std::string_view(path).substr(name_at);
    // Quotes go around the whole.
    if (quoted(path) != path || !here) {
      const std::string shown = here ? quoted(path) : style_.paint.faint(quoted(path));
      return (edge.name == path ? "" : quoted(edge.name) + " => ") + shown;
    }
    const std::string shown =
        style_.paint.faint(path.substr(0, name_at)) + style_.paint.strong(file);
    return edge.name == file || edge.name == path ? shown : quoted(edge.name) + " => " + shown;
  }

  /// " + libz.so.1, libm.so.6 and 3 more"
  std::string mentions_of(size_t object) const {
    if (style_.detail == TreeDetail::everything) return {};
    std::vector<const Edge*> mentions = branches_[object].mentions;
    std::erase_if(mentions, [&](const Edge* edge) { return everyone_needs(edge->to); });
    if (mentions.empty()) return {};
    std::string out = " +";
    const size_t shown = mentions.size() == kMentions + 1 ? mentions.size() : kMentions;
    for (size_t i = 0; i < std::min(shown, mentions.size()); ++i)
      out += (i == 0 ? " " : ", ") + quoted(mentions[i]->name);
    if (mentions.size() > shown) out += " and " + std::to_string(mentions.size() - shown) + " more";
    return style_.paint.faint(out);
  }

  /// The C library and the loader: to name them in each line would hide the rest.
  bool everyone_needs(size_t object) const {
    const auto& soname = process_.objects[object].facts->soname;
    return process_.interpreter == object || soname == "libc.so.6";
  }

  const Process& process_;
  const TreeStyle& style_;
  std::vector<Branches> branches_;  // by object
  std::vector<const Edge*> bring_;  // the edge that brought an object in, by object
  std::string out_;
};

std::string counted(size_t number, const char* one, const char* many) {
  return std::to_string(number) + ' ' + (number == 1 ? one : many);
}

std::string summary_of(const TreeProcess& tree, const Paint& paint) {
  const Process& process = tree.process;
  uint64_t size = 0;
  for (const LoadedObject& object : process.objects) size += object.walk->status.size;
  const ElfFacts& program = *process.objects.front().facts;
  std::string out = program.program() && !program.interpreter ? "statically linked: " : "";
  out += counted(process.objects.size(), "file, ", "files, ") + describe_size(size);
  out = paint.faint(out);
  if (!process.unresolved.empty())
    out += ", " + paint.wrong(std::to_string(process.unresolved.size()) + " not found");
  if (!tree.missing_versions.empty())
    out += ", " + paint.wrong(counted(tree.missing_versions.size(), "symbol version missing",
                                      "symbol versions missing"));
  if (!tree.undefined_symbols.empty())
    out += ", " + paint.wrong(counted(tree.undefined_symbols.size(), "symbol undefined",
                                      "symbols undefined"));
  return out + '\n';
}

}  // namespace

std::string tree_text(const Trees& trees, const TreeStyle& style) {
  std::string out;
  std::vector<bool> shown(trees.processes.size());
  for (const TreeArgument& argument : trees.arguments) {
    if (!out.empty()) out += '\n';
    if (!argument.error.empty() && argument.processes.empty())
      out += style.paint.strong(quoted(argument.name)) + ": " +
             style.paint.wrong("cannot be loaded") + '\n';
    for (const ScriptUse& use : argument.scripts)
      out += style.paint.strong(quoted(use.script)) + " runs " + quoted(use.program) +
             style.paint.faint(" [" + quoted(use.line) + "]") + '\n';
    for (const Unresolved& missing : argument.missing)
      out += style.paint.strong(quoted(missing.needed_by)) + " runs " +
             style.paint.wrong(quoted(missing.name) + " not found") + '\n';
    for (const size_t i : argument.processes) {
      const TreeProcess& tree = trees.processes[i];
      if (shown[i]) {
        out +=
            quoted(tree.process.objects.front().route) + style.paint.faint(" (shown above)") + '\n';
      } else {
        out += ProcessTree(tree.process, style).text() + summary_of(tree, style.paint);
      }
      shown[i] = true;
    }
  }
  return out;
}

std::string tree_list(const Trees& trees) {
  std::string out;
  std::unordered_set<std::string_view> listed;
  const auto add = [&](const std::string& path) {
    if (listed.insert(path).second) (out += path) += '\n';
  };
  for (const TreeArgument& argument : trees.arguments) {
    for (const ScriptUse& use : argument.scripts) add(use.script);
    if (!argument.missing.empty() && argument.scripts.empty()) add(argument.name);
    for (const size_t i : argument.processes)
      for (const LoadedObject& object : trees.processes[i].process.objects) add(object.route);
  }
  return out;
}

}  // namespace pack
