#include "transport/platform_choice.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/error.h"

namespace pack {

namespace {

/// The kernel's names that parse_platform() does not know; others are Go's or known spellings.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kKernelNames = {{
    {"i686", "386"},
    {"i586", "386"},
    {"armv7l", "arm/v7"},
    {"armv6l", "arm/v6"},
    {"armv8l", "arm/v8"},
    {"loongarch64", "loong64"},
}};

/// In the one spelling that is compared; as it is where it is no platform that pack knows.
Platform normal(const Platform& platform) {
  try {
    return parse_platform(platform.str());
  } catch (const Error&) {
    return platform;
  }
}

/// Of arm and amd64, where a higher one runs what is made for the lower ones.
std::optional<int> level(const Platform& platform) {
  if (platform.architecture != "arm" && platform.architecture != "amd64") return std::nullopt;
  if (platform.architecture == "amd64" && platform.variant.empty()) return 1;
  return platform.variant.size() == 2 ? std::optional(platform.variant[1] - '0') : std::nullopt;
}

/// How well a program for `offered` runs on `wanted`: 0 best, nothing: not at all.
std::optional<int> distance(const Platform& offered, const Platform& wanted) {
  if (offered.os != wanted.os || offered.architecture != wanted.architecture) return std::nullopt;
  if (offered.variant == wanted.variant) return 0;
  const std::optional<int> has = level(offered), may_have = level(wanted);
  if (!has || !may_have || *has > *may_have) return std::nullopt;
  return *may_have - *has;
}

}  // namespace

Platform host_platform() {
  utsname names = {};
  ::uname(&names);
  std::string machine = names.machine;
  for (const auto& [kernels, gos] : kKernelNames)
    if (machine == kernels) machine = gos;
  try {
    return parse_platform("linux/" + machine);
  } catch (const Error&) {
    return {"linux", machine, ""};
  }
}

std::optional<size_t> best_platform(const std::vector<Platform>& offered, const Platform& wanted) {
  std::optional<size_t> best;
  int best_distance = 0;
  for (size_t i = 0; i < offered.size(); ++i) {
    const std::optional<int> found = distance(normal(offered[i]), normal(wanted));
    if (!found || (best && *found >= best_distance)) continue;
    best = i;
    best_distance = *found;
  }
  return best;
}

std::string list_of(const std::vector<Platform>& platforms) {
  std::string out;
  std::set<std::string> seen;
  for (const Platform& platform : platforms)
    if (seen.insert(platform.str()).second) (out += out.empty() ? "" : ", ") += platform.str();
  return out;
}

}  // namespace pack
