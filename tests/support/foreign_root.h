#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "support/process.h"

namespace pack {

/// A machine that Debian compiles for, and how its programs start here.
struct ForeignMachine {
  const char* architecture;  ///< Debian's name: "arm64"
  const char* platform;      ///< OCI's
  const char* triplet;       ///< of gcc, and of the folders of libraries
  const char* qemu;          ///< "qemu-aarch64-static"; empty: they run without
  const char* interpreter;   ///< PT_INTERP of its programs
};

std::ostream& operator<<(std::ostream& stream, const ForeignMachine& machine);

/// arm64, armhf, riscv64, and the big-endian s390x and ppc64.
std::vector<ForeignMachine> foreign_machines();

/// This machine, should it be an amd64.
ForeignMachine native_machine();

/// Its compiler, its C library and its emulator are installed.
bool is_installed(const ForeignMachine& machine);

/// A root folder with the layout of Debian for another machine: merged /usr, the C library in
/// /usr/lib/TRIPLET, its loader there, too, and a symlink at the place that programs name.
class ForeignRoot {
 public:
  /// `root` is made.
  ForeignRoot(const ForeignMachine& machine, std::filesystem::path root);

  const std::filesystem::path& path() const { return root_; }
  std::string at(const std::string& path) const { return root_.string() + path; }
  /// "/usr/lib/aarch64-linux-gnu"
  std::string library_folder() const { return std::string("/usr/lib/") + machine_.triplet; }

  /// A library with `int NAME(void) { return value; }`. Paths are absolute, inside the root.
  void library(const std::string& path, const std::string& name, int value,
               const std::string& flags = "") const;
  /// A program that prints "NAME=VALUE " for each of the functions, and a line's end.
  void program(const std::string& path, const std::vector<std::string>& names,
               const std::string& flags) const;
  /// The machine's gcc, in the root's folder, as compile().
  void build(const std::string& path, const std::string& source, const std::string& flags) const;

 private:
  ForeignMachine machine_;
  std::filesystem::path root_;
};

/// Runs a program with `root` as its root folder, emulated, with an empty environment but for
/// `environment` ("LD_DEBUG=libs"). The emulator stands in the root meanwhile.
Outcome run_emulated(const ForeignMachine& machine, const std::filesystem::path& root,
                     const std::vector<std::string>& argv,
                     const std::vector<std::string>& environment = {});

/// The real path of what `path` leads to with `root` as "/": the kernel walks it. Throws
/// std::runtime_error when nothing is there.
std::string path_inside(const std::filesystem::path& root, const std::string& path);

/// The oracle: the ELF files that the loader in `root` maps for a program, as real paths inside it,
/// the program and the interpreter included. What it does not find is "!NAME".
std::vector<std::string> loaded_in(const ForeignMachine& machine, const std::filesystem::path& root,
                                   const std::string& program,
                                   const std::string& library_path = "");

}  // namespace pack
