#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "closure/hwcaps_folders.h"
#include "elf/elf.h"

namespace pack {

/// What was compiled into one glibc loader and differs by distribution and machine.
struct LoaderConstants {
  std::vector<std::string> default_directories;  ///< searched last, without trailing slashes
  std::string lib;                               ///< $LIB
  std::vector<std::string> platforms;            ///< $PLATFORM, the machine's plain name first
  /// Of the folders that glibc 2.36 and before search; empty for later ones.
  std::vector<LegacyPart> legacy_parts;
};

/// Read out of the bytes of an ld.so: its table of system directories, and the $LIB that matches.
/// Where the bytes hold no such table, `/lib64 /usr/lib64 /lib /usr/lib` and "lib64" for 64-bit
/// machines, `/lib /usr/lib` and "lib" for the others: what glibc has when nobody changed it.
LoaderConstants loader_constants(std::string_view ld_so, const ElfMachine& machine);

}  // namespace pack
