#include "image/platform.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"

namespace pack {

namespace {

struct Architecture {
  std::string_view name;
  std::vector<std::string_view> variants;  ///< that may be written
  std::string_view unwritten = {};         ///< the variant that is meant where none is written
  std::string_view implied = {};           ///< the variant that is never written down
};

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> kAll = {
      {"386", {}},
      {"amd64", {"v1", "v2", "v3", "v4"}, "", "v1"},
      {"arm", {"v5", "v6", "v7", "v8"}, "v7"},
      {"arm64", {"v8", "v9"}, "", "v8"},
      {"loong64", {}},
      {"mips", {}},
      {"mips64", {}},
      {"mips64le", {}},
      {"mipsle", {}},
      {"ppc64", {}},
      {"ppc64le", {}},
      {"riscv64", {}},
      {"s390x", {}},
  };
  return kAll;
}

struct Spelling {
  std::string_view written, architecture, variant;
};

constexpr std::array<Spelling, 6> kSpellings = {{
    {"i386", "386", ""},
    {"x86_64", "amd64", ""},
    {"x86-64", "amd64", ""},
    {"aarch64", "arm64", ""},
    {"armhf", "arm", "v7"},
    {"armel", "arm", "v6"},
}};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '/')
      parts.emplace_back();
    else
      parts.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return parts;
}

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw UsageError("platform " + quoted(text) + ": " + why);
}

const Architecture& find_architecture(std::string_view text, std::string_view name) {
  std::string known;
  for (const Architecture& architecture : architectures()) {
    if (architecture.name == name) return architecture;
    (known += known.empty() ? "" : ", ") += architecture.name;
  }
  refuse(text, "unknown architecture " + quoted(name) + "; the known ones are " + known);
}

std::string normal_variant(std::string_view text, const Architecture& architecture,
                           std::string variant) {
  if (variant.empty()) return std::string(architecture.unwritten);
  if (variant.front() != 'v') variant.insert(0, "v");
  const auto& known = architecture.variants;
  if (std::find(known.begin(), known.end(), variant) == known.end())
    refuse(text, std::string(architecture.name) + " has no variant " + quoted(variant));
  return variant == architecture.implied ? "" : variant;
}

}  // namespace

Platform parse_platform(std::string_view text) {
  const std::vector<std::string> parts = split(text);
  if (parts.size() < 2 || parts.size() > 3 || std::count(parts.begin(), parts.end(), "") > 0)
    refuse(text, "write OS/ARCHITECTURE[/VARIANT], such as linux/amd64 or linux/arm/v7");
  if (parts[0] != "linux") refuse(text, "pack makes Linux images; write linux/ARCHITECTURE");

  std::string name = parts[1], variant = parts.size() == 3 ? parts[2] : "";
  for (const Spelling& spelling : kSpellings) {
    if (spelling.written != name) continue;
    name = spelling.architecture;
    if (!spelling.variant.empty()) variant = spelling.variant;
    break;
  }
  const Architecture& architecture = find_architecture(text, name);
  return {"linux", name, normal_variant(text, architecture, variant)};
}

std::string Platform::str() const {
  return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

}  // namespace pack
