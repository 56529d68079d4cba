#include "source/disk_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <unordered_map>

#include "base/fd.h"

namespace pack {

namespace {

FileKind kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return FileKind::directory;
    case S_IFLNK:
      return FileKind::symlink;
    case S_IFIFO:
      return FileKind::fifo;
    case S_IFSOCK:
      return FileKind::socket;
    case S_IFCHR:
      return FileKind::character_device;
    case S_IFBLK:
      return FileKind::block_device;
    default:
      return FileKind::regular;
  }
}

/// Times are only compared, so one beyond the year 2262 may wrap around.
int64_t nanoseconds(const timespec& time) {
  return static_cast<int64_t>(static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 +
                              static_cast<uint64_t>(time.tv_nsec));
}

FileStatus status_of(const struct stat& st) {
  return {.kind = kind_of(st.st_mode),
          .mode = st.st_mode & 07777,
          .size = static_cast<uint64_t>(st.st_size),
          .id = {st.st_dev, st.st_ino},
          .links = st.st_nlink,
          .modified_ns = nanoseconds(st.st_mtim),
          .changed_ns = nanoseconds(st.st_ctim)};
}

[[noreturn]] void throw_for(const std::string& path) {
  if (errno == EACCES) throw AccessDenied("reading " + quoted(path) + ": Permission denied");
  throw_errno("reading " + quoted(path));
}

class DiskFile : public File {
 public:
  DiskFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  size_t read_at(uint64_t offset, std::span<std::byte> into) const override {
    size_t done = 0;
    while (done < into.size()) {
      const ssize_t n = ::pread(fd_.get(), into.data() + done, into.size() - done,
                                static_cast<off_t>(offset + done));
      if (n == 0) break;
      if (n > 0) {
        done += static_cast<size_t>(n);
      } else if (errno != EINTR) {
        throw_for(path_);
      }
    }
    return done;
  }

  FileStatus status() const override {
    struct stat st;
    if (::fstat(fd_.get(), &st) != 0) throw_for(path_);
    return status_of(st);
  }

  std::string capabilities() const override {
    std::array<char, 64> value;  // vfs_ns_cap_data has 24 bytes
    const ssize_t n = ::fgetxattr(fd_.get(), "security.capability", value.data(), value.size());
    return n > 0 ? std::string(value.data(), static_cast<size_t>(n)) : std::string();
  }

 private:
  Fd fd_;
  std::string path_;
};

class DiskTree : public FileTree {
 public:
  explicit DiskTree(const std::string& root) : name_(root == "/" ? "" : root) {
    root_ = Fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root_) throw_errno("opening the root " + quoted(root));
  }

  std::optional<FileStatus> status(const ImagePath& path) const override {
    if (auto folder = known_folder(path)) return folder;
    struct stat st;
    if (::fstatat(root_.get(), inside(path), &st, AT_SYMLINK_NOFOLLOW) == 0) {
      const FileStatus status = status_of(st);
      if (status.kind == FileKind::directory) remember_folder(path, status);
      return status;
    }
    if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG) return std::nullopt;
    throw_for(shown(path));
  }

  std::string read_link(const ImagePath& path) const override {
    std::array<char, 4096> target;  // PATH_MAX: no symlink is longer
    const ssize_t n = ::readlinkat(root_.get(), inside(path), target.data(), target.size());
    if (n < 0) throw_for(shown(path));
    return {target.data(), static_cast<size_t>(n)};
  }

  std::vector<std::string> list(const ImagePath& path) const override {
    const int fd =
        ::openat(root_.get(), inside(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(fd < 0 ? nullptr : ::fdopendir(fd), &closedir);
    if (!folder) throw_for(shown(path));
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(folder.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) throw_for(shown(path));
    std::sort(names.begin(), names.end());
    return names;
  }

  std::unique_ptr<File> open(const ImagePath& path) const override {
    // O_NONBLOCK: should the file have become a FIFO since it was looked at, do not hang.
    Fd fd(::openat(root_.get(), inside(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) throw_for(shown(path));
    auto file = std::make_unique<DiskFile>(std::move(fd), shown(path));
    if (file->status().kind != FileKind::regular)
      throw Error("reading " + quoted(shown(path)) + ": it is not a regular file");
    return file;
  }

 private:
  /// For the *at() calls: relative to the root.
  static const char* inside(const ImagePath& path) {
    return path.is_root() ? "." : path.str().c_str() + 1;
  }
  /// For messages: the path on this machine.
  std::string shown(const ImagePath& path) const { return name_ + path.str(); }

  std::optional<FileStatus> known_folder(const ImagePath& path) const {
    const std::lock_guard lock(folders_mutex_);
    const auto known = folders_.find(path.str());
    return known == folders_.end() ? std::nullopt : std::optional(known->second);
  }

  void remember_folder(const ImagePath& path, const FileStatus& status) const {
    const std::lock_guard lock(folders_mutex_);
    if (folders_.size() < kMostFolders) folders_.emplace(path.str(), status);
  }

  Fd root_;
  std::string name_;
  /// Every route goes through the same few folders. A folder that is replaced during the run is
  /// noticed when the files in it are opened.
  static constexpr size_t kMostFolders = 4096;
  mutable std::mutex folders_mutex_;
  mutable std::unordered_map<std::string, FileStatus> folders_;
};

}  // namespace

std::unique_ptr<FileTree> open_disk_tree(const std::string& root) {
  return std::make_unique<DiskTree>(root);
}

}  // namespace pack
