// Where processor-specific variants of a library stand, for each library folder DIR.
//
// Since glibc 2.33: DIR/glibc-hwcaps/LEVEL, on CPUs of that level.
//
// Until glibc 2.36 also the older kind: DIR/tls/haswell/avx512_1/x86_64 and every folder that
// remains when some of those components are left out, in the order of counting down in binary
// (_dl_important_hwcaps in elf/dl-hwcaps.c):
//     tls/haswell/x86_64  tls/haswell  tls/x86_64  tls  haswell/x86_64  haswell  x86_64
// "tls" and the machine's own name count on every CPU, the others only where the CPU has them.

#include "closure/hwcaps_folders.h"

#include <algorithm>
#include <iterator>

#include "source/walk.h"

namespace pack {

namespace {

/// For a glibc-hwcaps that may be searched and not listed: the loader knows the names, too.
constexpr std::string_view kKnownLevels[] = {
    "power10", "power9", "x86-64-v2", "x86-64-v3", "x86-64-v4", "z13", "z14", "z15", "z16"};

bool is_folder(const FileTree& tree, const std::string& route) {
  return walk(tree, route).found(FileKind::directory);
}

void add_levels(const FileTree& tree, const std::string& directory,
                std::vector<HwcapsFolder>& out) {
  const std::string hwcaps = directory + "/glibc-hwcaps";
  const Walk folder = walk(tree, hwcaps);
  if (!folder.found(FileKind::directory)) return;
  std::vector<std::string> levels;
  try {
    levels = tree.list(folder.real);
  } catch (const AccessDenied&) {
    levels.assign(std::begin(kKnownLevels), std::end(kKnownLevels));
  }
  for (const std::string& level : levels) out.push_back({hwcaps + '/' + level, level});
}

/// The legacy folders below `folder` that are made of the parts from `first` on.
void add_legacy(const FileTree& tree, const HwcapsFolder& folder,
                const std::vector<LegacyPart>& parts, size_t first,
                std::vector<HwcapsFolder>& out) {
  for (size_t i = first; i < parts.size(); ++i) {
    for (const std::string_view name : parts[i].names) {
      HwcapsFolder below{folder.route + '/' + std::string(name), folder.level};
      if (!is_folder(tree, below.route)) continue;
      if (!parts[i].everywhere) (below.level += below.level.empty() ? "" : "/") += name;
      add_legacy(tree, below, parts, i + 1, out);
      out.push_back(std::move(below));
    }
  }
}

const LegacyPart* part_named(std::string_view name, const std::vector<LegacyPart>& parts) {
  for (const LegacyPart& part : parts)
    if (std::find(part.names.begin(), part.names.end(), name) != part.names.end()) return &part;
  return nullptr;
}

}  // namespace

std::string legacy_level(const std::string& route, const std::vector<LegacyPart>& legacy_parts) {
  std::string level;
  std::string_view rest = std::string_view(route).substr(0, route.rfind('/'));
  while (rest.find('/') != rest.npos) {
    const std::string name(rest.substr(rest.rfind('/') + 1));
    const LegacyPart* part = part_named(name, legacy_parts);
    if (!part) break;
    if (!part->everywhere) level = name + (level.empty() ? "" : "/") + level;
    rest = rest.substr(0, rest.rfind('/'));
  }
  return level;
}

std::vector<HwcapsFolder> find_hwcaps_folders(const FileTree& tree, const std::string& directory,
                                              const std::vector<LegacyPart>& legacy_parts) {
  std::vector<HwcapsFolder> out;
  add_levels(tree, directory, out);
  add_legacy(tree, {directory, ""}, legacy_parts, 0, out);
  return out;
}

}  // namespace pack
