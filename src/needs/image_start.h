#pragma once

#include <string>
#include <vector>

#include "closure/closure.h"
#include "image/config.h"
#include "needs/needs.h"

namespace pack {

/// How an image starts, by its config and its files, as far as that can be told without starting
/// it.
struct ImageStart {
  std::vector<std::string> words;  ///< Entrypoint and Cmd; empty: the image starts nothing
  std::string program;             ///< route of the first word's file; empty: it is not found
  Needs needs;                     ///< the ELF programs behind it, and its scripts
  Closure closure;                 ///< what their loaders map, with LD_LIBRARY_PATH of the config
  std::string failure;             ///< not empty: why there is no closure; a sentence
};

/// The first word is looked for as engines do: a path, relative ones from the working directory, or
/// a name on the config's PATH. With OpenedLater::taken, `elves` must be able to tell
/// (libc_opens_imports()). Throws Error when the tree cannot be read.
ImageStart find_image_start(const FileTree& tree, ElfCache& elves, const ImageConfig& config,
                            OpenedLater opened_later);

}  // namespace pack
