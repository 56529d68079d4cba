#include "transport/layer_tar.h"

#include <algorithm>
#include <array>

#include "base/chunk_pipeline.h"
#include "base/error.h"
#include "transport/image_files.h"
#include "transport/spool.h"
#include "transport/stored_form.h"

namespace pack {

namespace {

/// Bytes at random access as a file of a tree.
class TarFile : public File {
 public:
  explicit TarFile(SeekableBytes bytes) : bytes_(std::move(bytes)) {}

  size_t read_at(uint64_t offset, std::span<std::byte> into) const override {
    return bytes_.read_at(offset, into);
  }
  FileStatus status() const override {
    FileStatus status;
    status.mode = 0600;
    status.size = bytes_.size;
    return status;
  }

 private:
  SeekableBytes bytes_;
};

bool is_plain(const SeekableBytes& bytes) {
  std::array<std::byte, kFormBytes> beginning;
  const size_t n = bytes.read_at(0, beginning);
  return stored_form(std::span(beginning).first(n)) == StoredForm::plain;
}

/// What was read from a reader counts as progress.
ByteReader counted(ByteReader reader, Progress* progress, const Descriptor& layer) {
  if (!progress) return reader;
  progress->expect("reading the layer " + layer.digest.str(), layer.size);
  return [reader = std::move(reader), progress](std::span<std::byte> into) {
    const size_t n = reader(into);
    progress->advance(n);
    return n;
  };
}

/// A decoder may stop at the end of what it understands; the digest is that of all.
void read_to_the_end(const ByteReader& reader) {
  std::vector<std::byte> rest(64 * 1024);
  while (reader(rest) != 0) {
  }
}

SeekableBytes unpacked(const Blob& layer, const Digest& diff_id, const Access& access) {
  const std::string name = "the layer " + layer.descriptor.digest.str();
  const ByteReader reader =
      verified(counted(layer.open(0), access.progress, layer.descriptor), layer.descriptor, {});
  Digest found;
  try {
    SeekableBytes bytes = spool(name, [&](ByteSink& out) {
      Sha256 sha;
      ChunkPipeline both({[&](std::span<const std::byte> tar) { sha.update(tar); },
                          [&](std::span<const std::byte> tar) { out.write(tar); }});
      decompress(reader, both, most_unpacked(layer.descriptor.size));
      read_to_the_end(reader);
      both.finish();
      found = sha.finish();
    });
    if (found == diff_id) return bytes;
  } catch (const Error& error) {
    throw Error("reading " + name + ": " + error.what());
  }
  throw Error(name + " unpacks to " + found.str() + ", but the image's config says " +
              diff_id.str() + "; the image is damaged");
}

}  // namespace

uint64_t most_unpacked(uint64_t stored) {
  constexpr uint64_t kAlways = uint64_t{4} << 30;
  constexpr uint64_t kTimes = 1100;
  return std::max(kAlways, std::min(stored, kMostUnpacked / kTimes) * kTimes);
}

std::shared_ptr<const File> open_layer_tar(const Blob& layer, const Digest& diff_id,
                                           const Access& access) {
  if (!layer.local || !is_plain(*layer.local))
    return std::make_shared<TarFile>(unpacked(layer, diff_id, access));
  if (layer.descriptor.digest != diff_id)
    throw Error("the layer " + layer.descriptor.digest.str() +
                " is not compressed, so its diff_id should be the same, but the image's config "
                "says " +
                diff_id.str() + "; the image is damaged");
  return std::make_shared<TarFile>(*layer.local);
}

}  // namespace pack
