#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "closure/later_opening.h"
#include "closure/search_rule.h"
#include "elf/elf_cache.h"
#include "source/walk.h"

namespace pack {

/// An ELF file in a process, as its loader has mapped it.
struct LoadedObject {
  /// The path by which the loader opened it, symlinks and ".." kept (glibc's l_name).
  std::string route;
  std::shared_ptr<const Walk> walk;  ///< never null; where the route ends
  std::shared_ptr<const ElfFacts> facts;
  /// "x86-64-v3": the loader takes this one instead on CPUs of that level (glibc-hwcaps), "haswell"
  /// in the folders that glibc 2.36 and before search. Empty: every CPU runs it.
  std::string hwcaps_level;
};

/// One object asking for another by name.
struct Edge {
  size_t from = 0;   ///< index into Process::objects
  size_t to = 0;     ///< likewise
  std::string name;  ///< as asked for: the DT_NEEDED string
  SearchRule rule = SearchRule::default_directory;
  /// The path at which this search found the file: another spelling than the object's own where
  /// the file was mapped before. Empty when the name alone was known (already_loaded).
  std::string route;
  /// The places that were tried before, in the loader's order; only with Explain::every_search.
  std::vector<Searched> searched;
  /// Not null: `from` does not need it to start. What the C library opens is from that, what a
  /// dlopen note names from the object that has the note; from the program, where the loader is
  /// musl's, which searches for the program whoever calls dlopen().
  std::shared_ptr<const LaterOpening> later;
};

/// A library that the loader would not find, or would refuse.
struct Unresolved {
  std::string name;
  std::string needed_by;  ///< route of the object that asks for it
  std::string broken;     ///< the file that stops the search, and why; empty: just not found
  /// Every place, in the loader's order; of a process that searches without measure, the first
  /// 100,000, and of one name the first 1,000.
  std::vector<Searched> searched;
  size_t more_searched = 0;  ///< so many more
  /// Not empty: `needed_by` opens it later, "for compression (dlopen note, required)".
  std::string opened_for = {};
};

/// A library that would be opened later, and is not in the closure: the program starts, and does
/// without what it is for.
struct Unopened {
  std::vector<std::string> names;  ///< at least one; any would do, the first rather
  LaterOpening opening;
  std::string found;  ///< the route where it is, only suggested; empty: it is not found
};

/// What one program's loader maps before the program's first instruction.
struct Process {
  /// The program, then all else in the loader's order; behind that the variants for better CPUs
  /// and what only they need. An interpreter that nothing asks for by name is the last.
  std::vector<LoadedObject> objects;
  std::optional<size_t> interpreter;  ///< index into `objects`; none for a static program
  std::vector<Edge> edges;
  std::vector<Unresolved> unresolved;
  std::vector<Unopened> unopened;  ///< only with OpenedLater::taken
  /// What its loader searches last: compiled into it, or musl's path file.
  std::vector<std::string> default_directories;
};

struct Closure {
  std::vector<Process> processes;  ///< one a program, in the order asked for
};

/// What to do in a root that has no /etc/ld.so.cache.
enum class WithoutCache {
  use_ld_so_conf,  ///< search the folders that ldconfig would put into one: pack writes that
                   ///< cache
  go_without       ///< as the loader itself does
};

/// Which processor-specific variants of libraries belong to the closure (glibc-hwcaps).
struct HwcapsChoice {
  bool all = true;                  ///< every level that the root has
  std::vector<std::string> levels;  ///< these alone, when not all: "x86-64-v3"; empty: none
  bool takes(std::string_view level) const;
};

/// What to remember of searches that found something.
enum class Explain { unresolved_only, every_search };

/// Libraries that the C library opens by itself (libgcc_s.so.1, NSS), and those that dlopen notes
/// name: part of an image, but not of what the loader maps at start.
enum class OpenedLater { left_out, taken };

/// What may stand in ClosureRequest::programs.
enum class Subjects {
  programs,               ///< a library there is an error
  programs_and_libraries  ///< a library is loaded alone, as ldd(1) and ld.so do it
};

struct ClosureRequest {
  /// ELF programs, absolute routes.
  std::vector<std::string> programs;
  Subjects subjects = Subjects::programs;
  /// ELF libraries that come along for dlopen: loaded as if the first program of their machine
  /// asked for them, after all it needs itself; alone when there is no such program.
  std::vector<std::string> libraries;
  /// Folders for the place of LD_LIBRARY_PATH, in order.
  std::vector<std::string> library_path;
  WithoutCache without_cache = WithoutCache::use_ld_so_conf;
  HwcapsChoice hwcaps;
  Explain explain = Explain::unresolved_only;
  /// `taken` wants an ElfCache that reads imports and dlopen notes (libc_opens_imports()).
  OpenedLater opened_later = OpenedLater::left_out;
};

/// Computes what each program loads by the rules of the loader that its PT_INTERP names.
/// Nothing is executed. Throws Error when a program cannot be read or is no ELF program; libraries
/// and interpreters that are not found, or are none, are in Process::unresolved.
Closure find_closure(const FileTree& tree, ElfCache& elves, const ClosureRequest& request);

}  // namespace pack
