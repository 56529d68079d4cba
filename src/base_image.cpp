#include "base_image.h"

#include <filesystem>

#include "source/disk_tree.h"
#include "transport/merged_layers.h"

namespace pack {

namespace {

namespace fs = std::filesystem;

/// No engine runs an image with more.
constexpr size_t kMostLayers = 125;

bool names_image(const std::string& root) {
  std::error_code none;
  if (fs::is_directory(root, none)) return fs::exists(fs::path(root) / "oci-layout", none);
  // What is not there at all is more likely a mistyped folder than a mistyped image.
  return fs::exists(root, none) || root.find_first_of(":@") != root.npos || root == "-";
}

}  // namespace

BaseImage open_base(const SourceSpec& spec, const std::optional<Platform>& platform,
                    const Access& access) {
  BaseImage base{.image = open_image(spec, platform, access), .tree = {}};
  if (base.image.layers.size() >= kMostLayers)
    throw Error(base.image.origin + " has " + std::to_string(base.image.layers.size()) +
                " layers, and no engine takes more than " + std::to_string(kMostLayers) +
                ": use a base with fewer");
  base.tree = open_image_tree(base.image, access);
  return base;
}

std::shared_ptr<const FileTree> open_root(const std::string& root,
                                          const std::optional<Platform>& platform,
                                          const Access& access) {
  if (!names_image(root)) return open_disk_tree(root);
  return open_verified_tree(open_image(parse_source(root), platform, access), access);
}

}  // namespace pack
