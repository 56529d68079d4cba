// One archive that docker, containerd, podman and skopeo all read, written in one pass.
//
//   oci-layout, index.json, manifest.json, blobs/sha256/M, blobs/sha256/C   the front
//   blobs/sha256/L                                                          header, then the layer
//   two blocks of zeroes
//
// Docker reads manifest.json, the others index.json. Both stand in front of the layer, where
// readers that scan want them, although they hold its digest, which is known only when the layer
// has been written. But their length is known: a digest has one length, and the layer's size
// follows from the plan. So the front is made twice, first with a digest of zeroes to learn its
// length, and at the end with the real one.
//
// A compressed archive is made in the same way: the front becomes a gzip member or zstd frame of
// its own that is not compressed ("stored"), whose length follows from the length of the front.

#include "transport/archive_body.h"

#include "archive/tar.h"
#include "base/error.h"
#include "image/docker_archive.h"

namespace pack {

namespace {

std::string member_header(const std::string& path, uint64_t size) {
  return tar_header(
      {.path = path, .mode = 0644, .size = size, .link_target = {}, .capabilities = {}});
}

std::string member(const std::string& path, const std::string& content) {
  std::string out = member_header(path, content.size()) + content;
  return out += tar_zeroes(tar_padding(content.size()));
}

ImageDocuments documents_of(const Image& image) {
  return make_documents(image, {.media_type = std::string(kOciLayer),
                                .digest = image.layer.diff_id,
                                .size = image.layer.size,
                                .annotations = {},
                                .platform = {}});
}

/// Everything up to the layer's data.
std::string front(const Image& image, const ImageDocuments& documents) {
  const Index index{.manifests = named_descriptors(documents.manifest_descriptor, image.references),
                    .annotations = {}};
  const DockerArchiveImage docker{.config = documents.config_descriptor.digest,
                                  .references = image.references,
                                  .layers = {documents.layer_descriptor},
                                  .diff_ids = image.config.diff_ids};
  return member("oci-layout", oci_layout_json()) + member("index.json", to_json(index)) +
         member("manifest.json", docker_archive_manifest_json({docker})) +
         member(blob_path(documents.manifest_descriptor.digest), documents.manifest) +
         member(blob_path(documents.config_descriptor.digest), documents.config) +
         member_header(blob_path(image.layer.diff_id), image.layer.size);
}

uint64_t reserved_size(const ImageDraft& draft, Compression compression) {
  const Image image = make_image(draft, {.diff_id = Digest(), .size = draft.layer_size});
  return store(compression, front(image, documents_of(image))).size();
}

}  // namespace

ArchiveBody::ArchiveBody(const PositionedFile& file, const ImageDraft& draft,
                         Compression compression)
    : file_(file),
      compression_(compression),
      reserved_(reserved_size(draft, compression)),
      appender_(file, reserved_) {}

void ArchiveBody::append(std::span<const std::byte> layer_bytes) {
  // Threads begin with the first byte, not when the destination is opened: until then others fork.
  if (compression_ != Compression::none && !compressor_)
    compressor_ = std::make_unique<BlockCompressor>(compression_, appender_);
  ByteSink& out = compressor_ ? static_cast<ByteSink&>(*compressor_) : appender_;
  out.write(layer_bytes);
}

void ArchiveBody::finish(const Image& image) {
  append(std::as_bytes(std::span(tar_zeroes(tar_padding(image.layer.size)))));
  append(std::as_bytes(std::span(tar_zeroes(kTarTrailer))));
  if (compressor_) compressor_->finish();
  compressor_.reset();
  const ImageDocuments documents = documents_of(image);
  const std::string text = store(compression_, front(image, documents));
  if (text.size() != reserved_)
    throw Error("the metadata of " + quoted(file_.name()) +
                " changed its size; this is a fault of pack, please report it");
  file_.write_at(0, text);
  manifest_ = documents.manifest_descriptor.digest;
}

}  // namespace pack
