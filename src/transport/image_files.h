#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/tar_reader.h"
#include "base/fd.h"

namespace pack {

/// One file of an ImageFiles.
struct StoredFile {
  SeekableBytes bytes;          ///< keeps what it reads from alive; for several threads at once
  std::string local_file = {};  ///< not empty: the path of a local file with exactly these bytes
};

/// The files that images are made of: members of an archive, or a folder's. Read only; for several
/// threads at once.
class ImageFiles {
 public:
  virtual ~ImageFiles() = default;

  /// For messages: the archive's or folder's path.
  virtual const std::string& name() const = 0;

  /// The regular file at a relative path. Links are followed inside: a path or link that leads out
  /// is refused (Error), as is what is no regular file. Nothing when there is nothing.
  virtual std::optional<StoredFile> find(std::string_view path) const = 0;

  /// Names of the regular files directly in a folder, bytewise sorted; none when it is not there.
  virtual std::vector<std::string> list(std::string_view folder) const = 0;
};

/// A tar archive; compressed as a whole, or a stream: then it is unpacked into an anonymous
/// temporary file first. Throws Error when it is damaged or no archive.
std::shared_ptr<const ImageFiles> open_archive_files(Fd file, const std::string& name);

std::shared_ptr<const ImageFiles> open_folder_files(const std::string& path);

/// The content of a small file; nothing when it is not there. Throws Error above `limit` bytes.
std::optional<std::string> read_text(const ImageFiles& files, std::string_view path,
                                     uint64_t limit);

/// `path` without "./", doubled '/' and what ".." takes back. Throws Error, naming `where`, when it
/// is absolute, holds a NUL or leads out by "..".
std::string inner_path(std::string_view path, const std::string& where);

/// From `offset` on.
ByteReader reader_of(const SeekableBytes& bytes, uint64_t offset);

/// All of an open regular file. Throws Error when it cannot be read; `name` is for messages.
SeekableBytes bytes_of(Fd file, const std::string& name);

/// As bytes_of(), opened by the first read: what is only looked at costs no descriptor, of which a
/// process has 1024, and an index may name more blobs. `size` is what the file has now.
SeekableBytes bytes_at(const std::string& path, uint64_t size, const std::string& name);

/// `length` bytes from `offset` on. A read behind what is there is an Error, for the file was
/// longer when it was opened.
SeekableBytes part_of(const SeekableBytes& bytes, uint64_t offset, uint64_t length,
                      const std::string& name);

}  // namespace pack
