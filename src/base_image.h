#pragma once

#include <memory>
#include <optional>
#include <string>

#include "image/config.h"
#include "source/layer_tree.h"
#include "transport/image_source.h"

namespace pack {

/// The image that one more layer is laid over (--base).
struct BaseImage {
  StoredImage image;
  std::shared_ptr<const LayerTree> tree;
};

/// Opens the image for `platform` (nothing: this machine's, where there is a choice) and reads its
/// layers' headers. Throws Error when there is none, and when it can take no further layer.
BaseImage open_base(const SourceSpec& spec, const std::optional<Platform>& platform,
                    const Access& access);

/// The files that are read as "/": a folder, or where `root` names one, an image's merged tree (an
/// archive, a layout, "docker://...").
std::shared_ptr<const FileTree> open_root(const std::string& root,
                                          const std::optional<Platform>& platform,
                                          const Access& access);

}  // namespace pack
