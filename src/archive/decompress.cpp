#include "archive/decompress.h"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "base/error.h"

namespace pack {

namespace {

constexpr size_t kChunk = 256 * 1024;

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

/// What libarchive calls for more input.
struct Input {
  const ByteReader& read;
  std::vector<std::byte> chunk = std::vector<std::byte>(kChunk);
};

la_ssize_t next_chunk(archive* reader, void* data, const void** bytes) {
  auto& input = *static_cast<Input*>(data);
  try {
    *bytes = input.chunk.data();
    return static_cast<la_ssize_t>(input.read(input.chunk));
  } catch (const std::exception& error) {
    // No exception may pass through C.
    archive_set_error(reader, EIO, "%s", error.what());
    return -1;
  }
}

[[noreturn]] void throw_damaged(archive* reader) {
  const char* why = archive_error_string(reader);
  throw Error("cannot be unpacked: " + std::string(why ? why : "it is damaged"));
}

/// All filters that need no other program.
Reader open_reader(Input& input, int (*use_format)(archive*)) {
  Reader reader(archive_read_new(), &archive_read_free);
  if (!reader) throw Error("there is no memory for unpacking");
  for (const auto use_filter : {archive_read_support_filter_gzip, archive_read_support_filter_zstd,
                                archive_read_support_filter_xz, archive_read_support_filter_lz4,
                                archive_read_support_filter_bzip2})
    if (use_filter(reader.get()) != ARCHIVE_OK) throw_damaged(reader.get());
  use_format(reader.get());
  if (archive_read_open(reader.get(), &input, nullptr, next_chunk, nullptr) != ARCHIVE_OK)
    throw_damaged(reader.get());
  return reader;
}

/// The data of the entry that the reader stands at.
template <typename Take>
void read_data(archive* reader, const Take& take) {
  std::vector<std::byte> chunk(kChunk);
  for (;;) {
    const la_ssize_t size = archive_read_data(reader, chunk.data(), chunk.size());
    if (size < 0) throw_damaged(reader);
    if (size == 0) return;
    take(std::span(chunk).first(static_cast<size_t>(size)));
  }
}

}  // namespace

void decompress(const ByteReader& compressed, ByteSink& out) {
  Input input{compressed};
  const Reader reader = open_reader(input, [](archive* it) {
    archive_read_support_format_empty(it);
    return archive_read_support_format_raw(it);
  });
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(reader.get(), &entry);
  if (status == ARCHIVE_EOF) return;
  if (status != ARCHIVE_OK) throw_damaged(reader.get());
  read_data(reader.get(), [&](std::span<const std::byte> bytes) { out.write(bytes); });
}

std::optional<std::string> read_tar_member(const ByteReader& archive_bytes, std::string_view name,
                                           uint64_t limit) {
  Input input{archive_bytes};
  const Reader reader = open_reader(input, archive_read_support_format_tar);
  archive_entry* entry = nullptr;
  for (int status; (status = archive_read_next_header(reader.get(), &entry)) != ARCHIVE_EOF;) {
    if (status != ARCHIVE_OK) throw_damaged(reader.get());
    const char* path = archive_entry_pathname(entry);
    if (!path || path != name || archive_entry_filetype(entry) != AE_IFREG) continue;
    std::string content;
    read_data(reader.get(), [&](std::span<const std::byte> bytes) {
      if (content.size() + bytes.size() > limit)
        throw Error(quoted(name) + " in the archive is larger than " + std::to_string(limit) +
                    " bytes");
      content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    });
    return content;
  }
  return std::nullopt;
}

}  // namespace pack
