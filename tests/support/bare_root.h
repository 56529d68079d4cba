#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "support/process.h"

namespace pack {

/// Whether the root has a /proc mounted, as an engine gives it, or an empty folder.
enum class Proc { none, mounted };

/// Runs a program with `root` as its root folder and an empty environment (but PATH): a chroot,
/// for an ordinary user inside a user namespace. `environment`: "NAME=VALUE", besides.
Outcome run_in_root(const std::filesystem::path& root, const std::vector<std::string>& argv,
                    Proc proc = Proc::mounted, const std::vector<std::string>& environment = {});

/// The oracle for closures: the files that this machine's loader maps for a program, as real
/// paths, the interpreter and the program itself included. It asks the loader, which loads but does
/// not start. `library_path` is LD_LIBRARY_PATH.
std::set<std::string> loaded_on_host(const std::filesystem::path& program,
                                     const std::string& library_path = "");

/// The ELF files in a root, as real paths inside it.
std::set<std::string> elf_files_in(const std::filesystem::path& root);

/// Copies this machine's C library and loader, and the symlinks of merged /usr, into a folder,
/// so that dynamic programs start with it as their root.
void make_sysroot(const std::filesystem::path& root);

}  // namespace pack
