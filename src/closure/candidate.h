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
    end_list,   ///< it goes on with the next rule: something there cannot be opened (ELOOP, ENXIO)
    stop        ///< the loader gives up with an error: a broken file
  };
  Verdict verdict = Verdict::pass_over;
  std::string why;  ///< "no such file", "wrong machine", "invalid ELF header", ...; empty for take
  std::shared_ptr<const Walk> walk;  ///< never null
  std::shared_ptr<const ElfFacts> facts;
};

/// Judges the file at the end of `walk` as open_verify() in glibc's elf/dl-load.c does, for a
/// process of `machine`.
Candidate judge_candidate(const FileTree& tree, ElfCache& elves, std::shared_ptr<const Walk> walk,
                          const ElfMachine& machine);

}  // namespace pack
