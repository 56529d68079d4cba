#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "closure/closure.h"
#include "rootfs/rootfs.h"

namespace pack {

/// "NEEDED libtinfo.so.6 by /usr/bin/bash, found through ld.so.cache"
std::string describe(const Reason& reason);

/// "-rwxr-xr-x", as ls(1) shows it.
std::string describe_mode(const Entry& entry);

/// "3.94 MB", decimal.
std::string describe_size(uint64_t bytes);

/// The whole report of missing files: which, who needs them, where they were searched, what to do.
std::string describe_missing(const std::vector<Unresolved>& missing);

}  // namespace pack
