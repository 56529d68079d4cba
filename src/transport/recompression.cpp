// Layers are unpacked and packed again as streams, several layers at a time, and each layer's
// blocks in several threads (archive/compression.h). A layer that several platforms share is done
// once. The config names layers by their uncompressed content, so it stays valid; only what the
// manifests say of the layers changes.

#include "transport/recompression.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "archive/decompress.h"
#include "base/error.h"
#include "base/output_file.h"
#include "base/parallel.h"
#include "image/rewrite.h"
#include "transport/blob_copy.h"
#include "transport/compressed_layer.h"
#include "transport/content_edit.h"
#include "transport/layer_tar.h"

namespace pack {

namespace {

/// One layer to be done.
struct Work {
  Blob blob;
  Digest diff_id;
  LayerForm form;
  std::shared_ptr<HiddenFile> spool;
  Descriptor stored;  // when it is done
};

std::optional<Compression> compression_of(std::string_view media_type) {
  for (const Compression kind : {Compression::none, Compression::gzip, Compression::zstd})
    for (const MediaFamily family : {MediaFamily::oci, MediaFamily::docker})
      if (media_type == layer_media_type({{kind, 0}, family})) return kind;
  return std::nullopt;
}

bool stays(const Descriptor& layer, const CompressionChoice& choice) {
  if (is_nondistributable(layer.media_type)) return true;
  return choice.level == 0 && compression_of(layer.media_type) == choice.kind;
}

std::map<Digest, Work> work_of(const ImageContent& content, const CompressionChoice& choice) {
  std::map<Digest, Work> out;
  for (const StoredImage& image : content.images)
    for (size_t i = 0; i < image.layers.size(); ++i) {
      const Blob& layer = image.layers[i];
      if (stays(layer.descriptor, choice)) continue;
      out.try_emplace(layer.descriptor.digest,
                      Work{.blob = layer,
                           .diff_id = image.config.diff_ids.at(i),
                           .form = {choice, family_of(image.document.descriptor.media_type)},
                           .spool = nullptr,
                           .stored = {}});
    }
  // Images name a blob in their own words; the one that will be read is the content's.
  for (const Blob& blob : content.blobs)
    if (const auto found = out.find(blob.descriptor.digest); found != out.end())
      found->second.blob.open = blob.open;
  return out;
}

/// Takes an unpacked layer: its digest, and what it is packed into.
class Repacker : public ByteSink {
 public:
  Repacker(ByteSink& out, const LayerForm& form) : compressor_(out, form) {}
  void write(std::span<const std::byte> tar) override {
    hash_.update(tar);
    compressor_.append(tar);
  }
  Descriptor finish() { return compressor_.finish(); }
  Digest diff_id() { return hash_.finish(); }

 private:
  Sha256 hash_;
  LayerCompressor compressor_;
};

void do_work(Work& work) {
  FileAppender out(work.spool->content(), 0);
  Repacker repacker(out, work.form);
  const std::string where = "the layer " + work.blob.descriptor.digest.str();
  try {
    decompress(verified(work.blob.open(0), work.blob.descriptor, {}), repacker,
               most_unpacked(work.blob.descriptor.size));
  } catch (const Error& error) {
    throw Error("reading " + where + ": " + error.what());
  }
  work.stored = repacker.finish();
  if (repacker.diff_id() != work.diff_id)
    throw Error(where + " is not what its image's config says (diff_id " + work.diff_id.str() +
                "); get the image anew");
}

ByteReader read_spool(std::shared_ptr<HiddenFile> spool, uint64_t offset) {
  return [spool = std::move(spool), offset](std::span<std::byte> into) mutable {
    while (true) {
      const ssize_t n =
          ::pread(spool->content().fd(), into.data(), into.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw_errno("reading " + pack::quoted(spool->content().name()));
      offset += static_cast<uint64_t>(n);
      return static_cast<size_t>(n);
    }
  };
}

Blob blob_of(const Work& work) {
  return {.descriptor = work.stored,
          .open = [spool = work.spool](uint64_t offset) { return read_spool(spool, offset); },
          .repository = {}};
}

void replace(std::vector<Blob>& blobs, const std::map<Digest, Work>& done) {
  for (Blob& blob : blobs)
    if (const auto found = done.find(blob.descriptor.digest); found != done.end())
      blob = blob_of(found->second);
}

std::string new_manifest(const StoredImage& image) {
  std::vector<Descriptor> layers;
  bool changed = false;
  for (size_t i = 0; i < image.layers.size(); ++i) {
    layers.push_back(image.layers[i].descriptor);
    changed = changed || layers.back().digest != image.manifest.layers[i].digest;
  }
  return changed ? with_layers(image.document.text, layers) : image.document.text;
}

/// Two layers of the same content become the same blob.
void keep_each_once(std::vector<Blob>& blobs) {
  std::set<Digest> seen;
  std::erase_if(blobs,
                [&](const Blob& blob) { return !seen.insert(blob.descriptor.digest).second; });
}

}  // namespace

ImageContent recompressed(ImageContent content, CompressionChoice choice) {
  std::map<Digest, Work> work = work_of(content, choice);
  if (work.empty()) return content;
  std::vector<Work*> list;
  for (auto& [digest, each] : work) {
    each.spool = open_spool_file();
    list.push_back(&each);
  }
  for_each_in_parallel(list.size(), kParallelBlobs, [&](size_t i) { do_work(*list[i]); });

  replace(content.blobs, work);
  keep_each_once(content.blobs);
  for (StoredImage& image : content.images) replace(image.layers, work);
  return with_documents(std::move(content),
                        {.manifest = new_manifest, .index = [](std::string text) { return text; }});
}

}  // namespace pack
