#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base_image.h"
#include "closure/closure.h"
#include "closure/libc_opens.h"
#include "closure/symbol_faults.h"
#include "image/config.h"
#include "image/reference.h"
#include "needs/addition.h"
#include "packages/missing_hint.h"
#include "rootfs/plan.h"
#include "transport/image_source.h"
#include "transport/output.h"

namespace pack {

enum class MissingPolicy { fail, warn };

/// An image to build, every option resolved and checked as far as it can be without reading files.
struct BuildRequest {
  std::string root = "/";             ///< folder or image that is read as "/"
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
  std::optional<SourceSpec> base;                ///< the image that gets one more layer
  std::optional<CompressionChoice> compression;  ///< of the new layer; nothing: each destination's
  Access access;
  int64_t timestamp = 0;  ///< of every file, in seconds since 1970
};

/// What a build knows before anything is written.
struct BuildPlan {
  ElfCache elves{ElfWants{.imports = libc_opens_imports(), .dlopen_notes = true}};
  std::shared_ptr<const FileTree> tree;
  std::optional<BaseImage> base;
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
  SymbolError(SymbolFaults faults, std::vector<std::string> of_base,
              std::vector<std::string> notes);
  const SymbolFaults& faults() const { return faults_; }
  /// Routes of those of the libraries that are the base image's.
  const std::vector<std::string>& of_base() const { return of_base_; }
  /// What the plan had to say until then: it may be the cause.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  SymbolFaults faults_;
  std::vector<std::string> of_base_;
  std::vector<std::string> notes_;
};

/// From programs to a plan that is complete and starts. Reads; writes and executes nothing.
/// Throws MissingError, SymbolError, Error, UsageError.
BuildPlan plan_image(const BuildRequest& request);

/// Writes the planned image to every destination, or to none. Throws Error.
BuildResult write_image(const BuildRequest& request, const BuildPlan& plan);

}  // namespace pack
