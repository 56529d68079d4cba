#pragma once

#include <cstdint>
#include <string>

#include "rootfs/rootfs.h"
#include "source/file_tree.h"

namespace pack {

/// "NEEDED libtinfo.so.6 by /usr/bin/bash, found through ld.so.cache"
std::string describe(const Reason& reason);

/// "-rwxr-xr-x", as ls(1) shows it.
std::string describe_mode(const Entry& entry);
std::string describe_mode(FileKind kind, uint32_t mode);

/// "3.94 MB", decimal.
std::string describe_size(uint64_t bytes);

}  // namespace pack
