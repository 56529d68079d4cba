// The report of missing files, one block for all names that were searched alike:
//
//     libfoo.so.1 not found
//     libbar.so.2 not found
//       needed by /opt/app/prog
//       searched, in this order:
//         RUNPATH of /opt/app/prog: /opt/app/lib: another machine's: 32-bit x86
//         ld.so.cache: not listed
//         default directories: /lib, /usr/lib: no such file
//       libfoo.so.1 is at /opt/x/libfoo.so.1 (package foo), where ...
//
// A rule stands once, with its folders in order; folders in a row that gave the same answer share
// it.

#include "cli/missing_report.h"

#include <algorithm>

#include "base/error.h"

namespace pack {

namespace {

/// One search of one asker, without the name that was searched for.
struct Search {
  std::vector<std::string> needed_by;  ///< "/opt/p", "/opt/p for fonts (dlopen note, required)"
  std::vector<std::string> rules;      ///< lines: "RUNPATH of /p: /a, /b: no such file"
};

/// Names that were searched alike.
struct Block {
  std::vector<const Unresolved*> names;  ///< each once
  std::vector<Search> searches;
};

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) (out += out.empty() ? "" : separator) += part;
  return out;
}

/// The folder alone where a file of that very name was looked for in it.
std::string place_of(const Searched& place, const std::string& name) {
  const std::string& path = place.path;
  if (name.find('/') == name.npos && path.size() > name.size() + 1 && path.ends_with('/' + name))
    return quoted(path.substr(0, path.size() - name.size() - 1));
  return quoted(path);
}

std::string title_of(const Searched& place, const Unresolved& missing) {
  std::string rule(describe(place.rule));
  // Only musl's loader lets a RUNPATH be inherited, and says whose it is.
  if (place.rule == SearchRule::runpath ||
      (place.rule == SearchRule::rpath && !place.owner.empty()))
    return rule + " of " + quoted(place.owner.empty() ? missing.needed_by : place.owner);
  if (place.rule == SearchRule::default_directory) return "default directories";
  return rule;
}

/// "/a, /b: no such file; /c: another machine's: 32-bit x86"
std::string answers_of(const std::vector<Searched>& places, const std::string& name) {
  std::vector<std::string> answers;
  for (size_t i = 0; i < places.size();) {
    std::vector<std::string> alike;
    const std::string& verdict = places[i].verdict;
    for (; i < places.size() && places[i].verdict == verdict; ++i)
      alike.push_back(place_of(places[i], name));
    answers.push_back(joined(alike, ", ") + ": " + verdict);
  }
  return joined(answers, "; ");
}

std::vector<std::string> rules_of(const Unresolved& missing) {
  std::vector<std::string> lines;
  for (auto it = missing.searched.begin(); it != missing.searched.end();) {
    const std::string title = title_of(*it, missing);
    const auto end = std::find_if(it, missing.searched.end(), [&](const Searched& place) {
      return title_of(place, missing) != title;
    });
    // "ld.so.cache: not listed" has no folder to tell.
    const bool alone = it + 1 == end && it->path == "/etc/ld.so.cache";
    lines.push_back(title + ": " + (alone ? it->verdict : answers_of({it, end}, missing.name)));
    it = end;
  }
  if (missing.more_searched > 0)
    lines.push_back("and " + std::to_string(missing.more_searched) + " more places");
  return lines;
}

void add_search(std::vector<Search>& searches, const Unresolved& missing) {
  std::vector<std::string> rules = rules_of(missing);
  auto same = std::find_if(searches.begin(), searches.end(),
                           [&](const Search& search) { return search.rules == rules; });
  if (same == searches.end()) same = searches.insert(same, {{}, std::move(rules)});
  std::string by = quoted(missing.needed_by);
  if (!missing.opened_for.empty()) by += ' ' + missing.opened_for;
  if (std::find(same->needed_by.begin(), same->needed_by.end(), by) == same->needed_by.end())
    same->needed_by.push_back(std::move(by));
}

bool same_searches(const Block& a, const Block& b) {
  return !a.names.front()->broken.empty() == !b.names.front()->broken.empty() &&
         std::equal(a.searches.begin(), a.searches.end(), b.searches.begin(), b.searches.end(),
                    [](const Search& x, const Search& y) {
                      return x.needed_by == y.needed_by && x.rules == y.rules;
                    });
}

std::vector<Block> blocks_of(const std::vector<Unresolved>& missing) {
  std::vector<Block> by_name;
  for (const Unresolved& it : missing) {
    auto block = std::find_if(by_name.begin(), by_name.end(), [&](const Block& other) {
      return other.names.front()->name == it.name;
    });
    if (block == by_name.end()) block = by_name.insert(block, {{&it}, {}});
    add_search(block->searches, it);
  }
  std::vector<Block> blocks;
  for (Block& block : by_name) {
    const auto same = std::find_if(blocks.begin(), blocks.end(),
                                   [&](const Block& other) { return same_searches(other, block); });
    if (same == blocks.end())
      blocks.push_back(std::move(block));
    else
      same->names.push_back(block.names.front());
  }
  return blocks;
}

/// How the package manager that reads such data gets a package.
std::string install(const MissingHint& hint) {
  const std::string package = quoted(hint.package);
  if (hint.manager == "apk") return "apk add " + package;
  if (hint.manager == "rpm") return "dnf install " + package;
  return "apt-get install " + package;
}

