// An image goes into a Docker engine as the archive of `docker save`, while it is being made: the
// request is open from the layer's first byte on, and there is no file in between.
//
//   layer.tar                  the new layer; its size is known from the plan, its digest is not
//   HEX.tar, ...               the layers of the base, as they are stored
//   HEX.json                   the config
//   manifest.json              which of these are the image, and its names
//
// The engine unpacks all of it before it reads manifest.json, which is sent last, in send(): if
// anything fails before, the request is cut off and the engine has nothing.

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "archive/tar.h"
#include "base/error.h"
#include "transport/counted_blob.h"
#include "transport/destination.h"
#include "transport/engine_api.h"
#include "transport/http_upload.h"
#include "transport/layer_tar.h"

namespace pack {

namespace {

constexpr const char* kNewLayer = "layer.tar";
constexpr size_t kPiece = 256 * 1024;
/// An engine is silent while it unpacks and stores.
constexpr Patience kPatience{.transfer = std::chrono::minutes(60)};

/// The archive on its way into the engine.
class EngineArchive {
 public:
  explicit EngineArchive(const EngineEndpoint& engine) : engine_(engine), upload_(open(engine)) {}

  void begin(const std::string& path, uint64_t size) {
    write(tar_header({.path = path, .mode = 0644, .size = size}));
    size_ = size;
  }

  void write(std::span<const std::byte> bytes) {
    try {
      upload_.write(bytes);
    } catch (const HttpError& error) {
      throw Error("sending the image to the Docker engine at " + quoted(engine_.name) + ": " +
                  error.what());
    }
    sent_ += bytes.size();
    // It will not take the rest: there is no need to make it.
    if (upload_.is_refused()) finish();
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  void end() { write(tar_zeroes(tar_padding(size_))); }

  void add(const std::string& path, const std::string& content) {
    begin(path, content.size());
    write(content);
    end();
  }

  /// Throws Error unless the engine has the image.
  void finish() {
    try {
      require_loaded(upload_.finish(), engine_);
    } catch (const HttpError& error) {
      throw Error("the Docker engine at " + quoted(engine_.name) +
                  " does not load the image: " + error.what());
    }
  }

  uint64_t sent() const { return sent_; }

 private:
  static HttpUpload open(const EngineEndpoint& engine) {
    HttpRequest request{.method = "POST", .url = engine.root};
    request.url.target = "/images/load?quiet=1";
    request.headers = {{"Content-Type", "application/x-tar"}};
    return HttpUpload(engine.connect(kPatience), std::move(request));
  }

  EngineEndpoint engine_;
  HttpUpload upload_;
  uint64_t size_ = 0;  // of the current member
  uint64_t sent_ = 0;
};

bool is_zstd(const Descriptor& layer) { return layer.media_type.ends_with("zstd"); }

/// What manifest.json tells.
struct Loadable {
  std::string config;  ///< the config itself
  std::vector<Reference> references;
  std::vector<std::string> layers;  ///< names of members, lowest first
};

std::string config_name(const Loadable& image) { return sha256(image.config).hex() + ".json"; }

std::string manifest_json(const Loadable& image) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const Reference& reference : image.references) names.push_back(reference.full());
  return nlohmann::ordered_json::array(
             {{{"Config", config_name(image)}, {"RepoTags", names}, {"Layers", image.layers}}})
      .dump();
}

class DaemonDestination : public Destination {
 public:
  DaemonDestination(const DestinationSpec& spec, const Access& access)
      : spec_(spec),
        access_(access),
        engine_(find_engine(access)),
        facts_(ask_engine(engine_, access)) {}

  void prepare(const ImageDraft& draft) override {
    choose_names(draft.references);
    layer_size_ = draft.layer_size;
  }

  std::function<void(std::span<const std::byte>)> layer_bytes() override {
    return [this](std::span<const std::byte> bytes) {
      if (!archive_) {
        archive_.emplace(engine_);
        archive_->begin(kNewLayer, layer_size_);
      }
      archive_->write(bytes);
    };
  }

  Receipt seal(const Image& image) override {
    archive_->end();
    std::vector<Blob> base;  // a copy counts what it reads itself
    base.reserve(image.base_layers.size());
    for (const Blob& layer : image.base_layers) base.push_back(counted(layer, access_.progress));
    add_layers(base, image.config.diff_ids);
    image_.layers.push_back(kNewLayer);
    image_.config = to_json(image.config);
    return add_config({});
  }

