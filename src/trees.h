#pragma once

#include <string>
#include <vector>

#include "closure/closure.h"
#include "closure/symbol_faults.h"
#include "needs/needs.h"
#include "packages/missing_hint.h"

namespace pack {

/// Programs and libraries whose loading is to be told.
struct TreeRequest {
  std::string root = "/";             ///< folder that is read as "/"
  std::vector<std::string> programs;  ///< routes in the root, or bare names; scripts too
  std::string program_path;           ///< PATH for bare names, and for scripts that ask env(1)
  std::vector<std::string> library_path;
  HwcapsChoice hwcaps;
  Explain explain = Explain::unresolved_only;
  SymbolCheck symbols = SymbolCheck::versions;
};

/// One ELF file with all that is loaded for it, and what is wrong with it.
struct TreeProcess {
  Process process;
  std::vector<MissingVersion> missing_versions;
  std::vector<UndefinedSymbol> undefined_symbols;
};

/// What became of one of TreeRequest::programs.
struct TreeArgument {
  std::string name;  ///< the route; a bare name that is not on the PATH
  /// Indices into Trees::processes: the file's own, or those of what runs the script.
  std::vector<size_t> processes;
  std::vector<ScriptUse> scripts;
  std::vector<Unresolved>
      missing;        ///< what the script's first line runs and the root does not have
  std::string error;  ///< it cannot be loaded at all; a sentence
};

struct Trees {
  std::vector<TreeArgument> arguments;  ///< in the order of the request
  std::vector<TreeProcess> processes;   ///< each file once
  std::vector<MissingHint> hints;       ///< what the root tells about what is not found

  /// Nothing is missing, and no argument has an error.
  bool sound() const;
};

/// What the loaders would load. Reads; writes and executes nothing. What is wrong with one program
/// is no error: the others are told all the same. Throws Error when the root cannot be read.
Trees read_trees(const TreeRequest& request);

}  // namespace pack
