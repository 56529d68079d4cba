#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "closure/closure.h"
#include "closure/glibc_search.h"
#include "closure/load_order.h"
#include "closure/loader_root.h"
#include "closure/path_list.h"
#include "closure/process_builder.h"

namespace pack {

/// A process as glibc's loader sets it up: what it maps for a program, object by object.
class GlibcProcess : public ProcessBuilder {
 public:
  /// `program` is object 0: a program, or a library that stands alone. `request` must outlive the
  /// process.
  GlibcProcess(LoaderRoot& root, const ClosureRequest& request, LoadedObject program);

  const ElfMachine& machine() const override { return process_.objects.front().facts->machine; }

  /// False for a static program.
  bool has_loader() const override {
    return process_.objects.front().facts->interpreter.has_value();
  }

  bool can_open() override;

  /// Loads everything that the program needs, breadth first.
  void load() override;
  /// Then loads a library and what it needs, as dlopen() called by the program would.
  void open(const std::string& route) override;

  Process finish() && override;

 protected:
  std::optional<size_t> open_from(size_t object, const std::string& name,
                                  IfMissing missing) override;
  std::string find_from(size_t object, const std::string& name) override;

 private:
  /// What the loader remembers of an object beside what Process tells.
  struct Mapped {
    std::optional<size_t> loader;  ///< the object that asked for it first (l_loader)
    std::optional<std::vector<LibraryFolder>> rpath;    ///< expanded, when first used
    std::optional<std::vector<LibraryFolder>> runpath;  ///< likewise
  };

  void map_interpreter();
  void set_library_path();
  void load_pending();
  void open_later();
  void open_for_libc(size_t importer);
  void load_dependencies_of(size_t object);
  /// The object that the name leads to; nothing when there is none, which is noted unless
  /// `kind` is auxiliary.
  std::optional<size_t> resolve(size_t from, const std::string& name, ElfDependency::Kind kind);
  std::shared_ptr<const SearchOutcome> search(size_t from, const std::string& name);
  size_t take(size_t from, const std::string& name, const SearchOutcome& outcome);
  void add_variant(size_t from, const std::string& name, const FoundLibrary& variant);
  std::optional<size_t> find_loaded(const std::string& name);
  std::optional<size_t> find_loaded(FileId id);
  size_t add(LoadedObject object, std::optional<size_t> loader);
  void add_name(const std::string& name, size_t object);
  size_t interpreter_object();
  void put_in_order();

  /// What the loader wants of an entry of ld.so.cache.
  uint32_t cache_flags() const { return cache_flags_; }
  /// Throws Error for a process that would search without end: thousands of names in thousands of
  /// folders.
  void count_try();
  DynamicTokens tokens_of(size_t object) const;
  std::vector<LibraryFolder> folders_of(const std::string& list, size_t object);
  std::vector<LibraryFolder> looked_up(const std::vector<std::string>& folders);
  std::vector<LibraryFolder> looked_up(const std::vector<ExpandedText>& folders);
  const std::vector<LibraryFolder>& rpath_of(size_t object);
  const std::vector<LibraryFolder>& runpath_of(size_t object);

  friend class GlibcSearch;  // the search for one name reads all of this

  LoaderRoot& root_;
  const ClosureRequest& request_;
  Process process_;
  std::vector<Mapped> mapped_;            ///< by object
  LoadOrder order_;                       ///< without the pending variants
  std::vector<size_t> pending_variants_;  ///< to load from when all else is loaded
  size_t opened_later_ = 0;               ///< for all objects before this one, see open_later()
  std::unordered_map<std::string, size_t> names_;    ///< what leads to an object without a search
  std::map<FileId, size_t> files_;                   ///< variants left out
  std::optional<LoadedObject> waiting_interpreter_;  ///< mapped, not yet in load order
  LoaderConstants constants_;
  bool own_constants_ = false;  ///< they are a static program's own
  uint32_t cache_flags_ = 0;
  std::vector<LibraryFolder> library_path_;
  std::vector<LibraryFolder> default_folders_;
  size_t places_noted_ = 0;  ///< by all searches of this process
  size_t places_tried_ = 0;  ///< likewise
  bool any_rpath_ = false;   ///< of an object so far
  LoaderRoot::PlainSearches* plain_searches_ = nullptr;
};

}  // namespace pack
