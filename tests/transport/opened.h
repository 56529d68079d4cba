#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "transport/image_source.h"

namespace pack::test {

inline StoredImage opened(const std::string& image, const std::string& platform = "") {
  return open_image(parse_source(image),
                    platform.empty() ? std::nullopt : std::optional(parse_platform(platform)), {});
}

/// The sentence with which opening an image fails; "none" when it does not.
inline std::string failure_of(const std::string& image, const std::string& platform = "") {
  try {
    opened(image, platform);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::string digest_of(const StoredImage& image) {
  return image.document.descriptor.digest.str();
}

/// All bytes of a blob, verified.
inline std::string content_of(const Blob& blob) { return read_blob(blob, uint64_t{1} << 30); }

inline std::vector<std::string> names_of(const std::vector<Reference>& references) {
  std::vector<std::string> out;
  for (const Reference& reference : references) out.push_back(reference.full());
  return out;
}

}  // namespace pack::test
