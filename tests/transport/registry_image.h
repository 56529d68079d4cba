#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/process.h"
#include "transport/destination.h"
#include "transport/image_source.h"

namespace pack::test {

/// Bytes that no compression makes smaller, the same for the same seed.
inline std::string noise(size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

inline Descriptor descriptor_of(std::string_view media_type, const std::string& bytes) {
  return {.media_type = std::string(media_type),
          .digest = sha256(bytes),
          .size = bytes.size(),
          .annotations = {},
          .platform = {}};
}

inline Blob memory_blob(std::string_view media_type, std::string bytes) {
  const Descriptor descriptor = descriptor_of(media_type, bytes);
  const auto kept = std::make_shared<const std::string>(std::move(bytes));
  return {.descriptor = descriptor,
          .open = [kept](uint64_t offset) -> ByteReader {
            return [kept, offset](std::span<std::byte> into) mutable {
              const size_t count = std::min<size_t>(into.size(), kept->size() - offset);
              std::copy_n(
                  std::as_bytes(std::span(*kept)).begin() + static_cast<std::ptrdiff_t>(offset),
                  count, into.begin());
              offset += count;
              return count;
            };
          },
          .repository = {}};
}

/// An image with these layers, as a copy would find it at its source.
inline ImageContent image_of(std::vector<Blob> layers) {
  std::string diff_ids;
  Manifest manifest;
  ImageContent content;
  for (Blob& layer : layers) {
    diff_ids += (diff_ids.empty() ? "\"" : ",\"") + layer.descriptor.digest.str() + '"';
    manifest.layers.push_back(layer.descriptor);
    content.blobs.push_back(std::move(layer));
  }
  content.blobs.push_back(memory_blob(
      kOciConfig, R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[)" +
                      diff_ids + "]}}"));
  manifest.config = content.blobs.back().descriptor;
  const std::string text = to_json(manifest);
  content.top = {.descriptor = descriptor_of(kOciManifest, text), .text = text};
  return content;
}

/// Of layers with these bytes, as uncompressed OCI layers.
inline ImageContent image_of(const std::vector<std::string>& layers) {
  std::vector<Blob> blobs;
  for (const std::string& bytes : layers) blobs.push_back(memory_blob(kOciLayer, bytes));
  return image_of(std::move(blobs));
}

/// docker://HOST/NAME:TAG
inline DestinationSpec registry_spec(const std::string& host, const std::string& name,
                                     const std::string& tag = "v1") {
  return {.kind = DestinationSpec::Kind::registry,
          .path = {},
          .tag = {},
          .reference = Reference{.domain = host, .repository = name, .tag = tag}};
}

inline Receipt push_image(const DestinationSpec& spec, const ImageContent& content,
                          const Access& access = {}) {
  const std::unique_ptr<Destination> destination = open_registry(spec, access);
  Receipt receipt = destination->store(content);
  destination->send();
  return receipt;
}

inline std::shared_ptr<const ImageSource> open_registry_at(const std::string& host,
                                                           const std::string& name,
                                                           const Access& access = {}) {
  return open_registry_source(
      {.kind = SourceSpec::Kind::registry, .path = {}, .reference = host + "/" + name}, access);
}

inline std::string read_all(const ByteReader& reader) {
  std::string out;
  std::vector<std::byte> buffer(10'000);
  while (const size_t count = reader(buffer))
    out.append(reinterpret_cast<const char*>(buffer.data()), count);
  return out;
}

/// The text of the Error that `work` throws; "none" without one.
template <typename Work>
std::string error_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace pack::test
