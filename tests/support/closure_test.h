#pragma once

#include <set>
#include <string>
#include <vector>

#include "support/bare_root.h"
#include "support/compile.h"
#include "support/pack_test.h"

namespace pack {

/// Programs and libraries compiled in the test's folder; the oracle is this machine's loader.
class ClosureTest : public PackTest {
 protected:
  /// A shared library with `int NAME() { return value; }`, found at `path` below the test's folder.
  void library(const std::string& path, const std::string& name, int value,
               const std::string& flags = "") const;

  /// A library whose function also calls another library's and adds `value`.
  void library_using(const std::string& path, const std::string& name, const std::string& used,
                     int value, const std::string& flags) const;

  /// A program that prints what `int NAME()` returns.
  void program(const std::string& path, const std::string& name, const std::string& flags) const;

  /// Packs `path` and checks: the image has exactly the ELF files that the loader maps here, and
  /// the program prints in the image what it prints here. `library_path`: LD_LIBRARY_PATH of both.
  /// Returns the image's root.
  std::filesystem::path same_as_here(const std::string& path, const std::string& library_path = "",
                                     const std::vector<std::string>& options = {}) const;

  /// The loader cannot start it here, pack refuses it and names each text.
  void missing_here_too(const std::string& path, const std::vector<std::string>& texts) const;

  std::string at(const std::string& name) const { return (dir_ / name).string(); }
};

}  // namespace pack
