#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/image_path.h"

namespace pack {

/// A node or its folder may not be read by this user. Loaders pass such files over, so it is told
/// apart from other failures.
class AccessDenied : public Error {
 public:
  using Error::Error;
};

enum class FileKind { regular, directory, symlink, fifo, socket, character_device, block_device };

/// Two paths with the same identity are one file (hard links, bind mounts); st_dev and st_ino.
struct FileId {
  uint64_t device = 0;
  uint64_t inode = 0;
  auto operator<=>(const FileId&) const = default;
};

/// Facts of one node, of a symlink itself and not of what it points to.
struct FileStatus {
  FileKind kind = FileKind::regular;
  uint32_t mode = 0;  ///< permission bits with setuid, setgid and sticky: 0 to 07777
  uint64_t size = 0;  ///< bytes; of a symlink: of its target
  FileId id;
  uint64_t links = 1;       ///< number of hard links
  int64_t modified_ns = 0;  ///< nanoseconds since the epoch; only compared, never written out
  int64_t changed_ns = 0;   ///< st_ctime, likewise

  bool operator==(const FileStatus&) const = default;
};

/// An open regular file.
class File {
 public:
  virtual ~File() = default;
  /// Fills `into` from `offset`. Returns the bytes read: fewer than asked only at the end of file.
  virtual size_t read_at(uint64_t offset, std::span<std::byte> into) const = 0;
  /// As of now, so that a change while reading can be noticed.
  virtual FileStatus status() const = 0;
  /// The value of security.capability (struct vfs_cap_data, as the kernel gives it); empty: none.
  virtual std::string capabilities() const { return {}; }
};

/// A place that files are read from: a disk below a root, a planned image, memory.
///
/// Paths are locations, not routes: no component on the way may be a symlink (walk() in
/// source/walk.h turns a route into a location). Methods throw Error when reading fails.
class FileTree {
 public:
  virtual ~FileTree() = default;
  /// Of the node itself; nothing when there is none.
  virtual std::optional<FileStatus> status(const ImagePath& path) const = 0;
  virtual std::string read_link(const ImagePath& path) const = 0;
  /// Names in a directory, bytewise sorted, without "." and "..".
  virtual std::vector<std::string> list(const ImagePath& path) const = 0;
  virtual std::unique_ptr<File> open(const ImagePath& path) const = 0;
};

/// The whole content of a file. Throws Error when it is larger than `limit` bytes.
std::string read_whole(const File& file, uint64_t limit);

}  // namespace pack
