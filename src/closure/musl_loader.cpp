#include "closure/musl_loader.h"

#include <algorithm>
#include <array>

#include "source/walk.h"

namespace pack {

namespace {

constexpr std::string_view kLoaderPrefix = "ld-musl-";
constexpr std::string_view kLibcPrefix = "libc.musl-";

/// "x86_64" of "ld-musl-x86_64.so.1".
std::string_view arch_in(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return {};
  name.remove_prefix(prefix.size());
  return name.substr(0, name.find(".so"));
}

std::string loader_path(std::string_view arch) {
  return "/lib/" + std::string(kLoaderPrefix) + std::string(arch) + ".so.1";
}

bool is_glibcs(std::string_view name) {
  return name.starts_with("libc.so.") || name.starts_with("ld-linux");
}

}  // namespace

std::optional<MuslLoader> musl_loader(std::string_view interpreter) {
  const size_t slash = interpreter.rfind('/');
  const std::string arch(arch_in(interpreter.substr(slash + 1), kLoaderPrefix));
  if (arch.empty()) return std::nullopt;
  // Up to the last but one '/': the loader cuts "/lib" off the folder that it stands in.
  const size_t before =
      slash == interpreter.npos || slash == 0 ? 0 : interpreter.rfind('/', slash - 1);
  const std::string prefix(interpreter.substr(0, before == interpreter.npos ? 0 : before));
  return MuslLoader{arch, prefix + "/etc/" + std::string(kLoaderPrefix) + arch + ".path"};
}

std::optional<MuslLoader> musl_loader(const Process& process) {
  if (!process.interpreter) return std::nullopt;
  return musl_loader(process.objects[*process.interpreter].route);
}

bool is_musl_itself(std::string_view name) {
  constexpr std::array<std::string_view, 7> kReserved = {"c.",  "pthread.", "rt.",  "m.",
                                                         "dl.", "util.",    "xnet."};
  return name.starts_with("lib") &&
         std::any_of(kReserved.begin(), kReserved.end(), [&](std::string_view reserved) {
           return name.substr(3).starts_with(reserved);
         });
}

std::optional<CLibrary> c_library_of(const ElfFacts& facts) {
  if (facts.interpreter) return musl_loader(*facts.interpreter) ? CLibrary::musl : CLibrary::glibc;
  for (const ElfDependency& dependency : facts.dependencies) {
    // glibc's own libc.so is a text for the linker, so that name never comes from it.
    if (dependency.name.starts_with(kLibcPrefix) || dependency.name == "libc.so")
      return CLibrary::musl;
    if (is_glibcs(dependency.name)) return CLibrary::glibc;
  }
  return std::nullopt;
}

std::string musl_loader_for(const FileTree& tree, ElfCache& elves, const ElfFacts& library) {
  for (const ElfDependency& dependency : library.dependencies) {
    const std::string_view arch = arch_in(dependency.name, kLibcPrefix);
    if (!arch.empty()) return loader_path(arch);
  }
  const Walk folder = walk(tree, "/lib");
  if (!folder.found(FileKind::directory)) return loader_path("*");
  for (const std::string& name : tree.list(folder.real)) {
    if (arch_in(name, kLoaderPrefix).empty()) continue;
    const Walk file = walk(tree, "/lib/" + name);
    if (!file.found(FileKind::regular)) continue;
    const auto& facts = elves.read(tree, file.real, file.status.id).facts;
    if (facts && facts->machine == library.machine) return "/lib/" + name;
  }
  return loader_path("*");
}

}  // namespace pack
