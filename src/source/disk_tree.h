#pragma once

#include <memory>
#include <string>

#include "source/file_tree.h"

namespace pack {

/// The files of this machine below `root`, which becomes "/" of the tree: "/" itself or a sysroot.
/// Folders are looked at once: a tree is for one run, in which they stay.
/// Reading is all it does; FIFOs, devices and sockets are never opened.
/// Throws Error when `root` is not a folder that can be read.
std::unique_ptr<FileTree> open_disk_tree(const std::string& root);

}  // namespace pack
