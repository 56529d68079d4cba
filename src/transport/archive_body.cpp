// One archive that docker, containerd, podman and skopeo all read, written in one pass.
//
//   oci-layout, index.json, manifest.json, blobs/sha256/M, blobs/sha256/C   the front
//   blobs/sha256/L                                                          header, then the layer
//   blobs/sha256/...                                                        the base's layers
//   two blocks of zeroes
//
// Docker reads manifest.json, the others index.json. Both stand in front of the layer, where
// readers that scan want them, although they hold its digest, which is known only when the layer
// has been written. But their length is known: a digest has one length, and the layer's size
// follows from the plan. So the front is made twice, first with a digest of zeroes to learn its
// length, and at the end with the real one.
//
// Of a layer that is compressed the size is not known ahead, and the length of a front that says it
// is neither. Then only oci-layout and the layer's header stand in front, and the documents come
// behind the layer. A header of 8 GiB and more needs a pax record, which takes just the place of
// oci-layout, that then goes behind the layer, too.
//
// An archive compressed as a whole is made in the same way: the front becomes a gzip member or zstd
// frame of its own that is not compressed ("stored"), whose length follows from the length of the
// front.

#include "transport/archive_body.h"

#include <algorithm>
#include <set>

#include "archive/tar.h"
#include "base/error.h"
#include "image/docker_archive.h"
#include "transport/archive_members.h"

namespace pack {

namespace {

std::string layout_member() { return member("oci-layout", oci_layout_json()); }

/// index.json, manifest.json, and what they name, without the layers.
std::string document_members(const Image& image, const ImageDocuments& documents) {
  const Index index{.manifests = named_descriptors(documents.manifest_descriptor, image.references),
                    .annotations = {}};
  const DockerArchiveImage docker{.config = documents.config_descriptor.digest,
                                  .references = image.references,
                                  .layers = documents.layers,
                                  .diff_ids = image.config.diff_ids};
  return member("index.json", to_json(index)) +
         member("manifest.json", docker_archive_manifest_json({docker})) +
         member(blob_path(documents.manifest_descriptor.digest), documents.manifest) +
         member(blob_path(documents.config_descriptor.digest), documents.config);
}

/// An archive's parts around the layer's data.
struct Parts {
  std::string front;
  std::string back;
};

Parts parts_of(const Image& image, const Descriptor& stored_layer, const LayerForm& form) {
  const std::string documents = document_members(image, make_documents(image, stored_layer));
  const std::string header = member_header(blob_path(stored_layer.digest), stored_layer.size);
  if (form.compression.kind == Compression::none) return {layout_member() + documents + header, ""};
  if (header.size() == kTarBlock) return {layout_member() + header, documents};
  return {header, layout_member() + documents};
}

Descriptor uncompressed_layer(const Image& image, const LayerForm& form) {
  return {.media_type = std::string(layer_media_type(form)),
          .digest = image.layer.diff_id,
          .size = image.layer.size,
          .annotations = {},
          .platform = {}};
}

uint64_t reserved_size(const ImageDraft& draft, const LayerForm& form, Compression whole) {
  const Image image = make_image(draft, {.diff_id = Digest(), .size = draft.layer_size});
  return store(whole, parts_of(image, uncompressed_layer(image, form), form).front).size();
}

}  // namespace

std::vector<std::string> loader_notes(const std::vector<Descriptor>& layers) {
  const bool has_zstd = std::any_of(layers.begin(), layers.end(), [](const Descriptor& layer) {
    return layer.media_type == kOciLayerZstd || layer.media_type == kDockerLayerZstd;
  });
  if (!has_zstd) return {};
  return {
      "the archive has layers compressed with zstd, which Docker before version 23 cannot load"};
}

ArchiveBody::ArchiveBody(const PositionedFile& file, const ImageDraft& draft, Compression whole)
    : file_(file),
      whole_(whole),
      form_{draft.compression.value_or(CompressionChoice{}), draft.family},
      reserved_(reserved_size(draft, form_, whole)) {
  appender_.emplace(file, reserved_);
  if (form_.compression.kind != Compression::none)
    layer_.emplace(static_cast<ByteSink&>(*this), form_);
}

void ArchiveBody::append(std::span<const std::byte> layer_bytes) {
  if (layer_) return layer_->append(layer_bytes);
  write(layer_bytes);
}

void ArchiveBody::write(std::span<const std::byte> bytes) {
  // Threads begin with the first byte, not when the destination is opened: until then others fork.
  if (whole_ != Compression::none && !compressor_)
    compressor_ = std::make_unique<BlockCompressor>(whole_, *appender_);
  ByteSink& out = compressor_ ? static_cast<ByteSink&>(*compressor_) : *appender_;
  out.write(bytes);
}

Descriptor ArchiveBody::finish_layer(const Image& image) {
  Descriptor stored = layer_ ? layer_->finish() : uncompressed_layer(image, form_);
  layer_.reset();
  ByteSink::write(tar_zeroes(tar_padding(stored.size)));
  return stored;
}

void ArchiveBody::write_base_layers(const Image& image, const Digest& new_layer) {
  std::vector<Blob> blobs;
  std::set<Digest> seen = {new_layer};
  for (const Blob& blob : image.base_layers)
    if (seen.insert(blob.descriptor.digest).second) blobs.push_back(blob);
  if (compressor_) return write_blobs(blobs, *compressor_);
  appender_.emplace(file_, write_blobs_at(blobs, file_, appender_->offset()));
}

void ArchiveBody::finish(const Image& image) {
  const Descriptor stored = finish_layer(image);
  const Parts parts = parts_of(image, stored, form_);
  ByteSink::write(parts.back);
  write_base_layers(image, stored.digest);
  ByteSink::write(tar_zeroes(kTarTrailer));
  if (compressor_) compressor_->finish();
  compressor_.reset();
  const std::string text = store(whole_, parts.front);
  if (text.size() != reserved_)
    throw Error("the metadata of " + quoted(file_.name()) +
                " changed its size; this is a fault of pack, please report it");
  file_.write_at(0, text);
  size_ = appender_->offset();
  const ImageDocuments documents = make_documents(image, stored);
  manifest_ = documents.manifest_descriptor.digest;
  layers_ = documents.layers;
}

std::vector<std::string> ArchiveBody::notes() const { return loader_notes(layers_); }

}  // namespace pack
