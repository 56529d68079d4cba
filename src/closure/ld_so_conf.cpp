// /etc/ld.so.conf as ldconfig reads it (glibc, elf/ldconfig.c: parse_conf, parse_conf_include,
// add_dir_1), against the tree instead of the host:
//
//   # comment             from '#' to the end of the line
//   include a.conf d/*    blank-separated glob patterns; relative ones start at the folder of the
//                         file that includes. Matches are read in bytewise order, at that place
//   hwcap 1 name          obsolete, ignored
//   /a/folder             everything else is ONE folder: neither blanks nor ',' nor ':' separate
//   /a/folder=libc6       the library type has no meaning any more
//
// A folder that does not exist is left out, and one that was there already, under whatever name.
// ldconfig recurses into include cycles until it dies; here each file is read once, which changes
// nothing else: its folders are in the list by then.

#include "closure/ld_so_conf.h"

#include <fnmatch.h>
#include <strings.h>

#include <algorithm>
#include <set>

#include "source/walk.h"

namespace pack {

namespace {

constexpr std::string_view kSpace = " \t\n\v\f\r";
constexpr std::string_view kBlank = " \t";
constexpr uint64_t kLargestFile = 1 << 20;
constexpr size_t kMostPaths = 10'000;  // matches of all includes together
constexpr long kMostStars = 4;         // in one component: fnmatch's time is a power of them

bool is_directive(std::string_view line, std::string_view name) {
  return line.size() > name.size() && kBlank.find(line[name.size()]) != kBlank.npos &&
         strncasecmp(line.data(), name.data(), name.size()) == 0;
}

void add_includes(std::string_view patterns, std::vector<LdSoConfLine>& lines) {
  while (!patterns.empty()) {
    const size_t end = std::min(patterns.find_first_of(kBlank), patterns.size());
    if (end > 0)
      lines.push_back({LdSoConfLine::Kind::include, std::string(patterns.substr(0, end))});
    patterns.remove_prefix(std::min(end + 1, patterns.size()));
  }
}

void add_directory(std::string_view line, std::vector<LdSoConfLine>& lines) {
  line = line.substr(0, line.find('='));
  line = line.substr(0, line.find_last_not_of(kSpace) + 1);
  line = line.substr(0, line.find_last_not_of('/') + 1);
  if (!line.empty()) lines.push_back({LdSoConfLine::Kind::directory, std::string(line)});
}

void parse_line(std::string_view line, std::vector<LdSoConfLine>& lines) {
  line = line.substr(0, line.find('\0'));  // ldconfig's strings end there
  line = line.substr(0, line.find('#'));
  line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
  if (line.starts_with("include") && is_directive(line, "include"))
    add_includes(line.substr(8), lines);
  else if (!is_directive(line, "hwcap"))
    add_directory(line, lines);
}

/// The paths of the tree that a glob pattern matches, as glob(3) gives them without flags.
class Glob {
 public:
  explicit Glob(const FileTree& tree) : tree_(tree) {}

  /// `pattern` is absolute. The paths are routes, in bytewise order.
  std::vector<std::string> expand(std::string_view pattern) {
    std::vector<std::string> routes = {""};
    while (!pattern.empty() && !routes.empty()) {
      pattern.remove_prefix(1);  // the '/'
      const std::string part(pattern.substr(0, pattern.find('/')));
      pattern.remove_prefix(part.size());
      routes = descend(routes, part);
    }
    std::sort(routes.begin(), routes.end());
    return routes;
  }

 private:
  std::vector<std::string> descend(const std::vector<std::string>& folders,
                                   const std::string& part) {
    std::vector<std::string> deeper;
    for (const std::string& folder : folders)
      for (const std::string& name : matches(folder, part)) {
        if (++paths_ > kMostPaths)
          throw Error("/etc/ld.so.conf includes more than " + std::to_string(kMostPaths) +
                      " paths: make its include patterns narrower");
        deeper.push_back(folder + '/' + name);
      }
    return deeper;
  }

  /// Names in the folder; a part without wildcards need not be looked up, opening it shows.
  std::vector<std::string> matches(const std::string& folder, const std::string& part) {
    if (part.find_first_of("*?[\\") == part.npos) return {part};
    if (std::count(part.begin(), part.end(), '*') > kMostStars)
      throw Error("/etc/ld.so.conf has an include pattern with more than 4 '*' in one name, " +
                  quoted(part) + ": make it simpler");
    const Walk end = walk(tree_, folder + '/');
    if (!end.found(FileKind::directory)) return {};
    std::vector<std::string> names = list(end.real);
    std::erase_if(names, [&](const std::string& name) {
      return fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) != 0;
    });
    return names;
  }

  std::vector<std::string> list(const ImagePath& folder) const {
    try {
      return tree_.list(folder);
    } catch (const AccessDenied&) {
      return {};  // as glob(3) does
    }
  }

  const FileTree& tree_;
  size_t paths_ = 0;
};

class Reader {
 public:
  explicit Reader(const FileTree& tree) : tree_(tree), glob_(tree) {}

  void read(const std::string& route) {
    const Walk file = walk(tree_, route);
    if (!file.found(FileKind::regular) || !files_.insert(file.real).second) return;
    for (const LdSoConfLine& line : parse_ld_so_conf(text_of(file.real)))
      if (line.kind == LdSoConfLine::Kind::directory)
        add(line.text);
      else
        include(route, line.text);
  }

  std::vector<std::string> directories;

 private:
  std::string text_of(const ImagePath& path) const {
    try {
      return read_whole(*tree_.open(path), kLargestFile);
    } catch (const AccessDenied&) {
      return {};  // ldconfig, too, goes on without a file that it cannot open
    } catch (const Error& error) {
      throw Error("reading " + quoted(path.str()) + ": " + error.what());
    }
  }

  void include(const std::string& from, const std::string& pattern) {
    const std::string folder = from.substr(0, from.rfind('/') + 1);
    for (const std::string& route :
         glob_.expand(pattern.starts_with('/') ? pattern : folder + pattern))
      read(route);
  }

  void add(const std::string& directory) {
    if (!directory.starts_with('/')) return;
    const Walk end = walk(tree_, directory);
    if (end.found(FileKind::directory) && seen_.insert(end.real).second)
      directories.push_back(directory);
  }

  const FileTree& tree_;
  Glob glob_;
  std::set<ImagePath> files_;
  std::set<ImagePath> seen_;
};

}  // namespace

std::vector<LdSoConfLine> parse_ld_so_conf(std::string_view text) {
  std::vector<LdSoConfLine> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    parse_line(text.substr(0, end), lines);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string> ld_so_conf_directories(const FileTree& tree) {
  Reader reader(tree);
  reader.read("/etc/ld.so.conf");
  return std::move(reader.directories);
}

}  // namespace pack
