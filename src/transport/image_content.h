#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "archive/decompress.h"
#include "archive/tar_reader.h"
#include "image/config.h"
#include "image/manifest.h"
#include "image/reference.h"

namespace pack {

/// A repository of a registry: blobs can be mounted from it into another one of the same registry.
struct Repository {
  std::string domain;  ///< "docker.io", "localhost:5000"
  std::string name;    ///< "library/basic"
  bool operator==(const Repository&) const = default;
};

/// A config or layer that lies somewhere, and can be read as often as one likes.
struct Blob {
  Descriptor descriptor;
  /// The stored bytes from `offset` on. What it reads is not verified: see verified(). Callable
  /// from several threads at once, each reader being one thread's. Throws Error.
  std::function<ByteReader(uint64_t offset)> open;
  std::optional<Repository> repository;  ///< where a registry has it
  /// Not empty: a local file that holds exactly the stored bytes, for those who can link or map it.
  std::string local_file = {};
  /// The stored bytes at random access, where that is cheap: a local file or a part of one. For
  /// several threads at once; not verified.
  std::optional<SeekableBytes> local = {};
};

/// `reader` with an end: its last call throws Error when the bytes were not `descriptor`'s, by size
/// or digest, and it never gives more than descriptor.size bytes. `where` is for the message.
ByteReader verified(ByteReader reader, const Descriptor& descriptor, std::string where);

/// All bytes of a small verified blob. Throws Error above `limit` bytes, before reading.
std::string read_blob(const Blob& blob, uint64_t limit);

/// A manifest or index, bit for bit as it is stored.
struct Document {
  Descriptor descriptor;
  std::string text;
};

/// One image for one platform: its documents are read and checked, its layers are not yet read.
struct StoredImage {
  std::string origin;  ///< for messages: "base.tar", "docker.io/library/debian:12"
  Document document;   ///< of the manifest; descriptor.platform is the config's
  Manifest manifest;
  std::string config_text;
  ImageConfig config;
  std::vector<Reference> references;  ///< its names there
  Blob config_blob;
  std::vector<Blob> layers;  ///< lowest first, one for each of manifest.layers
};

/// All that must be stored elsewhere so that an image, or an index with its images, is there.
struct ImageContent {
  Document top;                       ///< index or manifest
  std::vector<Document> documents;    ///< all others below an index; each after those it names
  std::vector<Blob> blobs;            ///< configs and layers, each digest once
  std::vector<StoredImage> images;    ///< those that run: one, or one a platform of the index
  std::vector<Reference> references;  ///< the names it had at its source
  std::vector<std::string> notes;     ///< for the user: non-distributable layers, ...
};

}  // namespace pack
