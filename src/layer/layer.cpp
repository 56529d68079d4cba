// From the plan to the bytes of one layer (OCI image-spec, layer.md).
//
// The members come in the plan's order, headers made one after the other and none kept. Files that
// are one file on the source (hard links) stay one: the first in order has the data, the others
// refer to it, as the specification demands within the same layer. The size is the sum of headers,
// data rounded up to blocks and the trailer, so it is known before a single file is opened.
//
// A file is read straight into the pipeline's chunks. Its size is already in the header when it is
// read, and everything else about it was decided on earlier: so a file that is not exactly as it
// was when it was planned, before and after reading, is an error and not a guess.

#include "layer/layer.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "base/chunk_pipeline.h"
#include "base/error.h"

namespace pack {

namespace {

using Visit = std::function<void(const TarEntry&, const Entry&)>;

/// What must be equal for two paths to be one file in the image.
using Identity = std::tuple<FileId, uint32_t, uint32_t, uint32_t, std::string>;

std::optional<Identity> identity(const Entry& entry) {
  if (entry.kind != EntryKind::file || !entry.source || entry.source_status.links < 2)
    return std::nullopt;
  return Identity{entry.source_status.id, entry.mode, entry.uid, entry.gid, entry.capabilities};
}

TarEntry tar_entry(const ImagePath& path, const Entry& entry, int64_t mtime) {
  TarEntry out{.path = std::string(path.relative()),
               .mode = entry.mode,
               .uid = entry.uid,
               .gid = entry.gid,
               .mtime = mtime,
               .link_target = {},
               .capabilities = {}};
  switch (entry.kind) {
    case EntryKind::directory:
      out.kind = TarEntry::Kind::directory;
      out.xattrs = entry.xattrs;
      break;
    case EntryKind::symlink:
      out.kind = TarEntry::Kind::symlink;
      out.link_target = entry.target;
      break;
    case EntryKind::file:
      out.kind = TarEntry::Kind::regular;
      out.size = entry.size();
      out.capabilities = entry.capabilities;
      break;
  }
  return out;
}

void for_each_member(const Rootfs& rootfs, int64_t mtime, const Visit& visit) {
  std::map<Identity, std::string> first_names;
  for (const auto& [path, entry] : rootfs.entries) {
    TarEntry member = tar_entry(path, entry, mtime);
    if (const std::optional<Identity> same = identity(entry)) {
      const auto [first, is_first] = first_names.emplace(*same, member.path);
      if (!is_first) {
        member.kind = TarEntry::Kind::hard_link;
        member.link_target = first->second;
        member.size = 0;
        member.capabilities.clear();
      }
    }
    visit(member, entry);
  }
}

[[noreturn]] void throw_changed(const ImagePath& source) {
  throw Error(quoted(source.str()) + " was changed while pack was reading it; run pack again");
}

class LayerWriter {
 public:
  LayerWriter(const FileTree& tree, ChunkPipeline& pipeline, const std::vector<EntrySink*>& sinks)
      : tree_(tree), pipeline_(pipeline), sinks_(sinks) {}

  void add(const TarEntry& member, const Entry& entry) {
    write(tar_header(member));
    for (EntrySink* sink : sinks_) sink->begin(member);
    if (member.kind == TarEntry::Kind::regular) {
      entry.source ? copy_file(entry) : add_content(entry.content);
      write(tar_zeroes(tar_padding(member.size)));
      ++files_;
    }
    for (EntrySink* sink : sinks_) sink->end();
  }

  void write(std::string_view bytes) {
    pipeline_.write(bytes);
    size_ += bytes.size();
  }

  uint64_t size() const { return size_; }
  uint64_t files() const { return files_; }

 private:
  void add_content(const std::string& content) {
    write(content);
    for (EntrySink* sink : sinks_) sink->data(std::as_bytes(std::span(content)));
  }

  void copy_file(const Entry& entry) {
    const ImagePath& source = *entry.source;
    const FileStatus& planned = entry.source_status;
    // Not opened when it is something else by now: opening a FIFO would wait for a writer.
    if (tree_.status(source) != planned) throw_changed(source);
    const std::unique_ptr<File> file = tree_.open(source);
    for (uint64_t offset = 0; offset < planned.size;) {
      std::span<std::byte> room = pipeline_.space();
      room = room.first(std::min<uint64_t>(room.size(), planned.size - offset));
      if (file->read_at(offset, room) != room.size()) throw_changed(source);
      for (EntrySink* sink : sinks_) sink->data(room);
      pipeline_.advance(room.size());
      offset += room.size();
    }
    if (file->status() != planned) throw_changed(source);
    size_ += planned.size;
  }

  const FileTree& tree_;
  ChunkPipeline& pipeline_;
  const std::vector<EntrySink*>& sinks_;
  uint64_t size_ = 0;
  uint64_t files_ = 0;
};

}  // namespace

uint64_t layer_size(const Rootfs& rootfs, int64_t mtime) {
  uint64_t size = kTarTrailer;
  for_each_member(rootfs, mtime, [&](const TarEntry& member, const Entry&) {
    size += tar_header(member).size() + member.size + tar_padding(member.size);
  });
  return size;
}

Layer write_layer(const Rootfs& rootfs, const FileTree& tree, int64_t mtime,
                  const LayerSinks& sinks) {
  Sha256 hash;
  std::vector<ChunkPipeline::Consumer> consumers = sinks.bytes;
  consumers.push_back([&](std::span<const std::byte> bytes) { hash.update(bytes); });
  ChunkPipeline pipeline(std::move(consumers));
  LayerWriter writer(tree, pipeline, sinks.entries);
  for_each_member(rootfs, mtime,
                  [&](const TarEntry& member, const Entry& entry) { writer.add(member, entry); });
  writer.write(tar_zeroes(kTarTrailer));
  pipeline.finish();
  return {.diff_id = hash.finish(), .size = writer.size(), .files = writer.files()};
}

}  // namespace pack
