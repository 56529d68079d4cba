// The spine of a copy: sources -> one image or index -> (changed as asked for) -> destination.
// Only documents are read before the destination gets its blobs, one pass from place to place.

#include "copies.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "transport/content_edit.h"
#include "transport/counted_blob.h"
#include "transport/output.h"
#include "transport/recompression.h"

namespace pack {

namespace {

void require_sensible(const CopyRequest& request) {
  if (request.sources.empty())
    throw UsageError("no image is named: pack copy IMAGE... DEST (see pack copy --help)");
  if (request.platform && request.choice == PlatformChoice::all)
    throw UsageError("--platform takes one image and --all takes every one: use one of them");
  if (request.platform && request.sources.size() > 1)
    throw UsageError(
        "--platform takes one image, and several make an index of all their platforms: name one "
        "image, or leave --platform out");
  const auto is_stream = [](const SourceSpec& source) {
    return source.kind == SourceSpec::Kind::stream;
  };
  if (std::count_if(request.sources.begin(), request.sources.end(), is_stream) > 1)
    throw UsageError("standard input can be read only once: name files for the other images");
}

ImageContent read_content(const CopyRequest& request) {
  if (request.sources.size() == 1)
    return open_image_content(request.sources.front(), request.choice, request.platform,
                              request.access);
  std::vector<ImageContent> contents;
  for (const SourceSpec& source : request.sources)
    contents.push_back(open_image_content(source, PlatformChoice::all, {}, request.access));
  return joined(std::move(contents));
}

/// The names in the destination. One that is pinned by digest alone has no tag that could stand.
std::vector<Reference> names_for(const CopyRequest& request, const std::vector<Reference>& own) {
  if (request.destination.reference) return {*request.destination.reference};
  std::vector<Reference> names = request.references.empty() ? own : request.references;
  std::erase_if(names, [](const Reference& name) { return name.tag.empty(); });
  return names;
}

/// Loaders tag an image by the names that it brings along.
void note_missing_name(const CopyRequest& request, ImageContent& content) {
  using Kind = DestinationSpec::Kind;
  const Kind kind = request.destination.kind;
  if (content.references.empty() && (kind == Kind::archive || kind == Kind::stream))
    content.notes.push_back("the image has no name in " + quoted(request.destination.str()) +
                            ": -t NAME:TAG gives it one");
}

/// From here on, whatever is read is told to the user.
void count(ImageContent& content, Progress* progress) {
  for (Blob& blob : content.blobs) blob = counted(std::move(blob), progress);
  for (StoredImage& image : content.images)
    for (Blob& layer : image.layers) layer = counted(std::move(layer), progress);
}

std::vector<Platform> platforms_of(const ImageContent& content) {
  std::vector<Platform> platforms;
  for (const StoredImage& image : content.images) platforms.push_back(image.config.platform);
  return platforms;
}

}  // namespace

CopyResult copy_images(const CopyRequest& request) {
  require_sensible(request);
  Output output = open_output(request.destination, request.access);  // nothing is visible yet
  ImageContent content = read_content(request);
  count(content, request.access.progress);
  if (!request.annotations.empty())
    content = with_annotations(std::move(content), request.annotations);
  if (request.compression) content = recompressed(std::move(content), *request.compression);
  content.references = names_for(request, content.references);
  note_missing_name(request, content);
  for (const std::string_view stale : {kRefNameAnnotation, kImageNameAnnotation})
    content.top.descriptor.annotations.erase(std::string(stale));

  CopyResult result{.receipt = output.store(content),
                    .references = content.references,
                    .top = content.top.descriptor,
                    .platforms = platforms_of(content),
                    .notes = content.notes};
  if (result.receipt.platform) result.platforms = {*result.receipt.platform};
  if (content.images.size() == 1) result.top.platform = result.platforms.front();
  return result;
}

}  // namespace pack
