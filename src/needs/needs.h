#pragma once

#include <string>
#include <vector>

#include "closure/closure.h"
#include "needs/addition.h"

namespace pack {

/// A script that is in the image, and one program that its first line runs.
struct ScriptUse {
  std::string script;   ///< route of the script
  std::string line;     ///< its first line, "#!/usr/bin/env python3"
  std::string program;  ///< route of what it runs; scripts again are in the list themselves
};

/// What programs and additions ask for before any loader is asked.
struct Needs {
  std::vector<std::string>
      programs;  ///< ELF programs: the entrypoint's own or its interpreter first
  std::vector<std::string> libraries;  ///< ELF libraries among the additions
  std::vector<ScriptUse> scripts;
  std::vector<std::string> in_base;  ///< routes of what scripts run and the base image has
  std::vector<Unresolved> missing;   ///< programs that scripts run and the root does not have
  std::vector<std::string> notes;    ///< additions that could not be started, taken as they are
};

/// The program behind a bare name, searched in the folders of `path` (colon separated) as execvp(3)
/// does; a name with a '/' is absolute or taken from the root. Throws Error when there is none.
std::string find_program(const FileTree& tree, const std::string& name, const std::string& path);

/// Sorts programs and additions into ELF files and scripts, and follows the scripts to what they
/// run. `path` is the PATH that the image will have. Throws Error for a program that is neither; an
/// addition that could not be started is data, and a note. What scripts run is looked for in `base`
/// first (null: there is none).
Needs find_needs(const FileTree& tree, ElfCache& elves, const std::vector<std::string>& programs,
                 const Additions& additions, const std::string& path,
                 const FileTree* base = nullptr);

}  // namespace pack
