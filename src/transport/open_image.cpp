// The one image that is meant, or an index as a whole.
//
// A source offers entries under names. Those that the reference fits are looked through to the
// manifests of images that can run; build attestations and other artifacts that stand beside them
// are passed over. Of several for different platforms the one for the platform that is asked for
// is taken, or this machine's. Several under different names are the user's to choose from.

#include <set>

#include "base/error.h"
#include "transport/image_names.h"
#include "transport/image_source.h"
#include "transport/image_tree.h"
#include "transport/platform_choice.h"

namespace pack {

namespace {

constexpr uint64_t kMaxDocuments =
    uint64_t{64} * 1024 * 1024;  // bytes, of all documents of an index

/// What a reference names in a source.
struct Named {
  std::shared_ptr<const ImageSource> source;
  std::string origin;
  std::vector<Offer> offers;
};

/// An image that could be meant.
struct Candidate {
  Descriptor descriptor;
  size_t offer = 0;
};

bool is_schema_1(const Descriptor& descriptor) {
  return descriptor.media_type.starts_with("application/vnd.docker.distribution.manifest.v1+");
}

Named find_named(const SourceSpec& spec, const Access& access) {
  const SourceSpec place = resolve_path(spec);
  Named named{open_source(place, access), place.str(), {}};
  const std::vector<Offer> all = offers_of(named.source->entries());
  if (all.empty()) throw Error("there is no image in " + quoted(named.origin) + ": it lists none");
  named.offers = all;
  // An engine or a registry has looked the name up itself.
  if (place.kind == SourceSpec::Kind::daemon || place.kind == SourceSpec::Kind::registry)
    return named;
  named.offers = offers_named(all, place.reference);
  if (const std::optional<Digest> digest = digest_in(place.reference))
    named.offers = with_digest(*named.source, named.offers, *digest);
  if (named.offers.empty())
    throw Error("there is no image " + quoted(place.reference) + " in " +
                quoted(place.kind == SourceSpec::Kind::stream ? "-" : place.path) + "; it holds " +
                list_of(all));
  for (const Offer& offer : named.offers)
    if (is_schema_1(offer.descriptor))
      throw Error("the image " + quoted(named.origin) +
                  " is of schema 1, which Docker gave up in 2017; let `skopeo copy` convert it "
                  "first");
  return named;
}

[[noreturn]] void throw_several(const Named& named) {
  // Of one name, or of none, only digests tell them apart.
  std::vector<Offer> shown = named.offers;
  if (is_one_image(shown))
    for (Offer& offer : shown) offer.names.clear();
  throw Error(quoted(named.origin) +
              " holds several images; name one of them with @: " + list_of(shown));
}

std::vector<Candidate> find_candidates(const Named& named) {
  std::vector<Candidate> out;
  for (size_t i = 0; i < named.offers.size(); ++i)
    for (const TreeNode& node : tree_below(*named.source, named.offers[i].descriptor))
      if (may_run(node.descriptor)) out.push_back({node.descriptor, i});
  if (out.empty())
    throw Error("there is no image that runs in " + quoted(named.origin) +
                ": its entries are of type " + quoted(named.offers.front().descriptor.media_type));
  return out;
}

StoredImage load(const Named& named, const Candidate& candidate) {
  return load_image(*named.source, candidate.descriptor, named.origin,
                    references_of(named.offers[candidate.offer]));
}

/// The descriptor's, else the config's.
Platform platform_of(const Named& named, const Candidate& candidate) {
  const std::optional<Platform>& said = candidate.descriptor.platform;
  if (said && !said->architecture.empty()) return *said;
  return load(named, candidate).config.platform;
}

const Candidate& choose(const Named& named, const std::vector<Candidate>& candidates,
                        const std::optional<Platform>& platform) {
  if (!platform && !is_one_image(named.offers)) throw_several(named);
  if (!platform && candidates.size() == 1) return candidates.front();
  std::vector<Platform> platforms;
  platforms.reserve(candidates.size());
  for (const Candidate& candidate : candidates) platforms.push_back(platform_of(named, candidate));
  const Platform wanted = platform.value_or(host_platform());
  const std::optional<size_t> best = best_platform(platforms, wanted);
  if (!best)
    throw Error(quoted(named.origin) + " has no image for " + wanted.str() + "; it has " +
                list_of(platforms) + ", to be chosen with --platform");
  for (size_t i = 0; i < candidates.size(); ++i)
    if (candidates[i].offer != candidates[*best].offer &&
        best_platform({platforms[i]}, platforms[*best]))
      throw_several(named);
  return candidates[*best];
}

StoredImage choose_image(const Named& named, const std::optional<Platform>& platform) {
  const std::vector<Candidate> candidates = find_candidates(named);
  return load(named, choose(named, candidates, platform));
}

/// Puts an ImageContent together.
class ContentBuilder {
 public:
  explicit ContentBuilder(const ImageSource& source) : source_(source) {}