std::string reinstall(const MissingHint& hint) {
  const std::string package = quoted(hint.package);
  if (hint.manager == "apk") return "apk fix " + package;
  if (hint.manager == "rpm") return "dnf reinstall " + package;
  return "apt-get install --reinstall " + package;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string describe(const MissingHint& hint) {
  using Kind = MissingHint::Kind;
  const std::string at = "is at " + quoted(hint.path);
  const std::string fix = "--library-path " + quoted(folder_of(hint.path));
  switch (hint.kind) {
    case Kind::runpath_not_inherited:
      return at + ", in the RUNPATH of " + quoted(hint.object) +
             ", which the loader uses for what " + quoted(hint.object) +
             " needs itself and not for what its libraries need: give " + quoted(hint.needed_by) +
             " a RUNPATH of its own, or use " + fix;
    case Kind::rpath_void:
      return at + ", in the RPATH of " + quoted(hint.object) +
             ", which the loader ignores because that file has a RUNPATH, too: use " + fix;
    case Kind::rpath_overridden:
      return at + ", in the RPATH of " + quoted(hint.object) +
             ", which the loader ignores because " + quoted(hint.needed_by) +
             " has a RUNPATH: use " + fix;
    case Kind::no_default_folders:
      return at + ", but " + quoted(hint.object) +
             " is linked with -z nodefaultlib, so the loader does not look there for it: use " +
             fix;
    case Kind::cache_stale:
      return at +
             ", a folder of /etc/ld.so.conf, but /etc/ld.so.cache does not list it: run "
             "ldconfig, or use " +
             fix;
    case Kind::link_missing:
      return "is the soname of " + quoted(hint.path) +
             ", but no file has that name: make the link with ldconfig -n " +
             quoted(folder_of(hint.path));
    case Kind::deleted:
      return "belongs at " + quoted(hint.path) + " (package " + quoted(hint.package) +
             "), but is gone from there: " + reinstall(hint);
    case Kind::elsewhere:
      if (hint.name.starts_with('/'))
        return "is at another place, " + quoted(hint.path) + " (package " + quoted(hint.package) +
               "): read from a root that has it at the right one with --root DIR";
      return at + " (package " + quoted(hint.package) +
             "), where the loader does not look for it: use " + fix;
    case Kind::offered:
      return "is in package " + quoted(hint.package) + ", which is not installed: " + install(hint);
    case Kind::likely:
      return "is likely in package " + quoted(hint.package) +
             ", which is not installed: " + install(hint);
  }
  return "";
}

enum class Number { one, several };

std::string what_to_do(const Unresolved& missing, Number number, Advised advised) {
  const bool builds = advised == Advised::build;
  if (!missing.broken.empty())
    return "the loader would stop at it: repair or remove that file, or put a good one before it "
           "on --library-path";
  const bool interpreter =
      !missing.searched.empty() && missing.searched.front().rule == SearchRule::interpreter;
  if (interpreter)
    return "install the C library of that machine, or read from a root that has it with --root DIR";
  if (missing.name.find('/') != missing.name.npos)
    return std::string("put the file there") +
           (builds ? ", or leave it out with --exclude or --allow-missing" : "");
  if (number == Number::several)
    return std::string("install the packages that have them, ") + (builds ? "" : "or ") +
           "name their folders with --library-path DIRS" +
           (builds ? ", or go on without them with --allow-missing" : "");
  return std::string("install the package that has it, ") + (builds ? "" : "or ") +
         "name its folder with --library-path DIR" +
         (builds ? ", or go on without it with --allow-missing" : "");
}

/// What is known about the names of a block, a line each; the general advice for those without.
std::vector<std::string> advice_for(const Block& block, const std::vector<MissingHint>& hints,
                                    Advised advised) {
  std::vector<std::string> lines;
  size_t unexplained = block.names.size();
  for (const Unresolved* it : block.names) {
    const size_t before = lines.size();
    for (const MissingHint& hint : hints) {
      if (hint.name != it->name) continue;
      std::string line = quoted(it->name) + ' ' + describe(hint);
      if (std::find(lines.begin(), lines.end(), line) == lines.end())
        lines.push_back(std::move(line));
    }
    if (lines.size() > before) --unexplained;
  }
  if (unexplained == 0) return lines;
  const std::string advice =
      what_to_do(*block.names.front(), unexplained == 1 ? Number::one : Number::several, advised);
  const char* others = unexplained == 1 ? "the other: " : "the others: ";
  lines.push_back(lines.empty() ? advice : others + advice);
  return lines;
}

std::string describe(const Search& search) {
  std::string out;
  for (const std::string& by : search.needed_by) out += "    needed by " + by + '\n';
  if (search.rules.empty()) return out;
  out += "    searched, in this order:\n";
  for (const std::string& rule : search.rules) out += "      " + rule + '\n';
  return out;
}

}  // namespace

std::string describe_missing(const std::vector<Unresolved>& missing,
                             const std::vector<MissingHint>& hints, Advised advised) {
  std::string out;
  for (const Block& block : blocks_of(missing)) {
    for (const Unresolved* it : block.names)
      out += "  " + quoted(it->name) +
             (it->broken.empty() ? " not found" : " cannot be loaded: " + it->broken) + '\n';
    for (const Search& search : block.searches) out += describe(search);
    for (const std::string& line : advice_for(block, hints, advised)) out += "    " + line + '\n';
  }
  return out;
}

}  // namespace pack
