#include "closure/loader_root.h"

#include "closure/ld_so_conf.h"

namespace pack {

namespace {

constexpr uint64_t kLargestCache = 64 << 20;

}  // namespace

const std::shared_ptr<const Walk>& LoaderRoot::walk_to(const std::string& route) {
  const auto [place, is_new] = walks_.try_emplace(route);
  if (is_new) place->second = std::make_shared<const Walk>(walk(tree_, route));
  return place->second;
}

const Candidate& LoaderRoot::look_at(const std::string& route, const ElfMachine& machine) {
  if (const auto known = candidates_.find(route); known != candidates_.end())
    for (const Judged& it : known->second)
      if (it.machine == machine) return it.candidate;
  Candidate candidate =
      judge_candidate(tree_, elves_, std::make_shared<const Walk>(walk(tree_, route)), machine);
  if (!candidate.walk->found()) {
    // Nothing is there, mostly. To remember all such places would take more than to look again.
    absent_ = std::move(candidate);
    return absent_;
  }
  std::vector<Judged>& judged = candidates_[route];
  judged.push_back({machine, std::move(candidate)});
  return judged.back().candidate;
}

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

const std::vector<HwcapsFolder>& LoaderRoot::hwcaps_folders(const std::string& directory,
                                                            const LoaderConstants& loader) {
  // Loaders of different kinds in one root are of different machines, whose folders differ anyway.
  const std::string key =
      directory + '\0' + std::string(loader.legacy_parts.empty() ? "" : loader.platforms.front());
  const auto [place, is_new] = hwcaps_folders_.try_emplace(key);
  if (is_new) place->second = find_hwcaps_folders(tree_, directory, loader.legacy_parts);
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