  Receipt store(const ImageContent& content) override {
    choose_names(content.references);
    std::vector<std::string> notes;
    const StoredImage& image = choose_image(content, notes);
    archive_.emplace(engine_);
    add_layers(image.layers, image.config.diff_ids);
    image_.config = image.config_text;
    Receipt receipt = add_config(std::move(notes));
    if (content.images.size() > 1) receipt.platform = image.config.platform;
    return receipt;
  }

  void send() override {
    archive_->add("manifest.json", manifest_json(image_));
    archive_->write(tar_zeroes(kTarTrailer));
    archive_->finish();
  }

 private:
  void choose_names(const std::vector<Reference>& known) {
    image_.references = spec_.reference ? std::vector{*spec_.reference} : known;
    if (image_.references.empty())
      throw UsageError("the image for " + quoted(spec_.str()) +
                       " has no name: write docker-daemon:NAME:TAG");
  }

  /// An engine holds one platform of an image: its own.
  const StoredImage& choose_image(const ImageContent& content,
                                  std::vector<std::string>& notes) const {
    const auto is_own = [this](const StoredImage& image) {
      return image.config.platform.os == facts_.platform.os &&
             image.config.platform.architecture == facts_.platform.architecture;
    };
    const auto own = std::find_if(content.images.begin(), content.images.end(), is_own);
    if (own != content.images.end() && content.images.size() > 1)
      notes.push_back("the engine gets the image for " + own->config.platform.str() +
                      " alone, its own platform");
    if (own != content.images.end()) return *own;
    if (content.images.size() != 1)
      throw Error("the Docker engine at " + quoted(engine_.name) + " is one for " +
                  facts_.platform.str() + ", and none of the " +
                  std::to_string(content.images.size()) + " images is; choose one with --platform");
    notes.push_back("the image is for " + content.images.front().config.platform.str() +
                    ", the engine for " + facts_.platform.str());
    return content.images.front();
  }

  void add_layers(const std::vector<Blob>& layers, const std::vector<Digest>& diff_ids) {
    std::set<std::string> known;
    for (size_t i = 0; i < layers.size(); ++i) {
      const std::string name = layers[i].descriptor.digest.hex() + ".tar";
      image_.layers.push_back(name);
      if (!known.insert(name).second) continue;
      if (is_zstd(layers[i].descriptor) && !facts_.takes_zstd)
        add_unpacked(name, layers[i], diff_ids.at(i));
      else
        add_stored(name, layers[i]);
    }
  }

  void add_stored(const std::string& name, const Blob& layer) {
    archive_->begin(name, layer.descriptor.size);
    const ByteReader read =
        verified(layer.open(0), layer.descriptor, "the layer " + layer.descriptor.digest.str());
    std::vector<std::byte> piece(kPiece);
    while (const size_t count = read(piece)) archive_->write(std::span(piece).first(count));
    archive_->end();
  }

  void add_unpacked(const std::string& name, const Blob& layer, const Digest& diff_id) {
    const std::shared_ptr<const File> tar = open_layer_tar(layer, diff_id, access_);
    const uint64_t size = tar->status().size;
    is_zstd_undone_ = true;
    archive_->begin(name, size);
    std::vector<std::byte> piece(kPiece);
    for (uint64_t offset = 0; offset < size;) {
      const size_t count = tar->read_at(offset, piece);
      if (count == 0) throw Error("the layer " + layer.descriptor.digest.str() + " lost its end");
      archive_->write(std::span(piece).first(count));
      offset += count;
    }
    archive_->end();
  }

  Receipt add_config(std::vector<std::string> notes) {
    archive_->add(config_name(image_), image_.config);
    if (is_zstd_undone_)
      notes.emplace_back(
          "the engine is older than Docker 23 and takes no zstd: it gets those "
          "layers uncompressed");
    return {.destination = spec_,
            .manifest = std::nullopt,  // an engine has none, or makes its own
            .size = archive_->sent(),
            .notes = std::move(notes)};
  }

  DestinationSpec spec_;
  Access access_;
  EngineEndpoint engine_;
  EngineFacts facts_;
  uint64_t layer_size_ = 0;
  Loadable image_;
  bool is_zstd_undone_ = false;
  std::optional<EngineArchive> archive_;
};

}  // namespace

std::unique_ptr<Destination> open_daemon(const DestinationSpec& spec, const Access& access) {
  return std::make_unique<DaemonDestination>(spec, access);
}

}  // namespace pack
