#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "source/file_tree.h"

namespace pack {

/// One layer of an image, to be merged.
struct LayerContent {
  std::string name;                 ///< for messages: its digest
  std::shared_ptr<const File> tar;  ///< the uncompressed tar
};

/// What a layer says of a path beyond FileStatus.
struct LayerNode {
  uint32_t uid = 0;
  uint32_t gid = 0;
  int64_t mtime = 0;                          ///< seconds since the epoch
  size_t layer = 0;                           ///< the one that it comes from, 0 is the lowest
  std::map<std::string, std::string> xattrs;  ///< raw values by name ("security.capability")
};

/// What is wrong with a layer's tar, though a reader gets along with it.
struct LayerFault {
  size_t layer = 0;
  std::string path;
  std::string what;  ///< a sentence's end: "is there twice"
};

/// The merged file tree of an image's layers (OCI image-spec, layer.md): later layers replace,
/// whiteouts delete. Made from the tars' headers alone; nothing is extracted, contents are read
/// from the tars when they are asked for. Device nodes and FIFOs are listed, not opened.
class LayerTree : public FileTree {
 public:
  /// Of a path that status() knows. Implied parent folders are 0755 root's.
  virtual const LayerNode& node(const ImagePath& path) const = 0;
  virtual const std::vector<LayerFault>& faults() const = 0;
};

/// Lowest layer first. Throws Error for a tar that is damaged or that names paths no layer may
/// name (empty ones, "..", a NUL, ".wh." alone); see faults() for the rest.
std::unique_ptr<LayerTree> open_layer_tree(const std::vector<LayerContent>& layers);

}  // namespace pack
