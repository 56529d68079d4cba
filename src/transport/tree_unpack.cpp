#include "transport/tree_unpack.h"

#include <map>
#include <utility>

namespace pack {

namespace {

class Unpacker {
 public:
  Unpacker(const LayerTree& tree, EntrySink& sink)
      : tree_(tree), sink_(sink), buffer_(256 * 1024) {}

  // Not by recursion: how deep folders nest is up to whoever made the image.
  std::vector<ImagePath> unpack() && {
    std::vector<ImagePath> waiting = {ImagePath()};
    while (!waiting.empty()) {
      const ImagePath folder = waiting.back();
      waiting.pop_back();
      for (const std::string& name : tree_.list(folder)) {
        const ImagePath path = folder.child(name);
        if (add(path) == FileKind::directory) waiting.push_back(path);
      }
    }
    return std::move(left_out_);
  }

 private:
  FileKind add(const ImagePath& path) {
    const FileStatus status = tree_.status(path).value();
    TarEntry entry = entry_of(tree_, path, status);
    switch (status.kind) {
      case FileKind::directory:
        entry.kind = TarEntry::Kind::directory;
        give(entry);
        break;
      case FileKind::symlink:
        entry.kind = TarEntry::Kind::symlink;
        entry.link_target = tree_.read_link(path);
        give(entry);
        break;
      case FileKind::regular:
        add_file(path, status, entry);
        break;
      default:
        left_out_.push_back(path);
    }
    return status.kind;
  }

  void give(const TarEntry& entry) {
    sink_.begin(entry);
    sink_.end();
  }

  void add_file(const ImagePath& path, const FileStatus& status, TarEntry& entry) {
    const auto [first, is_new] = given_.emplace(status.id, entry.path);
    if (!is_new) {
      entry.kind = TarEntry::Kind::hard_link;
      entry.link_target = first->second;
      return give(entry);
    }
    entry.size = status.size;
    sink_.begin(entry);
    const std::unique_ptr<File> file = tree_.open(path);
    for (uint64_t offset = 0; offset < status.size;) {
      const size_t count = file->read_at(offset, buffer_);
      if (count == 0) throw Error("the layers end within " + quoted(path.str()));
      sink_.data(std::span(buffer_).first(count));
      offset += count;
    }
    sink_.end();
  }

  const LayerTree& tree_;
  EntrySink& sink_;
  std::vector<std::byte> buffer_;
  std::map<FileId, std::string> given_;  // by identity: the first name
  std::vector<ImagePath> left_out_;
};

}  // namespace

TarEntry entry_of(const LayerTree& tree, const ImagePath& path, const FileStatus& status) {
  const LayerNode& node = tree.node(path);
  TarEntry entry{.path = std::string(path.relative()),
                 .mode = status.mode,
                 .uid = node.uid,
                 .gid = node.gid,
                 .mtime = node.mtime,
                 .link_target = {},
                 .capabilities = {},
                 .xattrs = node.xattrs};
  if (auto found = entry.xattrs.extract("security.capability"))
    entry.capabilities = std::move(found.mapped());
  return entry;
}

std::vector<ImagePath> unpack(const LayerTree& tree, EntrySink& sink) {
  return Unpacker(tree, sink).unpack();
}

}  // namespace pack
