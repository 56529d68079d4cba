#pragma once

#include <memory>
#include <string>

#include "elf/elf_cache.h"
#include "source/walk.h"

namespace pack {

/// What a loader makes of one place at which a library could be.
struct Candidate {
  enum class Verdict {
    take,
    pass_over,  ///< the search goes on: nothing there, or a file of another machine
    stop        ///< the loader gives up with an error: a broken file
  };
  Verdict verdict = Verdict::pass_over;
  std::string why;  ///< "no such file", "wrong machine", "invalid ELF header", ...; empty for take
  Walk walk;
  std::shared_ptr<const ElfFacts> facts;
};

/// Looks at `route` as open_verify() in glibc's elf/dl-load.c does, for a process of `machine`.
Candidate look_at(const FileTree& tree, ElfCache& elves, const std::string& route,
                  const ElfMachine& machine);

}  // namespace pack
