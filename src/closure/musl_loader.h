#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "closure/closure.h"
#include "elf/elf_cache.h"
#include "source/file_tree.h"

namespace pack {

/// What follows from the path by which a program names musl's loader.
struct MuslLoader {
  std::string arch;       ///< "x86_64": out of the loader's own name
  std::string path_file;  ///< "/etc/ld-musl-x86_64.path": where it expects its list of folders
};

/// Nothing when the last component is not ld-musl-ARCH.so*, with or without something behind.
/// The path file stands beside the folder that holds the loader: /opt/m/lib/ld-musl-x86_64.so.1
/// has /opt/m/etc/ld-musl-x86_64.path.
std::optional<MuslLoader> musl_loader(std::string_view interpreter);

/// The loader of a process; nothing when it is glibc's, or none.
std::optional<MuslLoader> musl_loader(const Process& process);

/// True when musl's loader takes the name for itself, whatever files there are: libc.so,
/// libc.musl-x86_64.so.1, libm.so.6, ... (load_library() in ldso/dynlink.c).
bool is_musl_itself(std::string_view name);

enum class CLibrary { glibc, musl };

/// For which C library a file was linked: a program's PT_INTERP tells, a library's DT_NEEDED.
/// Nothing when neither does.
std::optional<CLibrary> c_library_of(const ElfFacts& facts);

/// musl's loader for a library that no program loads: the one that its DT_NEEDED names, or else the
/// first of its machine in /lib. When there is none, the path has a "*" where the machine's name
/// should be.
std::string musl_loader_for(const FileTree& tree, ElfCache& elves, const ElfFacts& library);

}  // namespace pack
