// An image in an OCI image layout (OCI image-spec, image-layout.md).
//
// A layout is shared: it may hold other images, and others may read it now. So the order of the
// steps is all: the blobs first, then index.json, which is replaced in one step and so never names
// a blob that is not there. Blobs are named by their content, so one that is there already is as
// good as ours. Until reveal() nothing of it has a name; the layer is compressed and written while
// it streams by.
//
// Two packs that add to one layout would each write the index without the other's entry. So the
// folder is locked (flock(2)) from before index.json is read until the outcome is settled.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "archive/compression.h"
#include "base/error.h"
#include "base/output_file.h"
#include "transport/destination.h"

namespace pack {

namespace {

namespace fs = std::filesystem;

constexpr auto kLockPatience = std::chrono::seconds(30);
constexpr auto kLockPause = std::chrono::milliseconds(10);

std::string shown(const fs::path& path) { return pack::quoted(path.string()); }

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) throw Error("reading " + shown(path) + " failed; check its mode");
  return text;
}

/// `folder` must be a layout, or be able to become one.
void require_usable(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status))
    throw Error(shown(folder) + " is no folder; name another one for the OCI layout");
  const bool is_empty = fs::is_empty(folder, error);
  if (error) throw Error("reading " + shown(folder) + ": " + error.message());
  if (!is_empty && !fs::exists(folder / "oci-layout"))
    throw Error(shown(folder) + " has files but is no OCI layout; name an empty or a new folder");
}

/// The nearest folder to `folder` that exists, itself or above.
fs::path nearest_existing(fs::path folder) {
  std::error_code ignored;
  folder = fs::absolute(folder);
  while (!fs::is_directory(folder, ignored) && folder.has_relative_path())
    folder = folder.parent_path();
  return folder;
}

/// Waits for another pack that is publishing into the same layout.
Fd lock(const fs::path& folder) {
  Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw_errno("opening " + shown(folder));
  const auto deadline = std::chrono::steady_clock::now() + kLockPatience;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw_errno("locking " + shown(folder));
    if (std::chrono::steady_clock::now() > deadline)
      throw Error(shown(folder) + " is locked by another process; try again when that has ended");
    std::this_thread::sleep_for(kLockPause);
  }
  return fd;
}

/// The gzip-compressed layer as it is written.
class CompressedLayer : public ByteSink {
 public:
  explicit CompressedLayer(const PositionedFile& file) : file_(file, 0) {}

  void append(std::span<const std::byte> bytes) {
    // Threads begin with the first byte; until then other destinations may fork.
    if (!compressor_) compressor_ = std::make_unique<BlockCompressor>(Compression::gzip, *this);
    compressor_->write(bytes);
  }

  void write(std::span<const std::byte> compressed) override {
    file_.write(compressed);
    hash_.update(compressed);
  }

  Descriptor finish() {
    compressor_->finish();
    compressor_.reset();
    return {.media_type = std::string(kOciLayerGzip),
            .digest = hash_.finish(),
            .size = file_.offset(),
            .annotations = {},
            .platform = {}};
  }

 private:
  FileAppender file_;
  Sha256 hash_;
  std::unique_ptr<BlockCompressor> compressor_;
};

class OciLayout : public Destination {
 public:
  explicit OciLayout(const DestinationSpec& spec)
      : spec_(spec),
        folder_(fs::absolute(spec.path)),
        staging_(nearest_existing(folder_ / "blobs" / "sha256")),
        layer_file_(hidden("layer")),
        layer_(layer_file_->content()) {}

  void prepare(const ImageDraft&) override {}
  Receipt store(const ImageContent&) override { throw Error("unfinished"); }

  std::function<void(std::span<const std::byte>)> layer_bytes() override {
    return [this](std::span<const std::byte> bytes) { layer_.append(bytes); };
  }

