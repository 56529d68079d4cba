#include "transport/content_edit.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "image/rewrite.h"

namespace pack {

namespace {

Document document_of(Descriptor descriptor, std::string text) {
  descriptor.digest = sha256(text);
  descriptor.size = text.size();
  return {std::move(descriptor), std::move(text)};
}

/// Carries changed documents up to the top.
class Rewriting {
 public:
  Rewriting(ImageContent content, const DocumentEdits& edits)
      : content_(std::move(content)), edits_(edits) {}

  ImageContent done() && {
    for (StoredImage& image : content_.images) rewrite_image(image);
    if (!new_entries_.empty()) leave_out_others();
    for (Document& document : content_.documents) rewrite(document);
    rewrite(content_.top);
    return std::move(content_);
  }

 private:
  void rewrite_image(StoredImage& image) {
    std::string text = edits_.manifest(image);
    if (text == image.document.text) return;
    image.manifest = parse_manifest(text);
    replace(image.document, std::move(text));
    images_[former_] = image.document;
  }

  void replace(Document& document, std::string text) {
    former_ = document.descriptor.digest;
    document = document_of(document.descriptor, std::move(text));
    new_entries_[former_] = document.descriptor;
  }

  bool is_image(const Document& document) const {
    return std::any_of(content_.images.begin(), content_.images.end(), [&](const auto& image) {
      return image.document.descriptor.digest == document.descriptor.digest;
    });
  }

  /// Manifests that are no images, and the blobs that they alone name.
  void leave_out_others() {
    std::set<Digest> blobs;
    const auto is_other = [&](const Document& document) {
      if (is_index_type(document.descriptor.media_type) || is_image(document)) return false;
      if (images_.contains(document.descriptor.digest)) return false;
      const Manifest manifest = parse_manifest(document.text);
      blobs.insert(manifest.config.digest);
      for (const Descriptor& layer : manifest.layers) blobs.insert(layer.digest);
      new_entries_[document.descriptor.digest] = std::nullopt;
      return true;
    };
    const size_t count = std::erase_if(content_.documents, is_other);
    if (count == 0) return;
    for (const StoredImage& image : content_.images) {
      blobs.erase(image.config_blob.descriptor.digest);
      for (const Blob& layer : image.layers) blobs.erase(layer.descriptor.digest);
    }
    std::erase_if(content_.blobs,
                  [&](const Blob& blob) { return blobs.contains(blob.descriptor.digest); });
    content_.notes.push_back("left out: " + std::to_string(count) +
                             " attestations or signatures of images that are changed here");
  }

  void rewrite(Document& document) {
    if (const auto image = images_.find(document.descriptor.digest); image != images_.end()) {
      // What the index said of it stays: its platform, its annotations.
      document = document_of(document.descriptor, image->second.text);
    } else if (is_index_type(document.descriptor.media_type)) {
      std::string text = document.text;
      if (!new_entries_.empty()) text = with_entries(text, new_entries_);
      text = edits_.index(std::move(text));
      if (text != document.text) replace(document, std::move(text));
    }
  }

  ImageContent content_;
  const DocumentEdits& edits_;
  Digest former_;
  NewEntries new_entries_;
  std::map<Digest, Document> images_;  // changed ones, by their former digest
};

std::set<Digest> blobs_of(const std::vector<StoredImage>& images) {
  std::set<Digest> out;
  for (const StoredImage& image : images) {
    out.insert(image.manifest.config.digest);
    for (const Descriptor& layer : image.manifest.layers) out.insert(layer.digest);
  }
  return out;
}

std::string name_of(const StoredImage& image) {
  return image.origin.empty() ? image.document.descriptor.digest.str() : quoted(image.origin);
}

void require_one_a_platform(const std::vector<StoredImage>& images) {
  std::map<std::string, const StoredImage*> seen;
  for (const StoredImage& image : images) {
    const auto [first, is_new] = seen.emplace(image.config.platform.str(), &image);
    if (!is_new)
      throw Error("two of the images are for " + first->first + " (" + name_of(*first->second) +
                  " and " + name_of(image) + "), and an index has one for each platform");
  }
}

Descriptor entry_of(const StoredImage& image) {
  return {.media_type = image.document.descriptor.media_type,
          .digest = image.document.descriptor.digest,
          .size = image.document.descriptor.size,
          .annotations = {},
          .platform = image.config.platform};
}

/// What an index of several holds beside them: it was made for another index.
size_t count_others(const ImageContent& content) {
  return static_cast<size_t>(std::count_if(
      content.documents.begin(), content.documents.end(), [&](const Document& document) {
        return !is_index_type(document.descriptor.media_type) &&
               std::none_of(content.images.begin(), content.images.end(), [&](const auto& image) {
                 return image.document.descriptor.digest == document.descriptor.digest;
               });
      }));
}

std::string left_out(size_t count) {
  return "left out: " + std::to_string(count) +
         " attestations or signatures of images that are "
         "in another index now";
}

/// An index over these images alone.
Document index_over(const std::vector<StoredImage>& images) {
  const bool docker = std::all_of(images.begin(), images.end(), [](const StoredImage& image) {
    return family_of(image.document.descriptor.media_type) == MediaFamily::docker;
  });
  Index index{.media_type = std::string(docker ? kDockerIndex : kOciIndex),
              .manifests = {},
              .annotations = {}};
  for (const StoredImage& image : images) index.manifests.push_back(entry_of(image));
  return document_of({.media_type = index.media_type, .annotations = {}, .platform = {}},
                     to_json(index));
}

}  // namespace

ImageContent with_documents(ImageContent content, const DocumentEdits& edits) {
  return Rewriting(std::move(content), edits).done();
}

ImageContent with_annotations(ImageContent content, const Annotations& annotations) {
  return with_documents(
      std::move(content),
      {.manifest =
           [&](const StoredImage& image) {
             return with_annotations(image.document.text, annotations);
           },
       .index = [&](const std::string& text) { return with_annotations(text, annotations); }});
}

ImageContent joined(std::vector<ImageContent> contents) {
  ImageContent out;
  std::set<Digest> seen;
  size_t others = 0;
  for (ImageContent& content : contents) {
    const std::set<Digest> wanted = blobs_of(content.images);
    others += count_others(content);
    for (Blob& blob : content.blobs)
      if (wanted.contains(blob.descriptor.digest) && seen.insert(blob.descriptor.digest).second)
        out.blobs.push_back(std::move(blob));
    for (StoredImage& image : content.images) {
      out.documents.push_back(image.document);
      out.images.push_back(std::move(image));
    }
    if (out.references.empty()) out.references = std::move(content.references);
    std::move(content.notes.begin(), content.notes.end(), std::back_inserter(out.notes));
  }
  if (others > 0) out.notes.push_back(left_out(others));
  require_one_a_platform(out.images);
  out.top = index_over(out.images);
  return out;
}

}  // namespace pack
