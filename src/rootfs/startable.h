#pragma once

#include <string>
#include <vector>

#include "closure/closure.h"
#include "rootfs/rootfs.h"

namespace pack {

/// What the loaders' rules, applied inside the plan, come to.
struct StartFindings {
  std::vector<Unresolved> missing;  ///< an image with any of these could not start
  std::vector<std::string> notes;   ///< differences that a user should know
  Closure closure;                  ///< as found in the planned image
};

/// Looks the whole closure of every program and plug-in up again in the image as planned, where
/// only the planned files, the image's own ld.so.cache and no LD_LIBRARY_PATH exist. What
/// --exclude took away is a note, not a finding; a library that is another file than `closure`
/// found on the build host is a note.
StartFindings check_startable(const Rootfs& rootfs, const FileTree& tree, ElfCache& elves,
                              const Closure& closure);

/// Checks that an engine could execute the first word of the entrypoint (or of the command): it is
/// in the image, by its path or through `path` (colon separated), and executable. Throws Error.
void require_entrypoint(const Rootfs& rootfs, const FileTree& tree, const std::string& word,
                        const std::string& path, const std::string& working_dir);

}  // namespace pack
