// A finished image as an archive. Everything's size is known ahead, so every member's place is: the
// documents in front, then the blobs, several at a time.
//
// index.json names the top document, be it an index. Docker's manifest.json can name one platform
// only (its loader would tag the last of several): this machine's, else the first.

#include "transport/archive_store.h"

#include <algorithm>

#include "archive/tar.h"
#include "base/error.h"
#include "image/docker_archive.h"
#include "transport/archive_body.h"
#include "transport/archive_members.h"
#include "transport/platform_choice.h"

namespace pack {

namespace {

/// The image that `docker load` is to get. Null when there is none.
const StoredImage* image_for_docker(const ImageContent& content) {
  if (content.images.empty()) return nullptr;
  std::vector<Platform> platforms;
  for (const StoredImage& image : content.images) platforms.push_back(image.config.platform);
  return &content.images[best_platform(platforms, host_platform()).value_or(0)];
}

/// No loader takes an archive without them.
void require_all_layers(const StoredImage& image, const std::vector<Blob>& blobs) {
  for (const Descriptor& layer : image.manifest.layers)
    if (std::none_of(blobs.begin(), blobs.end(),
                     [&](const Blob& blob) { return blob.descriptor.digest == layer.digest; }))
      throw Error("the layer " + layer.digest.str() + " of " + quoted(image.origin) +
                  " is not for distribution and not here, and nobody can load an archive without "
                  "it; copy the image to a layout or a registry");
}

std::string docker_manifest(const StoredImage& image, const std::vector<Reference>& references) {
  return docker_archive_manifest_json({{.config = image.manifest.config.digest,
                                        .references = references,
                                        .layers = image.manifest.layers,
                                        .diff_ids = image.config.diff_ids}});
}

std::string front_of(const ImageContent& content, const StoredImage* for_docker) {
  const Index index{.manifests = named_descriptors(content.top.descriptor, content.references),
                    .annotations = {}};
  std::string out = member("oci-layout", oci_layout_json()) + member("index.json", to_json(index));
  if (for_docker) out += member("manifest.json", docker_manifest(*for_docker, content.references));
  out += member(blob_path(content.top.descriptor.digest), content.top.text);
  for (const Document& document : content.documents)
    out += member(blob_path(document.descriptor.digest), document.text);
  return out;
}

/// Small ones first: configs are where scanning readers find them.
std::vector<Blob> ordered(std::vector<Blob> blobs, const std::vector<StoredImage>& images) {
  const auto is_config = [&](const Blob& blob) {
    return std::any_of(images.begin(), images.end(), [&](const StoredImage& image) {
      return image.manifest.config.digest == blob.descriptor.digest;
    });
  };
  std::stable_partition(blobs.begin(), blobs.end(), is_config);
  return blobs;
}

uint64_t write_plain(const PositionedFile& file, const std::string& front,
                     const std::vector<Blob>& blobs) {
  file.write_at(0, front);
  FileAppender end(file, write_blobs_at(blobs, file, front.size()));
  end.write(tar_zeroes(kTarTrailer));
  return end.offset();
}

uint64_t write_compressed(const PositionedFile& file, const std::string& front,
                          const std::vector<Blob>& blobs, Compression whole) {
  FileAppender out(file, 0);
  BlockCompressor compressor(whole, out);
  compressor.write(front);
  write_blobs(blobs, compressor);
  compressor.write(tar_zeroes(kTarTrailer));
  compressor.finish();
  return out.offset();
}

}  // namespace

StoredArchive store_archive(const PositionedFile& file, const ImageContent& content,
                            Compression whole, const std::string& shown) {
  const StoredImage* for_docker = image_for_docker(content);
  if (for_docker) require_all_layers(*for_docker, content.blobs);
  const std::string front = front_of(content, for_docker);
  const std::vector<Blob> blobs = ordered(content.blobs, content.images);
  StoredArchive stored;
  stored.size = whole == Compression::none ? write_plain(file, front, blobs)
                                           : write_compressed(file, front, blobs, whole);
  if (!for_docker) return stored;
  if (content.images.size() > 1)
    stored.notes.push_back("docker load takes one platform of " + shown + ": " +
                           for_docker->config.platform.str() +
                           "; containerd, Podman and skopeo find all of them");
  for (std::string& note : loader_notes(for_docker->manifest.layers))
    stored.notes.push_back(std::move(note));
  return stored;
}

}  // namespace pack
