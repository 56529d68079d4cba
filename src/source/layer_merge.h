#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "source/layer_path.h"
#include "source/layer_tree.h"

namespace pack {

/// A file of a layer; its names are elsewhere, for hard links share it.
struct LayerFile {
  LayerNode node;
  FileKind kind = FileKind::directory;
  uint32_t mode = 0755;
  uint64_t size = 0;
  uint64_t offset = 0;  ///< of its content in the layer's tar
  uint64_t links = 0;   ///< names that the merged tree has for it
  bool is_sparse = false;
  bool is_implied = true;  ///< a folder without a member of its own
  std::string link_target;
};

/// The merged tree while layers are laid over it, and when all are.
class LayerMerge {
 public:
  struct Name {
    size_t file = 0;   ///< of files()
    size_t layer = 0;  ///< that gave the file this name
  };
  using Names = std::map<std::string, Name, std::less<>>;

  LayerMerge();

  /// Lays the next layer over what is there. Throws Error as open_layer_tree() does.
  void add(SeekableBytes tar);

  const Names& names() const { return names_; }
  const LayerFile& file(const Name& name) const { return files_[name.file]; }
  const std::vector<LayerFault>& faults() const { return faults_; }

 private:
  struct Addition {
    LayerPath path;
    size_t file = 0;                       ///< of files_, for an entry
    std::optional<std::string> hard_link;  ///< then it is this path's file, with file's attributes
  };

  std::vector<Addition> read(SeekableBytes tar);
  std::optional<Addition> addition(TarMember member);
  void delete_lower(const std::vector<Addition>& additions);
  void apply(const Addition& addition);
  void put(const std::string& path, const Addition& addition);
  void set_attributes(const std::string& path, size_t file, const LayerFile& attributes);
  std::optional<size_t> hard_link_file(const std::string& path, const std::string& target);
  std::optional<std::string> place(const std::string& path);
  bool is_folder(const std::string& path) const;
  void note_use(const std::string& folder);
  void make_folder(const std::string& path);
  void name(const std::string& path, size_t file);
  void erase(const std::string& path);
  void erase_below(const std::string& folder);
  size_t new_file(LayerFile file);
  void report_reset_folders();
  void fault(std::string_view path, std::string what);
  void count(size_t bytes);

  Names names_;
  std::deque<LayerFile> files_;
  std::vector<LayerFault> faults_;
  size_t layer_ = 0;  ///< the one that is being laid over
  size_t bytes_ = 0;  ///< about what all of this takes

  // Of this layer:
  std::set<std::string, std::less<>> deleted_;   ///< by its whiteouts
  std::set<std::string, std::less<>> unstated_;  ///< lower folders that it puts something into
};

}  // namespace pack
