#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "elf/elf.h"

namespace pack {

/// What reading one file gave: facts, or why there are none.
struct ElfReading {
  std::shared_ptr<const ElfFacts> facts;
  std::string why_not;                ///< the loader's complaint, when `facts` is empty
  std::optional<ElfMachine> machine;  ///< where that can be told, even of a broken file
  bool access_denied = false;         ///< the file may not be read by this user
};

/// Reads each ELF file once, however many programs, paths and trees lead to it.
/// Keyed by identity, so the trees that share one cache must share their identities too.
class ElfCache {
 public:
  ElfCache() = default;
  explicit ElfCache(ElfWants wants) : wants_(std::move(wants)) {}

  /// `path` must be a regular file of `tree`, and `id` its identity.
  const ElfReading& read(const FileTree& tree, const ImagePath& path, FileId id);

 private:
  ElfWants wants_;
  std::map<FileId, ElfReading> readings_;
};

}  // namespace pack
