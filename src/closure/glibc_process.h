#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "closure/candidate.h"
#include "closure/closure.h"
#include "closure/glibc_search.h"
#include "closure/loader_root.h"
#include "closure/path_list.h"

namespace pack {

/// A process as glibc's loader sets it up: what it maps for a program, object by object.
class GlibcProcess {
 public:
  /// `program` is object 0: a program, or a library that stands alone.
  GlibcProcess(LoaderRoot& root, const ClosureRequest& request, LoadedObject program);

  const ElfMachine& machine() const { return process_.objects.front().facts->machine; }

  /// False for a static program.
  bool has_loader() const { return process_.objects.front().facts->interpreter.has_value(); }

  /// Loads everything that the program needs, breadth first.
  void load();
  /// Then loads a library and what it needs, as dlopen() called by the program would.
  void open(const std::string& route);

  Process finish() &&;

 private:
  /// What the loader remembers of an object beside what Process tells.
  struct Mapped {
    std::set<std::string> names;   ///< every name that led to it (l_name, l_libname)
    std::optional<size_t> loader;  ///< the object that asked for it first (l_loader)
    std::optional<std::vector<std::string>> rpath;    ///< expanded, when first used
    std::optional<std::vector<std::string>> runpath;  ///< likewise
  };
  enum class Demand { required, if_found };

  void map_interpreter();
  void load_needed_of(size_t object);
  void resolve(size_t from, const std::string& name, Demand demand);
  void add_variant(size_t from, const std::string& name, FoundVariant variant);
  std::optional<size_t> find_loaded(const std::string& name);
  std::optional<size_t> find_loaded(FileId id);
  size_t add(LoadedObject object, std::optional<size_t> loader, const std::string& name);
  size_t interpreter_object();

  /// Setuid, setgid or with file capabilities (AT_SECURE). Opens the file: asked where it matters.
  bool gains_rights() const;
  DynamicTokens tokens_of(size_t object) const;
  std::vector<std::string> folders_of(const std::string& list, size_t object) const;
  const std::vector<std::string>& rpath_of(size_t object);
  const std::vector<std::string>& runpath_of(size_t object);

  friend class GlibcSearch;  // the search for one name reads all of this

  LoaderRoot& root_;
  WithoutCache without_cache_;
  Process process_;
  std::vector<Mapped> mapped_;
  std::optional<LoadedObject> waiting_interpreter_;  ///< mapped, not yet in load order
  LoaderConstants constants_;
  std::vector<std::string> library_path_;
};

}  // namespace pack
