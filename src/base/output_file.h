#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/janitor.h"

namespace pack {

/// A file written at the positions that one says. Errors name it and are thrown as Error.
class PositionedFile {
 public:
  PositionedFile(Fd file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  void write_at(uint64_t offset, std::span<const std::byte> bytes) const;
  void write_at(uint64_t offset, std::string_view text) const {
    write_at(offset, std::as_bytes(std::span(text)));
  }
  int fd() const { return file_.get(); }
  /// For messages.
  const std::string& name() const { return name_; }

 private:
  Fd file_;
  std::string name_;
};

/// Writes a PositionedFile from an offset on, one byte after the other.
class FileAppender : public ByteSink {
 public:
  FileAppender(const PositionedFile& file, uint64_t offset) : file_(file), offset_(offset) {}
  void write(std::span<const std::byte> bytes) override;
  using ByteSink::write;
  /// Where the next byte goes.
  uint64_t offset() const { return offset_; }

 private:
  const PositionedFile& file_;
  uint64_t offset_;
};

/// A file that nobody sees until it is given its name.
///
/// It has none while it is written (O_TMPFILE), so a process that is killed leaves nothing behind.
/// On a filesystem without such files it has a temporary name, and a janitor.
class HiddenFile {
 public:
  enum class Naming {
    anonymous,  ///< where the filesystem can
    temporary   ///< always as on a filesystem that cannot
  };

  /// A new file in `folder`, mode 0666 less the umask. `shown` is its name in messages.
  /// Throws Error when the folder cannot be written.
  HiddenFile(const std::string& folder, const std::string& shown,
             Naming naming = Naming::anonymous);
  ~HiddenFile();
  HiddenFile(const HiddenFile&) = delete;
  HiddenFile& operator=(const HiddenFile&) = delete;

  const PositionedFile& content() const { return *content_; }

  /// Gives it the name `path`, in a folder of the same filesystem. False when the name is taken.
  bool name(const std::string& path);

 private:
  std::string temporary_;             // absolute; empty: anonymous
  std::unique_ptr<Janitor> janitor_;  // of the temporary name
  std::unique_ptr<PositionedFile> content_;
};

/// A file that takes its place at once and complete, alone or together with others: reveal() gives
/// it its name and keeps what had the name before under another one, settle() removes that,
/// undo() brings it back instead.
class OutputFile {
 public:
  /// For `path`. A symlink there stays, and the file that it leads to is replaced.
  /// Throws Error when there is anything but a file, or when its folder cannot be written.
  explicit OutputFile(const std::string& path,
                      HiddenFile::Naming naming = HiddenFile::Naming::anonymous);

  const PositionedFile& content() const { return file_.content(); }

  /// Throws Error when the name cannot be given; then nothing has changed.
  void reveal();
  void settle() noexcept;
  void undo() noexcept;

 private:
  void replace();

  std::string path_;  // the file itself, behind any symlink
  HiddenFile file_;
  std::string former_;    // the name of the file that was replaced, until settle()
  bool created_ = false;  // it has its name, and replaced nothing
};

/// A file that nobody else reads and that never gets a name, in $TMPDIR, else /var/tmp, else /tmp.
std::unique_ptr<HiddenFile> open_spool_file();

/// A name beside `path` that is not taken: ".NAME.pack-" and 16 hex digits, in an absolute path.
std::string temporary_name(const std::string& path);

/// The folder of a path, "." when it names none.
std::string folder_of(const std::string& path);

}  // namespace pack
