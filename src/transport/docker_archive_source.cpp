// What `docker save`, Podman and skopeo write for `docker load`: manifest.json tells for each image
// its config, its names, and its layers as paths of tars. There are no manifests in it, and
// a layer has no digest but its diff_id. So an OCI manifest is made for each image, as newer Docker
// does, too (skopeo and Podman find none of Docker's types in a layout); the same archive gets the
// same manifest:
//
//   - a layer that lies there uncompressed has its diff_id for digest, unread: whoever reads it
//     compares it;
//   - one that lies there packed by gzip or zstd, as hand-made archives have it, is hashed once;
//   - one that is packed in another way, which no registry knows, is unpacked once.
//
// Names of members are arbitrary. But one that is a digest is taken at its word.

#include <array>
#include <map>

#include "base/error.h"
#include "image/config.h"
#include "image/docker_archive.h"
#include "transport/local_source.h"
#include "transport/spool.h"
#include "transport/stored_form.h"

namespace pack {

namespace {

Digest hash(const SeekableBytes& bytes) {
  Sha256 sha;
  std::vector<std::byte> chunk(256 * 1024);
  const ByteReader reader = reader_of(bytes, 0);
  while (const size_t n = reader(chunk)) sha.update(std::span(chunk).first(n));
  return sha.finish();
}

StoredForm form_of(const SeekableBytes& bytes) {
  std::array<std::byte, kFormBytes> beginning;
  const size_t n = bytes.read_at(0, beginning);
  return stored_form(std::span(beginning).first(n));
}

/// The digest that a config's name claims: HEX.json, blobs/sha256/HEX.
std::optional<Digest> claimed_digest(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  try {
    return Digest("sha256:" + name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Says where the document stands that `parse` refuses.
template <typename Parse>
auto read_in(const ImageFiles& files, const std::string& path, const Parse& parse) {
  try {
    return parse();
  } catch (const Error& error) {
    throw Error("reading " + quoted(path) + " in " + quoted(files.name()) + ": " + error.what());
  }
}

class DockerArchive : public ImageSource {
 public:
  explicit DockerArchive(std::shared_ptr<const ImageFiles> files) : files_(std::move(files)) {
    const std::string text = read_text(*files_, "manifest.json", kMaxDocument).value_or("");
    const auto items =
        read_in(*files_, "manifest.json", [&] { return parse_docker_archive_manifest(text); });
    for (const DockerArchiveItem& item : items) add(item);
  }

  std::vector<Descriptor> entries() const override { return entries_; }

  std::string document(const Descriptor& descriptor) const override {
    const auto found = documents_.find(descriptor.digest);
    if (found == documents_.end()) throw_missing(descriptor.digest.str());
    return found->second;
  }

  Blob blob(const Descriptor& descriptor) const override {
    const auto found = blobs_.find(descriptor.digest);
    if (found == blobs_.end()) throw_missing(descriptor.digest.str());
    return blob_of(found->second, descriptor, files_->name());
  }

 private:
  void add(const DockerArchiveItem& item) {
    const std::string config_text = read_config(item.config);
    const ImageConfig config =
        read_in(*files_, item.config, [&] { return parse_config(config_text); });
    if (config.diff_ids.size() != item.layers.size())
      throw Error("manifest.json in " + quoted(files_->name()) + " lists " +
                  std::to_string(item.layers.size()) + " layers, but " + quoted(item.config) +
                  " has " + std::to_string(config.diff_ids.size()) +
                  " diff_ids; the image is damaged");
    Manifest manifest;
    manifest.config = {std::string(kOciConfig), sha256(config_text), config_text.size(), {}, {}};
    blobs_.try_emplace(manifest.config.digest, require(item.config));
    for (size_t i = 0; i < item.layers.size(); ++i)
      manifest.layers.push_back(layer(item.layers[i], config.diff_ids[i]));
    add_entries(item.names, to_json(manifest), config.platform);
  }

  std::string read_config(const std::string& path) const {
    std::optional<std::string> text = read_text(*files_, path, kMaxDocument);
    if (!text) throw_missing(path);
    const std::optional<Digest> claimed = claimed_digest(path);
    if (claimed && *claimed != sha256(*text))
      throw Error("the config " + quoted(path) + " in " + quoted(files_->name()) +
                  " is damaged: it is " + sha256(*text).str());
    return std::move(*text);
  }

  Descriptor layer(const std::string& path, const Digest& diff_id) {
    StoredFile file = require(path);
    Descriptor descriptor{std::string(kOciLayer), diff_id, 0, {}, {}};
    const StoredForm form = form_of(file.bytes);
    if (form == StoredForm::other) {
      file = {spool_unpacked(files_->name(), reader_of(file.bytes, 0))};
    } else if (form != StoredForm::plain) {
      descriptor.media_type = form == StoredForm::gzip ? kOciLayerGzip : kOciLayerZstd;
      const auto [known, is_new] = hashes_.try_emplace(path);
      if (is_new) known->second = hash(file.bytes);
      descriptor.digest = known->second;
    }
    descriptor.size = file.bytes.size;
    blobs_.try_emplace(descriptor.digest, std::move(file));
    return descriptor;
  }

  void add_entries(const std::vector<std::string>& names, const std::string& manifest,
                   const Platform& platform) {
    Descriptor entry{std::string(kOciManifest), sha256(manifest), manifest.size(), {}, platform};
    documents_[entry.digest] = manifest;
    if (names.empty()) entries_.push_back(entry);
    for (const std::string& name : names) {
      entry.annotations = annotations_of(name);
      entries_.push_back(entry);
    }
  }

  static Annotations annotations_of(const std::string& name) {
    try {
      const Reference reference = parse_reference(name);
      return {{std::string(kImageNameAnnotation), reference.full()},
              {std::string(kRefNameAnnotation), reference.tag}};
    } catch (const Error&) {
      return {{std::string(kRefNameAnnotation), name}};  // of a tool with rules of its own
    }
  }

  StoredFile require(const std::string& path) const {
    std::optional<StoredFile> file = files_->find(path);
    if (!file) throw_missing(path);
    return std::move(*file);
  }

  [[noreturn]] void throw_missing(const std::string& what) const {
    throw Error(quoted(what) + " is missing in " + quoted(files_->name()) +
                ", though it is a part of the image; the copy is incomplete");
  }

  std::shared_ptr<const ImageFiles> files_;
  std::vector<Descriptor> entries_;
  std::map<Digest, std::string> documents_;
  std::map<Digest, StoredFile> blobs_;
  std::map<std::string, Digest> hashes_;  // of packed layers, by path
};

}  // namespace

std::shared_ptr<const ImageSource> open_docker_files(std::shared_ptr<const ImageFiles> files) {
  return std::make_shared<DockerArchive>(std::move(files));
}

}  // namespace pack
