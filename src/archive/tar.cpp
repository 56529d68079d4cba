#include "archive/tar.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>
#include <utility>

#include "base/error.h"

namespace pack {

namespace {

using ArchiveEntry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

using ArchiveWriter = std::unique_ptr<archive, decltype(&archive_write_free)>;

/// What libarchive writes, up to the end of the header.
struct Header {
  std::string text;
  bool is_complete = false;
};

la_ssize_t take(archive*, void* header, const void* bytes, size_t size) {
  Header& out = *static_cast<Header*>(header);
  if (!out.is_complete) out.text.append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

/// libarchive wants the member's data before it closes, and would otherwise write as many zeroes.
/// It hands them through unread and take() looks at none, so only their number is true.
void pretend_data(archive* writer, uint64_t size) {
  const char nothing = 0;
  while (size > 0) {
    const la_ssize_t taken = archive_write_data(writer, &nothing, size);
    if (taken <= 0) throw Error("libarchive failed to write a tar header");
    size -= static_cast<uint64_t>(taken);
  }
}

ArchiveEntry make_entry(const TarEntry& entry) {
  ArchiveEntry out(archive_entry_new(), &archive_entry_free);
  if (!out) throw Error("libarchive has no memory");
  archive_entry* e = out.get();
  archive_entry_set_pathname(e, entry.path.c_str());
  archive_entry_set_perm(e, entry.mode);
  archive_entry_set_uid(e, entry.uid);
  archive_entry_set_gid(e, entry.gid);
  archive_entry_set_mtime(e, entry.mtime, 0);
  archive_entry_set_size(e, static_cast<la_int64_t>(entry.size));
  switch (entry.kind) {
    case TarEntry::Kind::directory:
      archive_entry_set_filetype(e, AE_IFDIR);
      break;
    case TarEntry::Kind::regular:
      archive_entry_set_filetype(e, AE_IFREG);
      break;
    case TarEntry::Kind::symlink:
      archive_entry_set_filetype(e, AE_IFLNK);
      archive_entry_set_symlink(e, entry.link_target.c_str());
      break;
    case TarEntry::Kind::hard_link:
      archive_entry_set_filetype(e, AE_IFREG);
      archive_entry_set_hardlink(e, entry.link_target.c_str());
      break;
  }
  if (!entry.capabilities.empty())
    archive_entry_xattr_add_entry(e, "security.capability", entry.capabilities.data(),
                                  entry.capabilities.size());
  for (const auto& [name, value] : entry.xattrs)
    archive_entry_xattr_add_entry(e, name.c_str(), value.data(), value.size());
  return out;
}

/// Empty when the format cannot say it.
std::string header_in(const TarEntry& entry, archive_entry* made, int (*set_format)(archive*)) {
  Header header;  // outlives the writer, which writes when it is freed
  const ArchiveWriter writer(archive_write_new(), &archive_write_free);
  archive* w = writer.get();
  if (!w || set_format(w) != ARCHIVE_OK || archive_write_set_bytes_per_block(w, 0) != ARCHIVE_OK ||
      archive_write_open2(w, &header, nullptr, take, nullptr, nullptr) != ARCHIVE_OK)
    throw Error("libarchive cannot write tar archives");
  const int result = archive_write_header(w, made);
  header.is_complete = true;
  // A warning in pax is that the name is not ASCII: it is kept bytewise, which is what is wanted.
  const bool is_pax = archive_format(w) != ARCHIVE_FORMAT_TAR_USTAR;
  if (result != ARCHIVE_OK && !(is_pax && result == ARCHIVE_WARN)) return {};
  pretend_data(w, entry.size);
  return std::move(header.text);
}

int set_pax(archive* writer) {
  const int result = archive_write_set_format_pax_restricted(writer);
  return result == ARCHIVE_OK ? archive_write_set_options(writer, "xattrheader=SCHILY") : result;
}

void require_text(const std::string& text, const TarEntry& entry) {
  if (text.find('\0') != std::string::npos)
    throw Error("a tar archive cannot hold the name " + quoted(entry.path) + ", it has a NUL");
}

}  // namespace

std::string tar_header(const TarEntry& entry) {
  require_text(entry.path, entry);
  require_text(entry.link_target, entry);
  const ArchiveEntry made = make_entry(entry);
  std::string header;
  if (entry.capabilities.empty() && entry.xattrs.empty())
    header = header_in(entry, made.get(), archive_write_set_format_ustar);
  if (header.empty()) header = header_in(entry, made.get(), set_pax);
  if (header.empty()) throw Error("a tar archive cannot hold " + quoted(entry.path));
  return header;
}

std::string_view tar_zeroes(uint64_t count) {
  static constexpr std::array<char, kTarTrailer> kZeroes{};
  return {kZeroes.data(), count};
}

}  // namespace pack