  void add_blob(const Blob& blob, const std::string& origin) {
    if (!blobs_.insert(blob.descriptor.digest).second) return;
    const bool stays = is_nondistributable(blob.descriptor.media_type);
    if (stays)
      content.notes.push_back(
          "the layer " + blob.descriptor.digest.str() + " of " + quoted(origin) +
          " is not for distribution: whoever runs the image takes it from " +
          (blob.descriptor.urls.empty() ? std::string("its maker") : blob.descriptor.urls.front()));
    // Registries hold none of those; a copy on this disk goes along.
    if (!stays || blob.local) content.blobs.push_back(blob);
  }

  void add_image(const StoredImage& image) {
    add_blob(image.config_blob, image.origin);
    for (const Blob& layer : image.layers) add_blob(layer, image.origin);
    content.images.push_back(image);
  }

  void add_node(const TreeNode& node, const Named& named) {
    const Descriptor& descriptor = node.descriptor;
    if (is_index_type(descriptor.media_type)) return add_document({descriptor, node.text});
    if (!is_manifest_type(descriptor.media_type))
      throw Error(quoted(named.origin) + " lists something of type " +
                  quoted(descriptor.media_type) +
                  ", which pack cannot copy; copy one platform without --all");
    std::string text = source_.document(descriptor);
    const Manifest manifest = parse_manifest(text);
    if (may_run(descriptor) && is_image(manifest)) {
      add_image(load_image(source_, descriptor, named.origin, content.references));
    } else {
      add_blob(source_.blob(manifest.config), named.origin);
      for (const Descriptor& layer : manifest.layers) add_blob(source_.blob(layer), named.origin);
    }
    add_document({descriptor, std::move(text)});
  }

  ImageContent content;

 private:
  void add_document(Document document) {
    bytes_ += document.text.size();
    if (bytes_ > kMaxDocuments)
      throw Error("the manifests below " + document.descriptor.digest.str() +
                  " take more than 64 MiB; such an image is not read");
    content.documents.push_back(std::move(document));
  }

  const ImageSource& source_;
  std::set<Digest> blobs_;
  uint64_t bytes_ = 0;
};

ImageContent one_image(const StoredImage& image, const ImageSource& source) {
  ContentBuilder builder(source);
  builder.add_image(image);
  builder.content.top = image.document;
  builder.content.references = image.references;
  return std::move(builder.content);
}

/// Images that lie beside each other under one name: the index that they should be in.
Document index_of(const std::vector<Offer>& offers) {
  Index index;
  for (const Offer& offer : offers) {
    index.manifests.push_back(offer.descriptor);
    index.manifests.back().annotations.clear();
  }
  std::string text = to_json(index);
  return {{std::string(kOciIndex), sha256(text), text.size(), {}, {}}, std::move(text)};
}

ImageContent whole_index(const Named& named) try {
  if (!is_one_image(named.offers)) throw_several(named);
  ContentBuilder builder(*named.source);
  builder.content.references = references_of(named.offers.front());
  for (const Offer& offer : named.offers)
    for (const TreeNode& node : tree_below(*named.source, offer.descriptor))
      builder.add_node(node, named);
  ImageContent& content = builder.content;
  if (named.offers.size() > 1) {
    content.top = index_of(named.offers);
  } else {
    content.top = std::move(content.documents.back());
    content.documents.pop_back();
  }
  content.top.descriptor.annotations.clear();
  if (content.images.empty()) throw Error("there is no image that runs in " + quoted(named.origin));
  return std::move(content);
} catch (const Error& error) {
  throw IncompleteIndex(error.what());
}

}  // namespace

StoredImage open_image(const SourceSpec& spec, const std::optional<Platform>& platform,
                       const Access& access) {
  return choose_image(find_named(spec, access), platform);
}

ImageContent open_image_content(const SourceSpec& spec, PlatformChoice choice,
                                const std::optional<Platform>& platform, const Access& access) {
  const Named named = find_named(spec, access);
  const bool is_index =
      named.offers.size() > 1 || is_index_type(named.offers.front().descriptor.media_type);
  if (choice == PlatformChoice::all && is_index) return whole_index(named);
  return one_image(choose_image(named, platform), *named.source);
}

}  // namespace pack
