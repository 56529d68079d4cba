#pragma once

#include <string>

#include "elf/elf_cache.h"
#include "source/walk.h"

namespace pack {

/// A shared library of `machine` stands at the absolute route `path`: the loader would take it if
/// it looked there.
bool is_loadable(const FileTree& tree, ElfCache& elves, const std::string& path,
                 const ElfMachine& machine);

}  // namespace pack
