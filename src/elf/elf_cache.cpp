#include "elf/elf_cache.h"

namespace pack {

const ElfReading& ElfCache::read(const FileTree& tree, const ImagePath& path, FileId id) {
  const auto [place, is_new] = readings_.try_emplace(id);
  if (!is_new) return place->second;
  ElfReading& reading = place->second;
  try {
    const std::unique_ptr<File> file = tree.open(path);
    try {
      reading.facts = std::make_shared<const ElfFacts>(read_elf(*file, wants_));
      reading.machine = reading.facts->machine;
    } catch (const ElfError& error) {
      reading.why_not = error.what();
      reading.machine = read_elf_machine(*file);
    }
  } catch (const ElfError&) {
    // Not even its machine can be told.
  } catch (const AccessDenied&) {
    reading.why_not = "permission denied";
    reading.access_denied = true;
  }
  return reading;
}

}  // namespace pack
