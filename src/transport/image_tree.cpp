// An index names manifests and other indexes; what is below it is read from the top, and each
// document is compared with its digest when it is read (ImageSource::document). An index cannot
// hold its own digest, so there are no circles; how deep and how many is bounded here.

#include "transport/image_tree.h"

#include <set>

#include "base/error.h"

namespace pack {

namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kMaxIndexes = 1000;

/// docs.docker.com/build/metadata/attestations/attestation-storage
constexpr std::string_view kReferenceType = "vnd.docker.reference.type";

/// Says whose document it is that `parse` refuses.
template <typename Parse>
auto within(const std::string& origin, const Parse& parse) {
  try {
    return parse();
  } catch (const Error& error) {
    throw Error("reading " + quoted(origin) + ": " + error.what());
  }
}

class TreeReader {
 public:
  explicit TreeReader(const ImageSource& source) : source_(source) {}

  void add(const Descriptor& descriptor, int depth) {
    if (!seen_.insert(descriptor.digest).second) return;
    TreeNode node{descriptor, {}};
    if (is_index_type(descriptor.media_type)) {
      if (depth > kMaxDepth || ++indexes_ > kMaxIndexes)
        throw Error("the image index " + descriptor.digest.str() +
                    " is one of too many, or nested too deeply; such an image is not read");
      node.text = source_.document(descriptor);
      const Index index = within(descriptor.digest.str(), [&] { return parse_index(node.text); });
      for (const Descriptor& child : index.manifests) add(child, depth + 1);
    }
    nodes_.push_back(std::move(node));
  }

  std::vector<TreeNode> take() { return std::move(nodes_); }

 private:
  const ImageSource& source_;
  std::set<Digest> seen_;
  size_t indexes_ = 0;
  std::vector<TreeNode> nodes_;
};

/// A document need not say its type; when it does, it is the one under which it was found.
void check_type(Manifest& manifest, const Descriptor& descriptor) {
  if (manifest.media_type == descriptor.media_type) return;
  if (manifest.media_type != kOciManifest)
    throw Error("the manifest's mediaType " + quoted(manifest.media_type) +
                " is not the one under which it is listed, " + quoted(descriptor.media_type));
  manifest.media_type = descriptor.media_type;
}

void check_config(const StoredImage& image) {
  const size_t layers = image.manifest.layers.size(), diff_ids = image.config.diff_ids.size();
  if (layers != diff_ids)
    throw Error("the manifest lists " + std::to_string(layers) + " layers, but the config has " +
                std::to_string(diff_ids) + " diff_ids; the image is damaged");
}

/// A layer that its maker does not hand out need not be there.
Blob layer_blob(const ImageSource& source, const Descriptor& layer, const std::string& origin) {
  try {
    return source.blob(layer);
  } catch (const Error&) {
    if (!is_nondistributable(layer.media_type)) throw;
  }
  const std::string message = "the layer " + layer.digest.str() +
                              " is not there: its maker does not hand it out with the image " +
                              quoted(origin);
  return {.descriptor = layer,
          .open = [message](uint64_t) -> ByteReader { throw Error(message); },
          .repository = {}};
}

}  // namespace

std::vector<TreeNode> tree_below(const ImageSource& source, const Descriptor& top) {
  TreeReader reader(source);
  reader.add(top, 0);
  return reader.take();
}

std::vector<Offer> with_digest(const ImageSource& source, const std::vector<Offer>& offers,
                               const Digest& digest) {
  for (const Offer& offer : offers)
    if (offer.descriptor.digest == digest) return {offer};
  for (const Offer& offer : offers)
    for (const TreeNode& node : tree_below(source, offer.descriptor))
      if (node.descriptor.digest == digest) return {{node.descriptor, offer.names}};
  return {};
}

bool may_run(const Descriptor& descriptor) {
  const bool is_for_nothing = descriptor.platform && descriptor.platform->os == "unknown";
  return is_manifest_type(descriptor.media_type) && !is_for_nothing &&
         descriptor.artifact_type.empty() &&
         !descriptor.annotations.contains(std::string(kReferenceType));
}

bool is_image(const Manifest& manifest) {
  const std::string& type = manifest.config.media_type;
  // Docker wrote the last one for some months of 2015.
  return type == kOciConfig || type == kDockerConfig || type == "application/octet-stream";
}

StoredImage load_image(const ImageSource& source, const Descriptor& descriptor,
                       const std::string& origin, std::vector<Reference> references) {
  StoredImage image;
  image.origin = origin;
  image.references = std::move(references);
  image.document = {descriptor, source.document(descriptor)};
  image.document.descriptor.annotations.clear();
  within(origin, [&] {
    image.manifest = parse_manifest(image.document.text);
    check_type(image.manifest, descriptor);
    if (!is_image(image.manifest))
      throw Error("it is no image but an artifact whose config is of type " +
                  quoted(image.manifest.config.media_type));
  });
  image.config_blob = source.blob(image.manifest.config);
  within(origin, [&] {
    image.config_text = read_blob(image.config_blob, kMaxDocument);
    image.config = parse_config(image.config_text);
    check_config(image);
  });
  image.document.descriptor.platform = image.config.platform;
  for (const Descriptor& layer : image.manifest.layers)
    image.layers.push_back(layer_blob(source, layer, origin));
  return image;
}

}  // namespace pack
