#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "archive/tar.h"
#include "base/digest.h"
#include "rootfs/rootfs.h"
#include "source/file_tree.h"

namespace pack {

/// Takes a layer as entries instead of bytes. Called in the order of the layer, by one thread:
/// begin(), data() as often as it takes (regular files only), end().
class EntrySink {
 public:
  virtual ~EntrySink() = default;
  virtual void begin(const TarEntry& entry) = 0;
  virtual void data(std::span<const std::byte> bytes) = 0;
  virtual void end() = 0;
};

/// A layer as it was written, uncompressed (OCI image-spec, layer.md).
struct Layer {
  Digest diff_id;
  uint64_t size = 0;   ///< bytes of the uncompressed tar
  uint64_t files = 0;  ///< regular files, hard links not counted
};

/// Takes the next bytes of a layer's tar.
using LayerBytes = std::function<void(std::span<const std::byte>)>;

/// Where a layer goes. Each byte consumer runs in a thread of its own.
struct LayerSinks {
  std::vector<LayerBytes> bytes;
  std::vector<EntrySink*> entries;
};

/// The size in bytes of the tar that write_layer() makes. Reads no file.
uint64_t layer_size(const Rootfs& rootfs, int64_t mtime);

/// Writes the plan as one tar stream, reading each file of `tree` once. Returns when every sink
/// has taken everything. Throws Error when a file is not what it was when it was planned, or
/// changes while it is read, and what a sink throws.
Layer write_layer(const Rootfs& rootfs, const FileTree& tree, int64_t mtime,
                  const LayerSinks& sinks);

}  // namespace pack
