#include "cli/report_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "base/error.h"

namespace pack {

namespace {

/// Names once, each with all who need it.
struct Missing {
  const Unresolved* first;
  std::vector<std::string> needed_by;
};

std::vector<Missing> group_by_name(const std::vector<Unresolved>& missing) {
  std::vector<Missing> groups;
  std::map<std::string_view, size_t> places;
  for (const Unresolved& it : missing) {
    const auto [place, is_new] = places.try_emplace(it.name, groups.size());
    if (is_new) groups.push_back({&it, {}});
    auto& names = groups[place->second].needed_by;
    if (std::find(names.begin(), names.end(), it.needed_by) == names.end())
      names.push_back(it.needed_by);
  }
  return groups;
}

std::string what_to_do(const Unresolved& missing) {
  if (!missing.broken.empty())
    return "the loader would stop at it: repair or remove that file, or put a good one before it "
           "on --library-path";
  const bool interpreter =
      !missing.searched.empty() && missing.searched.front().rule == SearchRule::interpreter;
  if (interpreter)
    return "install the C library of that machine, or read from a root that has it with --root DIR";
  if (missing.name.find('/') != missing.name.npos)
    return "put the file there, or leave it out with --exclude or --allow-missing";
  return "install the package that has it, name its folder with --library-path DIR, or go on "
         "without it with --allow-missing";
}

}  // namespace

std::string describe(const Reason& reason) {
  switch (reason.kind) {
    case ReasonKind::program:
      return "named on the command line";
    case ReasonKind::interpreter:
      return "interpreter of " + quoted(reason.by);
    case ReasonKind::needed:
      return "NEEDED " + quoted(reason.detail) + " by " + quoted(reason.by) + ", found through " +
             std::string(describe(reason.rule));
    case ReasonKind::script:
      return "run by " + quoted(reason.by) + " (" + quoted(reason.detail) + ")";
    case ReasonKind::added:
      return reason.by + (reason.detail.empty() ? "" : " (" + reason.detail + ")");
    case ReasonKind::on_the_way:
      return "on the way to " + quoted(reason.by);
    case ReasonKind::essential:
      return "in every image, unless --bare";
    case ReasonKind::loader_cache:
      return "tells the loader where the libraries are";
  }
  return "";
}

std::string describe_mode(const Entry& entry) {
  static constexpr std::string_view kLetters = "rwxrwxrwx";
  std::string out(1, entry.kind == EntryKind::directory ? 'd'
                     : entry.kind == EntryKind::symlink ? 'l'
                                                        : '-');
  for (size_t i = 0; i < kLetters.size(); ++i) out += entry.mode & (0400U >> i) ? kLetters[i] : '-';
  const auto special = [&](uint32_t bit, size_t at, char with_x, char without_x) {
    if (entry.mode & bit) out[at] = out[at] == 'x' ? with_x : without_x;
  };
  special(04000, 3, 's', 'S');
  special(02000, 6, 's', 'S');
  special(01000, 9, 't', 'T');
  return out;
}

std::string describe_size(uint64_t bytes) {
  static constexpr std::array kUnits = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(),
                value < 9.995   ? "%.2f %s"
                : value < 99.95 ? "%.1f %s"
                                : "%.0f %s",
                value, kUnits[unit]);
  return text.data();
}

std::string describe_missing(const std::vector<Unresolved>& missing) {
  std::string out;
  for (const Missing& group : group_by_name(missing)) {
    const Unresolved& it = *group.first;
    out += "  " + quoted(it.name) + (it.broken.empty() ? " not found" : " cannot be loaded") + '\n';
    for (const std::string& by : group.needed_by) out += "    needed by " + quoted(by) + '\n';
    for (const Searched& place : it.searched)
      out += "    searched  " + quoted(place.path) + " (" + std::string(describe(place.rule)) +
             "): " + place.verdict + '\n';
    out += "    " + what_to_do(it) + '\n';
  }
  return out;
}

}  // namespace pack
