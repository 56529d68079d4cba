#pragma once

#include <string>
#include <string_view>

#include "cli/colour.h"
#include "trees.h"

namespace pack {

/// Why a library is loaded: every chain from a program to it, a line each, shortest first:
/// "/usr/bin/gdb -> libdebuginfod.so.1 -> libcurl-gnutls.so.4 [ld.so.cache]". The rule stands where
/// that chain's last step found the file. Empty when nothing loads it.
std::string tree_chains(const Trees& trees, std::string_view name, const Paint& paint);

}  // namespace pack
