// An image in a registry. Everything that has no name there is sent first: blobs, manifests that an
// index names. The tag, which makes the image visible and takes it from the one that had it, is the
// last request of all, when every other destination is complete as well.

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "transport/destination.h"
#include "transport/registry_paths.h"
#include "transport/registry_push.h"
#include "transport/registry_session.h"
#include "transport/streamed_layer.h"

namespace pack {

namespace {

Repository repository_of(const Reference& reference) {
  return {.domain = reference.domain, .name = reference.repository};
}

Blob blob_of(const Descriptor& descriptor, std::string text) {
  const auto shared = std::make_shared<const std::string>(std::move(text));
  return {.descriptor = descriptor,
          .open = [shared](uint64_t offset) -> ByteReader {
            return [shared, offset](std::span<std::byte> into) mutable {
              const std::string_view rest = std::string_view(*shared).substr(offset);
              const size_t count = std::min(into.size(), rest.size());
              std::copy_n(std::as_bytes(std::span(rest)).begin(), count, into.begin());
              offset += count;
              return count;
            };
          },
          .repository = {}};
}

class RegistryDestination : public Destination {
 public:
  RegistryDestination(const DestinationSpec& spec, const Access& access)
      : spec_(spec),
        progress_(access.progress),
        session_(repository_of(*spec.reference), RegistrySession::Rights::push, access) {}

  void prepare(const ImageDraft& draft) override {
    ask_for_mounts(draft.base_layers);
    layer_.emplace(session_, LayerForm{draft.compression.value_or(kUsualCompression), draft.family},
                   progress_);
  }

  std::function<void(std::span<const std::byte>)> layer_bytes() override {
    return [this](std::span<const std::byte> bytes) { layer_->append(bytes); };
  }

  Receipt seal(const Image& image) override {
    const Descriptor stored = layer_->finish();
    ImageDocuments documents = make_documents(image, stored);
    std::vector<Blob> blobs = image.base_layers;
    blobs.push_back(blob_of(documents.config_descriptor, documents.config));
    Receipt receipt = push_all(std::move(blobs), progress_);
    layer_->push();
    layer_.reset();
    receipt.size += stored.size;
    top_ = {.descriptor = documents.manifest_descriptor, .text = std::move(documents.manifest)};
    receipt.manifest = top_->descriptor.digest;
    return receipt;
  }

  Receipt store(const ImageContent& content) override {
    ask_for_mounts(content.blobs);
    Receipt receipt{
        .destination = spec_, .manifest = content.top.descriptor.digest, .size = 0, .notes = {}};
    if (is_there(content)) {
      for (const Blob& blob : content.blobs) receipt.size += blob.descriptor.size;
      return receipt;
    }
    receipt = push_all(content.blobs, nullptr);  // what a copy reads, it counts itself
    receipt.manifest = content.top.descriptor.digest;
    for (const Document& document : content.documents)
      push_document(session_, document, document.descriptor.digest.str());
    top_ = content.top;
    return receipt;
  }

  void send() override {
    if (top_) push_document(session_, *top_, spec_.reference->tag);
  }

 private:
  /// Under the very tag, and all below it: registries take a manifest only when they have its
  /// blobs, but some take an index without its manifests.
  bool is_there(const ImageContent& content) {
    return has_document(session_, content.top.descriptor, spec_.reference->tag) &&
           std::all_of(content.documents.begin(), content.documents.end(),
                       [this](const Document& document) {
                         return has_document(session_, document.descriptor,
                                             document.descriptor.digest.str());
                       });
  }

  /// Blobs in other repositories of this registry can be mounted by who may read those.
  void ask_for_mounts(const std::vector<Blob>& blobs) {
    std::vector<std::string> asked{session_.repository().name};
    for (const Blob& blob : blobs) {
      if (!blob.repository || blob.repository->domain != session_.repository().domain) continue;
      if (std::find(asked.begin(), asked.end(), blob.repository->name) != asked.end()) continue;
      asked.push_back(blob.repository->name);
      session_.add_pull_scope(*blob.repository);
    }
  }

  /// Without those that must not be given on; they are said.
  Receipt push_all(std::vector<Blob> blobs, Progress* progress) {
    Receipt receipt{.destination = spec_, .manifest = {}, .size = 0, .notes = {}};
    for (const Blob& blob : blobs) {
      receipt.size += blob.descriptor.size;
      if (is_nondistributable(blob.descriptor.media_type))
        receipt.notes.push_back("the layer " + blob.descriptor.digest.str() +
                                " is not pushed: its type says that it must not be given on (" +
                                quoted(blob.descriptor.media_type) +
                                "); who pulls the image needs it from elsewhere");
    }
    std::erase_if(blobs,
                  [](const Blob& blob) { return is_nondistributable(blob.descriptor.media_type); });
    push_blobs(session_, blobs, progress);
    return receipt;
  }

  DestinationSpec spec_;
  Progress* progress_;
  RegistrySession session_;
  std::optional<StreamedLayer> layer_;  // of a build
  std::optional<Document> top_;         // what the tag is to name; none: it does already
};

}  // namespace

std::unique_ptr<Destination> open_registry(const DestinationSpec& spec, const Access& access) {
  return std::make_unique<RegistryDestination>(spec, access);
}

}  // namespace pack