  Receipt seal(const Image& image) override {
    const Descriptor layer = layer_.finish();
    const ImageDocuments documents = make_documents(image, layer);
    blobs_.push_back({layer, std::move(layer_file_)});
    add_blob(documents.config_descriptor, documents.config);
    add_blob(documents.manifest_descriptor, documents.manifest);
    entries_ = index_entries(documents.manifest_descriptor, image.references);
    uint64_t size = 0;
    for (const Blob& blob : blobs_) size += blob.descriptor.size;
    return {.destination = spec_,
            .manifest = documents.manifest_descriptor.digest,
            .size = size,
            .notes = lost_names(image.references)};
  }

  void reveal() override {
    try {
      make_folders();
      lock_ = lock(folder_);
      for (Blob& blob : blobs_) place(blob);
      place_layout_file();
      place_index();
    } catch (...) {
      undo();
      throw;
    }
  }

  void settle() noexcept override {
    index_->settle();
    lock_ = Fd();
  }

  void undo() noexcept override {
    if (is_index_revealed_) index_->undo();
    for (; !created_.empty(); created_.pop_back()) ::remove(created_.back().c_str());
    lock_ = Fd();
  }

 private:
  struct Blob {
    Descriptor descriptor;
    std::unique_ptr<HiddenFile> file;
  };

  std::unique_ptr<HiddenFile> hidden(const std::string& name) const {
    return std::make_unique<HiddenFile>(staging_.string(), (folder_ / name).string());
  }

  void add_blob(const Descriptor& descriptor, const std::string& content) {
    Blob blob{descriptor, hidden("blob")};
    blob.file->content().write_at(0, content);
    blobs_.push_back(std::move(blob));
  }

  /// Readers find an entry by its ref.name, so a name stands once: the tag that was asked for,
  /// else those of the references.
  std::vector<Descriptor> index_entries(Descriptor manifest,
                                        const std::vector<Reference>& references) const {
    if (!spec_.tag.empty()) {
      manifest.annotations[std::string(kRefNameAnnotation)] = spec_.tag;
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

  void make_folders() {
    std::vector<fs::path> missing;
    std::error_code ignored;
    for (fs::path path = folder_ / "blobs" / "sha256"; !fs::is_directory(path, ignored);
         path = path.parent_path())
      missing.push_back(path);
    for (; !missing.empty(); missing.pop_back()) {
      const std::string path = missing.back().string();
      if (::mkdir(path.c_str(), 0777) == 0)
        created_.push_back(path);
      else if (errno != EEXIST)
        throw_errno("making the folder " + pack::quoted(path));
    }
  }

  void place(Blob& blob) {
    const std::string path = (folder_ / blob_path(blob.descriptor.digest)).string();
    if (blob.file->name(path)) {
      created_.push_back(path);
      return;
    }
    std::error_code error;
    if (fs::file_size(path, error) != blob.descriptor.size)
      throw Error(pack::quoted(path) + " is not the blob that its name says; remove it");
  }

  void place_layout_file() {
    const std::string path = (folder_ / "oci-layout").string();
    const std::unique_ptr<HiddenFile> file = hidden("oci-layout");
    file->content().write_at(0, oci_layout_json());
    if (file->name(path)) created_.push_back(path);
  }

  void place_index() {
    const std::string path = (folder_ / "index.json").string();
    std::string text = fs::exists(path) ? read_text(path) : to_json(Index());
    for (const Descriptor& entry : entries_) text = add_to_index(text, entry);
    index_ = std::make_unique<OutputFile>(path);
    index_->content().write_at(0, text);
    index_->reveal();
    is_index_revealed_ = true;
  }

  DestinationSpec spec_;
  fs::path folder_;
  fs::path staging_;  // where files are written until they have a name
  std::unique_ptr<HiddenFile> layer_file_;
  CompressedLayer layer_;
  std::vector<Blob> blobs_;  // the manifest last, which names the others
  std::vector<Descriptor> entries_;

  // Set by reveal():
  Fd lock_;
  std::vector<std::string> created_;  // files and folders, in order
  std::unique_ptr<OutputFile> index_;
  bool is_index_revealed_ = false;
};

}  // namespace

std::unique_ptr<Destination> open_oci_layout(const DestinationSpec& spec) {
  require_usable(spec.path);
  return std::make_unique<OciLayout>(spec);
}

}  // namespace pack
