// libarchive understands the headers: it puts long names, pax records and xattrs together. It is
// shown nothing but header blocks that tar_blocks.cpp has checked, one member's after the other;
// contents, and members of kinds that it would pass over or take for files, are left out of what
// it reads. So its stream is not the archive, and where contents lie comes from tar_blocks.cpp.

#include "archive/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <span>
#include <utility>

#include "archive/tar.h"
#include "archive/tar_blocks.h"
#include "base/error.h"

namespace pack {

namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

constexpr size_t kLongestName = 4096;           // PATH_MAX: the kernel takes no longer one
constexpr size_t kMostXattrBytes = 64 * 1024;   // XATTR_LIST_MAX, XATTR_SIZE_MAX
constexpr size_t kMostSparseMap = 1024 * 1024;  // enough for 50,000 holes

std::string text(const char* from_libarchive) {
  return from_libarchive ? from_libarchive : std::string();
}

uint64_t user_id(int64_t id, const std::string& path) {
  if (id < 0 || id > std::numeric_limits<uint32_t>::max())
    throw Error(quoted(path) + " in the tar archive belongs to " + std::to_string(id) +
                ", which is no user or group");
  return static_cast<uint64_t>(id);
}

std::map<std::string, std::string> xattrs_of(archive_entry* entry, const std::string& path) {
  std::map<std::string, std::string> out;
  size_t total = 0;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (int left = archive_entry_xattr_reset(entry); left > 0; --left) {
    if (archive_entry_xattr_next(entry, &name, &value, &size) != ARCHIVE_OK) break;
    total += size;
    if (total > kMostXattrBytes)
      throw Error(quoted(path) + " in the tar archive has more than 64 KiB of xattrs");
    out.insert_or_assign(name, std::string(static_cast<const char*>(value), size));
  }
  return out;
}

void check_name(const std::string& name) {
  if (name.size() >= kLongestName)
    throw Error("a name in the tar archive is longer than " + std::to_string(kLongestName - 1) +
                " bytes: " + quoted(name.substr(0, 60)) + "...");
}

}  // namespace

struct TarReader::State {
  SeekableBytes archive;
  uint64_t next_header = 0;
  TarBlocks blocks;        // of the member that libarchive reads now
  size_t shown = 0;        // bytes of these that libarchive has got
  uint64_t map_bytes = 0;  // bytes of a sparse file's content that it has got behind them
  std::string map_chunk;
  Reader reader{archive_read_new(), &archive_read_free};

  /// libarchive's read callback: the header blocks; of a sparse file the map in its content, too.
  static la_ssize_t read(::archive* reader, void* me, const void** bytes) {
    State& state = *static_cast<State*>(me);
    try {
      const std::string_view more =
          state.shown < state.blocks.bytes.size() ? state.next_blocks() : state.next_of_map();
      *bytes = more.data();
      return static_cast<la_ssize_t>(more.size());
    } catch (const std::exception& error) {
      // No exception may pass through C.
      archive_set_error(reader, EIO, "%s", error.what());
      return ARCHIVE_FATAL;
    }
  }

  static la_int64_t skip(::archive*, void*, la_int64_t count) { return count; }

  std::string_view next_blocks() {
    return std::string_view(blocks.bytes).substr(std::exchange(shown, blocks.bytes.size()));
  }

  std::string_view next_of_map() {
    const uint64_t left = blocks.is_sparse ? blocks.size - map_bytes : 0;
    if (left == 0 || map_bytes >= kMostSparseMap) throw Error("its headers are damaged");
    map_chunk.resize(std::min<uint64_t>(left, kTarBlock));
    const auto room = std::as_writable_bytes(std::span(map_chunk));
    map_chunk.resize(archive.read_at(blocks.content + map_bytes, room));
    map_bytes += map_chunk.size();
    return map_chunk;
  }
};

namespace {

void open_reader(archive* reader, void* state, archive_read_callback* read,
                 archive_skip_callback* skip) {
  if (!reader) throw Error("there is no memory for reading tar archives");
  archive_read_support_format_tar(reader);
  archive_read_set_read_callback(reader, read);
  archive_read_set_skip_callback(reader, skip);
  archive_read_set_callback_data(reader, state);
  if (archive_read_open1(reader) != ARCHIVE_OK) throw Error("libarchive cannot read tar archives");
}

TarMember member_of(archive_entry* entry, const TarBlocks& blocks) {
  TarMember out;
  out.kind = tar_kind(blocks.type);
  out.path = text(archive_entry_pathname(entry));
  check_name(out.path);
  // Before POSIX there was no type for folders.
  if (blocks.type == '\0' && out.path.ends_with('/')) out.kind = TarMember::Kind::directory;
  out.mode = archive_entry_mode(entry) & 07777;
  out.uid = user_id(archive_entry_uid(entry), out.path);
  out.gid = user_id(archive_entry_gid(entry), out.path);
  out.mtime = archive_entry_mtime(entry);
  if (out.kind == TarMember::Kind::regular)
    out.size = static_cast<uint64_t>(archive_entry_size(entry));
  out.offset = blocks.content;
  out.is_sparse = blocks.is_sparse;
  if (out.kind == TarMember::Kind::regular && !out.is_sparse && out.size != blocks.size)
    throw Error("the size of " + quoted(out.path) + " in the tar archive is not clear");
  if (out.kind == TarMember::Kind::symlink) out.link_target = text(archive_entry_symlink(entry));
  if (out.kind == TarMember::Kind::hard_link) out.link_target = text(archive_entry_hardlink(entry));
  check_name(out.link_target);
  out.xattrs = xattrs_of(entry, out.path);
  return out;
}

/// libarchive would take it for a file, or pass it over with the next one's header.
TarMember other_member(const TarBlocks& blocks) {
  const std::string_view header =
      std::string_view(blocks.bytes).substr(blocks.bytes.size() - kTarBlock);
  TarMember out;
  out.kind = TarMember::Kind::other;
  out.path = header.substr(0, std::min(header.find('\0'), size_t{100}));
  out.offset = blocks.content;
  return out;
}

}  // namespace

TarReader::TarReader(SeekableBytes archive) : state_(std::make_unique<State>()) {
  state_->archive = std::move(archive);
}

TarReader::~TarReader() = default;

std::optional<TarMember> TarReader::next() {
  State& state = *state_;
  std::optional<TarBlocks> blocks = read_tar_blocks(state.archive, state.next_header);
  if (!blocks) return std::nullopt;
  const bool is_first = state.blocks.bytes.empty();
  state.next_header = blocks->next_header;
  if (tar_kind(blocks->type) == TarMember::Kind::other) return other_member(*blocks);
  state.blocks = std::move(*blocks);
  state.shown = 0;
  state.map_bytes = 0;
  ::archive* const reader = state.reader.get();
  if (is_first) open_reader(reader, &state, State::read, State::skip);
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(reader, &entry);
  // A warning is that a name is not ASCII: it is kept bytewise, which is what is wanted.
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
    const std::string why = text(archive_error_string(reader));
    throw Error("the tar archive is damaged: " + (why.empty() ? "no header" : why));
  }
  return member_of(entry, state.blocks);
}

}  // namespace pack
