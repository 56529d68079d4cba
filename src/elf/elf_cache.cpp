#include "elf/elf_cache.h"

namespace pack {

const ElfReading& ElfCache::read(const FileTree& tree, const ImagePath& path, FileId id) {
  const auto [place, is_new] = readings_.try_emplace(id);
  if (!is_new) return place->second;
  ElfReading& reading = place->second;
  try {
    reading.facts = std::make_shared<const ElfFacts>(read_elf(*tree.open(path)));
  } catch (const ElfError& error) {
    reading.why_not = error.what();
  } catch (const AccessDenied&) {
    reading.why_not = "permission denied";
    reading.access_denied = true;
  }
  return reading;
}

}  // namespace pack
