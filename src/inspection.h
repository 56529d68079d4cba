#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "needs/image_start.h"
#include "source/layer_tree.h"
#include "transport/image_source.h"

namespace pack {

/// How much of an image is to be read.
enum class InspectDepth {
  documents,  ///< manifest and config
  files,      ///< the layers' headers, too
  start       ///< the ELF files that start it, too
};

struct InspectRequest {
  SourceSpec source;
  std::optional<Platform> platform;  ///< nothing: this machine's, where there is a choice
  InspectDepth depth = InspectDepth::documents;
  Access access;
};

/// One platform of an index.
struct OfferedPlatform {
  Platform platform;
  Descriptor manifest;
};

/// A path of the merged layers.
struct ImageFile {
  ImagePath path;
  FileStatus status;
  uint32_t uid = 0;
  uint32_t gid = 0;
  size_t layer = 0;         ///< the one that it comes from, 0 is the lowest
  std::string link_target;  ///< of a symlink
};

struct Inspection {
  Document top;  ///< what the name means: the manifest, or the index that holds it
  StoredImage image;
  std::vector<OfferedPlatform> platforms;  ///< that there are; the image's own alone where one was
                                           ///< asked for
  std::shared_ptr<const LayerTree> tree;   ///< null for InspectDepth::documents
  ImageStart start;                        ///< only with InspectDepth::start
  std::vector<std::string> notes;
};

/// Throws Error, UsageError.
Inspection inspect_image(const InspectRequest& request);

/// Every path of the image, sorted bytewise, without the root.
std::vector<ImageFile> list_files(const LayerTree& tree);

/// What made a layer, as the config's history tells; null where it does not.
const History* history_of(const ImageConfig& config, size_t layer);

/// Why a path is in an image, apart from the chains of libraries that lead to it (see
/// closure/chains.h and Inspection::start).
struct PathReasons {
  ImageFile file;                  ///< where the path ends
  std::vector<ImagePath> trail;    ///< symlinks on the way to it
  std::vector<std::string> roles;  ///< "is what starts, the first word of Entrypoint and Cmd"
};

/// Throws Error when there is nothing at `path`. Wants InspectDepth::start.
PathReasons reasons_for(const Inspection& inspection, const std::string& path);

}  // namespace pack
