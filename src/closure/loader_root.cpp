#include "closure/loader_root.h"

#include "closure/ld_so_conf.h"

namespace pack {

namespace {

constexpr uint64_t kLargestCache = 64 << 20;
constexpr uint64_t kLargestLoader = 16 << 20;

}  // namespace

const LdSoCache* LoaderRoot::cache() {
  if (!cache_read_) {
    cache_read_ = true;
    const Walk file = walk(tree_, "/etc/ld.so.cache");
    if (file.found(FileKind::regular)) {
      try {
        cache_ = decode_ld_so_cache(read_whole(*tree_.open(file.real), kLargestCache));
      } catch (const Error&) {
        cache_.reset();
      }
    }
  }
  return cache_ ? &*cache_ : nullptr;
}

const std::vector<std::string>& LoaderRoot::conf_directories() {
  if (!conf_directories_) conf_directories_ = ld_so_conf_directories(tree_);
  return *conf_directories_;
}

const std::vector<std::string>& LoaderRoot::hwcaps_levels(const std::string& directory) {
  const auto [place, is_new] = hwcaps_levels_.try_emplace(directory);
  if (!is_new) return place->second;
  const Walk folder = walk(tree_, directory + "/glibc-hwcaps");
  if (!folder.found(FileKind::directory)) return place->second;
  try {
    place->second = tree_.list(folder.real);
  } catch (const AccessDenied&) {
    // The loader could not look into it either.
  }
  return place->second;
}

const LoaderConstants& LoaderRoot::constants(const ImagePath& ld_so, const ElfMachine& machine) {
  const auto [place, is_new] = constants_.try_emplace(ld_so);
  if (is_new) {
    // A root may hold plug-ins of a machine without its loader; glibc's usual values serve then.
    const Walk file = walk(tree_, ld_so.str());
    const bool there = file.found(FileKind::regular);
    place->second = loader_constants(
        there ? read_whole(*tree_.open(file.real), kLargestLoader) : std::string(), machine);
  }
  return place->second;
}

}  // namespace pack
