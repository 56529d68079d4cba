#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "closure/closure.h"
#include "closure/libc_opens.h"
#include "closure/symbol_faults.h"
#include "image/config.h"
#include "image/reference.h"
#include "needs/addition.h"
#include "needs/needs.h"
#include "packages/missing_hint.h"
#include "rootfs/plan.h"
#include "transport/output.h"

namespace pack {

/// Docker's PATH: what Env holds unless the user sets another.
inline constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

enum class MissingPolicy { fail, warn };

/// An image to build, every option resolved and checked as far as it can be without reading files.
struct BuildRequest {
  std::string root = "/";             ///< folder that is read as "/"
  std::vector<std::string> programs;  ///< paths in the root, or bare names; the first one starts
  std::string program_path;           ///< PATH on which bare names are looked up
  std::vector<AdditionRequest> additions;
  MissingPolicy missing = MissingPolicy::fail;  ///< of files, and of symbols
  SymbolCheck symbols = SymbolCheck::versions;
  /// Without `programs`; its library_path serves the search, too.
  PlanRequest plan;
  /// What the user set. Entrypoint and platform are derived from the first program where they are
  /// empty; history and diff_ids are always pack's.
  ImageConfig config;
  std::vector<Reference> references;
  std::map<std::string, std::string> annotations;
  std::vector<DestinationSpec> destinations;
  int64_t timestamp = 0;  ///< of every file, in seconds since 1970
};

/// What a build knows before anything is written.
struct BuildPlan {
  ElfCache elves{libc_opens_imports()};
  std::unique_ptr<FileTree> tree;
  Closure closure;
  Rootfs rootfs;
  ImageDraft draft;
  SymbolCache symbols;
  std::vector<Unresolved> missing;  ///< tolerated by MissingPolicy::warn
  SymbolFaults symbol_faults;       ///< likewise
  std::vector<std::string> notes;   ///< for the user, in the order of the pipeline
};

struct BuildResult {
  Image image;
  std::vector<Receipt> receipts;  ///< one a destination, in the order of the request
};

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

/// Libraries and programs are missing: all of them, in one report.
class MissingError : public Error {
 public:
  MissingError(std::vector<Unresolved> missing, std::vector<MissingHint> hints,
               std::vector<std::string> notes);
  const std::vector<Unresolved>& missing() const { return missing_; }
  /// What the root tells about them.
  const std::vector<MissingHint>& hints() const { return hints_; }
  /// What the plan had to say until then: it may be the cause.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::vector<Unresolved> missing_;
  std::vector<MissingHint> hints_;
  std::vector<std::string> notes_;
};

/// Every file is there, but the symbols that they want of each other are not.
class SymbolError : public Error {
 public:
  SymbolError(SymbolFaults faults, std::vector<std::string> notes);
  const SymbolFaults& faults() const { return faults_; }
  /// What the plan had to say until then: it may be the cause.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  SymbolFaults faults_;
  std::vector<std::string> notes_;
};

/// From programs to a plan that is complete and starts. Reads; writes and executes nothing.
/// Throws MissingError, SymbolError, Error, UsageError.
BuildPlan plan_image(const BuildRequest& request);

/// What the loaders would load. Reads; writes and executes nothing. What is wrong with one program
/// is no error: the others are told all the same. Throws Error when the root cannot be read.
Trees read_trees(const TreeRequest& request);

/// Writes the planned image to every destination, or to none. Throws Error.
BuildResult write_image(const BuildRequest& request, const BuildPlan& plan);

}  // namespace pack
