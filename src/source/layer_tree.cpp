#include "source/layer_tree.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "source/layer_merge.h"

namespace pack {

namespace {

/// No two trees share files, and no disk has these numbers: theirs are small.
uint64_t new_device() {
  static std::atomic<uint64_t> next{uint64_t{1} << 63};
  return next++;
}

int64_t nanoseconds(int64_t seconds) {
  constexpr int64_t kPerSecond = 1'000'000'000;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / kPerSecond;
  return std::clamp(seconds, -kMost, kMost) * kPerSecond;
}

SeekableBytes bytes_of(const std::shared_ptr<const File>& file) {
  return {file->status().size, [file](uint64_t offset, std::span<std::byte> into) {
            return file->read_at(offset, into);
          }};
}

/// A member's content, read out of the tar.
class LayerContentFile : public File {
 public:
  LayerContentFile(std::shared_ptr<const File> tar, const LayerFile& file, FileStatus status)
      : tar_(std::move(tar)), file_(file), status_(status) {}

  size_t read_at(uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= file_.size) return 0;
    into = into.first(std::min<uint64_t>(into.size(), file_.size - offset));
    if (tar_->read_at(file_.offset + offset, into) < into.size())
      throw Error("a layer's tar has become shorter while it was read");
    return into.size();
  }

  FileStatus status() const override { return status_; }

  std::string capabilities() const override {
    const auto found = file_.node.xattrs.find("security.capability");
    return found == file_.node.xattrs.end() ? std::string() : found->second;
  }

 private:
  std::shared_ptr<const File> tar_;
  const LayerFile& file_;  // the tree's
  FileStatus status_;
};

class MergedLayers : public LayerTree {
 public:
  explicit MergedLayers(const std::vector<LayerContent>& layers) {
    for (const LayerContent& layer : layers) {
      try {
        merge_.add(bytes_of(layer.tar));
      } catch (const Error& error) {
        throw Error("reading layer " + quoted(layer.name) + ": " + error.what());
      }
      tars_.push_back(layer.tar);
    }
  }

  std::optional<FileStatus> status(const ImagePath& path) const override {
    const auto found = merge_.names().find(path.str());
    if (found == merge_.names().end()) return std::nullopt;
    return status_of(found->second);
  }

  std::string read_link(const ImagePath& path) const override {
    const LayerFile& file = at(path);
    if (file.kind != FileKind::symlink) throw Error(quoted(path.str()) + " is no symlink");
    return file.link_target;
  }

  std::vector<std::string> list(const ImagePath& path) const override {
    const std::string folder = path.is_root() ? "/" : path.str() + '/';
    const LayerMerge::Names& names = merge_.names();
    std::vector<std::string> out;
    for (auto it = names.upper_bound(folder); it != names.end() && it->first.starts_with(folder);) {
      const std::string_view rest = std::string_view(it->first).substr(folder.size());
      const size_t slash = rest.find('/');
      if (slash == rest.npos) {
        out.emplace_back(rest);
        ++it;
      } else {  // below a child: on behind all of that; '0' is the byte behind '/'
        it = names.lower_bound(folder + std::string(rest.substr(0, slash)) + '0');
      }
    }
    return out;
  }

  std::unique_ptr<File> open(const ImagePath& path) const override {
    const LayerFile& file = at(path);
    if (file.kind != FileKind::regular) throw Error(quoted(path.str()) + " is not a regular file");
    if (file.is_sparse)
      throw Error(quoted(path.str()) + " is stored as a sparse file, which pack does not read; " +
                  "make the layer without tar's --sparse");
    return std::make_unique<LayerContentFile>(tars_[file.node.layer], file, *status(path));
  }

  const LayerNode& node(const ImagePath& path) const override { return at(path).node; }

  const std::vector<LayerFault>& faults() const override { return merge_.faults(); }

 private:
  const LayerFile& at(const ImagePath& path) const {
    const auto found = merge_.names().find(path.str());
    if (found == merge_.names().end()) throw Error("no such file: " + quoted(path.str()));
    return merge_.file(found->second);
  }

  FileStatus status_of(const LayerMerge::Name& name) const {
    const LayerFile& file = merge_.file(name);
    const bool is_link = file.kind == FileKind::symlink;
    const int64_t time = nanoseconds(file.node.mtime);
    return {.kind = file.kind,
            .mode = file.mode,
            .size = is_link ? file.link_target.size() : file.size,
            .id = {device_, name.file + 1},
            .links = file.links,
            .modified_ns = time,
            .changed_ns = time};
  }

  LayerMerge merge_;
  std::vector<std::shared_ptr<const File>> tars_;
  uint64_t device_ = new_device();
};

}  // namespace

std::unique_ptr<LayerTree> open_layer_tree(const std::vector<LayerContent>& layers) {
  return std::make_unique<MergedLayers>(layers);
}

}  // namespace pack
