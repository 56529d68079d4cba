#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "closure/loader_root.h"
#include "closure/musl_path.h"
#include "closure/process_builder.h"
#include "closure/search_outcome.h"

namespace pack {

/// A process as musl's loader sets it up.
class MuslProcess : public ProcessBuilder {
 public:
  /// `program` is object 0: a program, or a library that stands alone.
  MuslProcess(LoaderRoot& root, const ClosureRequest& request, LoadedObject program);

  const ElfMachine& machine() const override { return process_.objects.front().facts->machine; }
  bool has_loader() const override { return true; }
  bool can_open() override { return true; }
  void load() override;
  void open(const std::string& route) override;
  Process finish() && override;

 protected:
  std::optional<size_t> open_from(size_t object, const std::string& name,
                                  IfMissing missing) override;
  std::string find_from(size_t object, const std::string& name) override;

 private:
  /// What the loader remembers of an object beside what Process tells.
  struct Mapped {
    std::optional<size_t> needed_by;     ///< the object that asked for it first
    std::optional<SearchFolders> rpath;  ///< expanded, when first used
  };

  void map_interpreter(const std::string& route);
  void load_needed_of(size_t object);
  void load_pending();
  std::optional<size_t> resolve(size_t from, const std::string& name,
                                IfMissing missing = IfMissing::noted);
  bool is_the_loader(const std::string& name) const;
  bool is_a_libc(const FoundLibrary& found) const;
  /// Found in the tree, in load order or not yet.
  bool has_loader_object() const { return waiting_loader_ || process_.interpreter; }
  size_t loader_object();
  size_t object_of(const FoundLibrary& found, size_t needed_by);
  /// The folders of a search that `object` starts, in order.
  std::vector<const SearchFolders*> places_for(size_t object);
  const SearchFolders& rpath_of(size_t object);
  std::optional<std::string> expand(const std::string& list, size_t object) const;

  LoaderRoot& root_;
  Explain explain_;
  OpenedLater opening_later_;
  Process process_;
  size_t loaded_ = 0;        ///< what all objects before this one need is loaded
  size_t opened_later_ = 0;  ///< likewise, what they open later
  std::vector<Mapped> mapped_;
  std::unordered_map<std::string, size_t> short_names_;  ///< of what a search has found
  std::map<FileId, size_t> files_;                       ///< without the program
  std::string loader_route_;
  std::optional<LoadedObject> waiting_loader_;  ///< mapped, not yet in load order
  bool gains_rights_ = false;                   ///< AT_SECURE
  SearchFolders library_path_;
  SearchFolders system_folders_;
};

}  // namespace pack
