#include "archive/decompress.h"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"

namespace pack {

namespace {

constexpr size_t kChunk = 256 * 1024;

int use_raw_format(archive* reader) {
  archive_read_support_format_empty(reader);
  return archive_read_support_format_raw(reader);
}

/// A stream on its way through libarchive.
class Unpacker {
 public:
  /// `use_format` is one of libarchive's.
  Unpacker(ByteReader compressed, int (*use_format)(archive*))
      : compressed_(std::move(compressed)) {
    archive* const reader = reader_.get();
    if (!reader) throw Error("there is no memory for unpacking");
    // All filters that need no other program.
    for (const auto use_filter :
         {archive_read_support_filter_gzip, archive_read_support_filter_zstd,
          archive_read_support_filter_xz, archive_read_support_filter_lz4,
          archive_read_support_filter_bzip2})
      if (use_filter(reader) != ARCHIVE_OK) fail();
    use_format(reader);
    if (archive_read_open(reader, this, nullptr, next_chunk, nullptr) != ARCHIVE_OK) fail();
    // libarchive unpacks what it finds in a stream again, 25 times; no engine does.
    if (archive_filter_count(reader) > 2) throw Error("cannot be unpacked: it is packed twice");
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  /// The next entry of the format; null at the end.
  archive_entry* next_entry() {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader_.get(), &entry);
    if (status == ARCHIVE_EOF) return nullptr;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail();
    return entry;
  }

  /// Of the entry's data; 0 at its end.
  size_t read(std::span<std::byte> into) {
    const la_ssize_t size = archive_read_data(reader_.get(), into.data(), into.size());
    if (size < 0) fail();
    return static_cast<size_t>(size);
  }

  /// After the end: libarchive stops without a word where something else begins.
  void require_end() {
    const auto used = static_cast<uint64_t>(archive_filter_bytes(reader_.get(), -1));
    if (used < given_ || compressed_(chunk_) > 0)
      throw Error("cannot be unpacked: something else follows the compressed data");
  }

 private:
  static la_ssize_t next_chunk(archive* reader, void* me, const void** bytes) {
    Unpacker& self = *static_cast<Unpacker*>(me);
    try {
      *bytes = self.chunk_.data();
      const size_t size = self.compressed_(self.chunk_);
      self.given_ += size;
      return static_cast<la_ssize_t>(size);
    } catch (...) {
      // No exception may pass through C.
      self.failure_ = std::current_exception();
      archive_set_error(reader, EIO, "the input failed");
      return -1;
    }
  }

  [[noreturn]] void fail() const {
    if (failure_) std::rethrow_exception(failure_);
    const char* why = archive_error_string(reader_.get());
    throw Error("cannot be unpacked: " + std::string(why ? why : "it is damaged"));
  }

  ByteReader compressed_;
  std::vector<std::byte> chunk_ = std::vector<std::byte>(kChunk);
  uint64_t given_ = 0;  // bytes of input that libarchive got
  std::exception_ptr failure_;
  std::unique_ptr<archive, decltype(&archive_read_free)> reader_{archive_read_new(),
                                                                 &archive_read_free};
};

/// One stream being unpacked, up to its limit.
class RawStream {
 public:
  RawStream(ByteReader compressed, uint64_t limit)
      : unpacker_(std::move(compressed), use_raw_format), limit_(limit) {
    is_at_end_ = !unpacker_.next_entry();
  }

  size_t read(std::span<std::byte> into) {
    if (is_at_end_ || into.empty()) return 0;
    const size_t size = unpacker_.read(into);
    total_ += size;
    if (total_ > limit_)
      throw Error("unpacks to more than " + std::to_string(limit_) + " bytes, so it is not used");
    if (size == 0) {
      is_at_end_ = true;
      unpacker_.require_end();
    }
    return size;
  }

 private:
  Unpacker unpacker_;
  uint64_t limit_;
  uint64_t total_ = 0;
  bool is_at_end_ = false;
};

}  // namespace

ByteReader decompressed(ByteReader compressed, uint64_t limit) {
  const auto stream = std::make_shared<RawStream>(std::move(compressed), limit);
  return [stream](std::span<std::byte> into) { return stream->read(into); };
}

void decompress(const ByteReader& compressed, ByteSink& out, uint64_t limit) {
  RawStream stream(compressed, limit);
  std::vector<std::byte> chunk(kChunk);
  while (const size_t size = stream.read(chunk)) out.write(std::span(chunk).first(size));
}

std::optional<std::string> read_tar_member(const ByteReader& archive_bytes, std::string_view name,
                                           uint64_t limit) {
  Unpacker unpacker(archive_bytes, archive_read_support_format_tar);
  while (archive_entry* entry = unpacker.next_entry()) {
    const char* path = archive_entry_pathname(entry);
    if (!path || path != name || archive_entry_filetype(entry) != AE_IFREG) continue;
    std::string content;
    std::vector<std::byte> chunk(kChunk);
    while (const size_t size = unpacker.read(chunk)) {
      if (content.size() + size > limit)
        throw Error(quoted(name) + " in the archive is larger than " + std::to_string(limit) +
                    " bytes");
      content.append(reinterpret_cast<const char*>(chunk.data()), size);
    }
    return content;
  }
  return std::nullopt;
}

}  // namespace pack
