#pragma once

#include <functional>
#include <string>
#include <vector>

#include "image/manifest.h"
#include "transport/image_content.h"

namespace pack {

// New content out of old, on the way from a source to a destination. Digests change with the
// documents, and so do those of the indexes above them.

/// How documents are written anew. A text that stays the same keeps its digest.
struct DocumentEdits {
  std::function<std::string(const StoredImage&)> manifest;  ///< of each image
  std::function<std::string(std::string)> index;            ///< of each index
};

/// Where anything changed, what an index holds beyond images (attestations, signatures) is left
/// out with a note: it speaks of manifests that are not there any more. The images' `layers` and
/// the content's blobs are left to the caller.
ImageContent with_documents(ImageContent content, const DocumentEdits& edits);

/// With further annotations on every manifest and index.
ImageContent with_annotations(ImageContent content, const Annotations& annotations);

/// One index with the images of all, in their order; at least one content. The names are those of
/// the first that has any. Throws Error when two images are for one platform.
ImageContent joined(std::vector<ImageContent> contents);

}  // namespace pack
