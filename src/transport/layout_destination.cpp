// An image in an OCI image layout (OCI image-spec, image-layout.md).
//
// Until reveal() nothing of it has a name: the new layer is compressed and written while it streams
// by, blobs that a base or another place has are copied, several at a time, unless the layout has
// them. See layout_folder.h for how they become visible.

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "transport/blob_copy.h"
#include "transport/compressed_layer.h"
#include "transport/destination.h"
#include "transport/layout_folder.h"

namespace pack {

namespace {

class OciLayout : public Destination {
 public:
  explicit OciLayout(const DestinationSpec& spec) : spec_(spec), folder_(spec.path) {}

  // The files that seal() fills are opened here already, for that may start processes.
  void prepare(const ImageDraft& draft) override {
    layer_file_ = folder_.hidden("layer");
    layer_bytes_.emplace(layer_file_->content(), 0);
    layer_.emplace(*layer_bytes_,
                   LayerForm{draft.compression.value_or(kUsualCompression), draft.family});
    config_file_ = folder_.hidden("config");
    manifest_file_ = folder_.hidden("manifest");
    copies_ = missing_of(draft.base_layers);
  }

  std::function<void(std::span<const std::byte>)> layer_bytes() override {
    return [this](std::span<const std::byte> bytes) { layer_->append(bytes); };
  }

  Receipt seal(const Image& image) override {
    const Descriptor layer = layer_->finish();
    const ImageDocuments documents = make_documents(image, layer);
    copy_missing();
    folder_.add(layer, std::move(layer_file_));
    add_text(documents.config_descriptor, documents.config, std::move(config_file_));
    add_text(documents.manifest_descriptor, documents.manifest, std::move(manifest_file_));
    return sealed(documents.manifest_descriptor, image.references);
  }

  Receipt store(const ImageContent& content) override {
    copies_ = missing_of(content.blobs);
    copy_missing();
    for (const Document& document : content.documents) add_document(document);
    add_document(content.top);
    return sealed(content.top.descriptor, content.references);
  }

  void reveal() override { folder_.reveal(entries_); }
  void settle() noexcept override { folder_.settle(); }
  void undo() noexcept override { folder_.undo(); }

 private:
  /// A blob that comes from elsewhere.
  struct Copy {
    Blob blob;
    std::unique_ptr<HiddenFile> file;  // null: the layout has it
  };

  std::vector<Copy> missing_of(const std::vector<Blob>& blobs) const {
    std::vector<Copy> copies;
    std::set<Digest> seen;
    for (const Blob& blob : blobs)
      if (seen.insert(blob.descriptor.digest).second)
        copies.push_back({blob, folder_.has(blob.descriptor) ? nullptr : folder_.hidden("blob")});
    return copies;
  }

  void copy_missing() {
    for_each_in_parallel(copies_.size(), kParallelBlobs, [this](size_t i) {
      if (!copies_[i].file) return;
      FileAppender out(copies_[i].file->content(), 0);
      copy_blob(copies_[i].blob, out);
    });
    for (Copy& copy : copies_) folder_.add(copy.blob.descriptor, std::move(copy.file));
    copies_.clear();
  }

  void add_document(const Document& document) {
    if (folder_.has(document.descriptor)) return folder_.add(document.descriptor, nullptr);
    add_text(document.descriptor, document.text, folder_.hidden("document"));
  }

  void add_text(const Descriptor& descriptor, const std::string& text,
                std::unique_ptr<HiddenFile> file) {
    file->content().write_at(0, text);
    folder_.add(descriptor, std::move(file));
  }

  Receipt sealed(const Descriptor& top, const std::vector<Reference>& references) {
    entries_ = index_entries(top, references);
    return {.destination = spec_,
            .manifest = top.digest,
            .size = folder_.size(),
            .notes = notes_for(top, references)};
  }

  std::vector<std::string> notes_for(const Descriptor& top,
                                     const std::vector<Reference>& references) const {
    std::vector<std::string> notes = lost_names(references);
    if (family_of(top.media_type) == MediaFamily::docker)
      notes.push_back("the image keeps Docker's media types in " + pack::quoted(spec_.path) +
                      ", and skopeo and podman find no such image in a layout: copy it into an "
                      "archive for them");
    return notes;
  }

  /// Readers find an entry by its ref.name, so a name stands once: the tag that was asked for,
  /// else those of the references.
  std::vector<Descriptor> index_entries(Descriptor manifest,
                                        const std::vector<Reference>& references) const {
    if (!spec_.tag.empty()) {
      manifest.annotations[std::string(kRefNameAnnotation)] = spec_.tag;
      // The whole name is kept where it says the same, for containerd and for copies from here.
      for (const Reference& reference : references)
        if (reference.tag == spec_.tag)
          manifest.annotations.emplace(kImageNameAnnotation, reference.full());
      return {manifest};
    }
    std::vector<Reference> unique;
    std::set<std::string> tags;
    for (const Reference& reference : references)
      if (tags.insert(reference.tag).second) unique.push_back(reference);
    return named_descriptors(manifest, unique);
  }

  /// In a layout, a name is a tag: references that differ in the repository alone share one.
  std::vector<std::string> lost_names(const std::vector<Reference>& references) const {
    std::vector<std::string> notes;
    std::map<std::string, std::string> taken;
    if (!spec_.tag.empty()) return notes;
    for (const Reference& reference : references) {
      const auto [first, is_first] = taken.emplace(reference.tag, reference.familiar());
      if (!is_first)
        notes.push_back("a layout has one image for each tag: in " + pack::quoted(spec_.path) +
                        ", " + reference.familiar() + " is there as " + first->second);
    }
    return notes;
  }

  DestinationSpec spec_;
  LayoutFolder folder_;
  std::unique_ptr<HiddenFile> layer_file_;  // of a build
  std::optional<FileAppender> layer_bytes_;
  std::optional<LayerCompressor> layer_;
  std::unique_ptr<HiddenFile> config_file_;
  std::unique_ptr<HiddenFile> manifest_file_;
  std::vector<Copy> copies_;
  std::vector<Descriptor> entries_;
};

}  // namespace

std::unique_ptr<Destination> open_oci_layout(const DestinationSpec& spec) {
  return std::make_unique<OciLayout>(spec);
}

}  // namespace pack
