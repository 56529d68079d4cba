#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "transport/image.h"
#include "transport/image_content.h"

namespace pack::test {

/// A blob whose bytes are in memory. `given` is what its readers give, if that is something else
/// than what its descriptor says.
inline Blob memory_blob(std::string_view media_type, const std::string& bytes,
                        std::optional<std::string> given = {}) {
  auto content = std::make_shared<const std::string>(given.value_or(bytes));
  return {.descriptor = {.media_type = std::string(media_type),
                         .digest = sha256(bytes),
                         .size = bytes.size(),
                         .annotations = {},
                         .platform = {}},
          .open =
              [content](uint64_t start) {
                return [content, offset = start](std::span<std::byte> into) mutable {
                  const size_t count = std::min<size_t>(into.size(), content->size() - offset);
                  std::memcpy(into.data(), content->data() + offset, count);
                  offset += count;
                  return count;
                };
              },
          .repository = {}};
}

/// What an image is made of.
struct MemoryImage {
  std::string architecture = "amd64";
  std::vector<Blob> layers;
  std::vector<Digest> diff_ids;  ///< of the layers, in their order
};

inline StoredImage stored_image(const MemoryImage& wanted) {
  StoredImage image;
  image.config.created = "1970-01-01T00:00:00Z";
  image.config.platform = {"linux", wanted.architecture, ""};
  image.config.cmd = {"/hello"};
  image.config.diff_ids = wanted.diff_ids;
  image.config_text = to_json(image.config);
  image.config_blob = memory_blob(kOciConfig, image.config_text);
  image.layers = wanted.layers;
  image.manifest.config = image.config_blob.descriptor;
  for (const Blob& layer : wanted.layers) image.manifest.layers.push_back(layer.descriptor);
  image.document.text = to_json(image.manifest);
  image.document.descriptor = {.media_type = std::string(kOciManifest),
                               .digest = sha256(image.document.text),
                               .size = image.document.text.size(),
                               .annotations = {},
                               .platform = image.config.platform};
  image.origin = wanted.architecture;
  return image;
}

/// An image for one platform, as a source gives it.
inline ImageContent content_of(const StoredImage& image, const std::string& name) {
  ImageContent content;
  content.top = image.document;
  content.blobs = image.layers;
  content.blobs.push_back(image.config_blob);
  content.images = {image};
  content.references = {parse_reference(name)};
  return content;
}

}  // namespace pack::test
