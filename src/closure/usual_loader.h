#pragma once

#include <string>

#include "elf/elf.h"

namespace pack {

/// Where glibc's loader for such objects is by the machine's ABI, as compilers put it into
/// PT_INTERP: "/lib64/ld-linux-x86-64.so.2". For libraries, which do not name one. Empty for a
/// machine that glibc has no loader for.
std::string usual_glibc_loader(const ElfFacts& facts);

}  // namespace pack
