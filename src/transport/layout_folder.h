#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/output_file.h"
#include "image/manifest.h"

namespace pack {

/// The folder of an OCI layout that gains blobs and entries of its index, all of them or none.
/// Nothing of it is visible before reveal().
class LayoutFolder {
 public:
  /// Throws Error when the folder neither is a layout nor can become one.
  explicit LayoutFolder(const std::string& path);

  /// The blob is there already. Throws Error when a file with its name has another size.
  bool has(const Descriptor& blob) const;

  /// A file on the layout's filesystem, to be filled and added. `shown` is its name in messages.
  std::unique_ptr<HiddenFile> hidden(const std::string& shown) const;
  /// reveal() gives the file the blob's name, in the order of the calls. Without a file the blob
  /// must be there by then.
  void add(const Descriptor& blob, std::unique_ptr<HiddenFile> file);

  /// Bytes of all blobs added.
  uint64_t size() const;

  /// The blobs get their names, then the index gets the entries. Throws Error, and then all is as
  /// it was. settle() or undo() follows.
  void reveal(const std::vector<Descriptor>& entries);
  void settle() noexcept;
  void undo() noexcept;

 private:
  struct Addition {
    Descriptor blob;
    std::unique_ptr<HiddenFile> file;  // null: it was there
  };
  std::string path_of(const Descriptor& blob) const;
  void make_folders();
  void place(Addition& addition);
  void place_layout_file();
  void place_index(const std::vector<Descriptor>& entries);

  std::filesystem::path folder_;
  std::filesystem::path staging_;  // where files are written until they have a name
  std::vector<Addition> additions_;

  // Set by reveal():
  Fd lock_;
  std::vector<std::string> created_;  // files and folders, in order
  std::unique_ptr<OutputFile> index_;
  bool is_index_revealed_ = false;
};

}  // namespace pack
