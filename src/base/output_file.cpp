// How a file appears complete or not at all.
//
// It is written without a name. When it is complete, linkat(2) gives it the name in one step. If
// the name is taken, the file first gets a temporary name beside it, and renameat2(2) exchanges the
// two: now the old file has the temporary name, from where it can come back as long as some other
// output may still fail. Where the filesystem cannot exchange, rename(2) replaces the old file in
// one step as well, only undo() cannot bring it back then.
//
// The two steps in the middle leave a temporary name behind if the process is killed between them;
// that is why they run in run_to_the_end().

#include "base/output_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/error.h"

namespace pack {

namespace {

namespace fs = std::filesystem;

std::string descriptor_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

[[noreturn]] void throw_unwritable(const std::string& folder, const std::string& shown) {
  const std::string what = "writing " + pack::quoted(shown);
  if (errno == ENOENT)
    throw Error(what + ": the folder " + pack::quoted(folder) + " does not exist; make it first");
  if (errno == EACCES || errno == EPERM || errno == EROFS)
    throw Error(what + ": the folder " + pack::quoted(folder) + " cannot be written (" +
                std::strerror(errno) + "); name another place or change its mode");
  throw_errno(what);
}

/// No file: there are no anonymous files here, or (without /proc) none that could get a name.
Fd open_anonymous(const std::string& folder, const std::string& shown) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (fd >= 0) {
    Fd file(fd);
    return ::access(descriptor_path(fd).c_str(), F_OK) == 0 ? std::move(file) : Fd();
  }
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) throw_unwritable(folder, shown);
  return Fd();
}

bool exists(const std::string& path) {
  struct stat st;
  return ::lstat(path.c_str(), &st) == 0;
}

/// The file that `path` means, behind any symlink; it need not exist.
std::string resolve(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status))
    throw Error(pack::quoted(path) + " is a folder; write oci:" + pack::quoted(path) +
                " for an OCI layout or rootfs:" + pack::quoted(path) + " for plain files");
  if (fs::is_regular_file(status)) return fs::canonical(path).string();
  if (fs::exists(status)) throw Error(pack::quoted(path) + " is no file; name another one");
  if (status.type() != fs::file_type::not_found)
    throw Error("writing " + pack::quoted(path) + ": " + error.message());
  if (exists(path))
    throw Error(pack::quoted(path) +
                " is a symlink that leads nowhere; remove it or name another file");
  return path;
}

}  // namespace

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string temporary_name(const std::string& path) {
  uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random)
    throw_errno("asking for a random number");
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(random));
  // A name has at most 255 bytes.
  const fs::path absolute = fs::absolute(path);
  const std::string name = absolute.filename().string().substr(0, 200);
  return (absolute.parent_path() / ("." + name + ".pack-" + digits)).string();
}

void PositionedFile::write_at(uint64_t offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("writing " + pack::quoted(name_));
    bytes = bytes.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
}

void FileAppender::write(std::span<const std::byte> bytes) {
  file_.write_at(offset_, bytes);
  offset_ += bytes.size();
}

HiddenFile::HiddenFile(const std::string& folder, const std::string& shown, Naming naming) {
  Fd file;
  if (naming == Naming::anonymous) file = open_anonymous(folder, shown);
  if (!file) {
    const std::string name =
        temporary_name((fs::path(folder) / fs::path(shown).filename()).string());
    janitor_ = std::make_unique<Janitor>(name);
    file = Fd(::open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666));
    if (!file) throw_unwritable(folder, shown);
    temporary_ = name;
  }
  content_ = std::make_unique<PositionedFile>(std::move(file), shown);
}

HiddenFile::~HiddenFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

bool HiddenFile::name(const std::string& path) {
  int result = 0;
  if (temporary_.empty()) {
    result = ::linkat(AT_FDCWD, descriptor_path(content_->fd()).c_str(), AT_FDCWD, path.c_str(),
                      AT_SYMLINK_FOLLOW);
  } else {
    result = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE);
    if (result != 0 && errno == EINVAL && !exists(path))
      result = ::rename(temporary_.c_str(), path.c_str());
    else if (result != 0 && errno == EINVAL)
      return false;
  }
  if (result != 0 && errno != EEXIST) throw_errno("writing " + pack::quoted(content_->name()));
  return result == 0;
}

OutputFile::OutputFile(const std::string& path, HiddenFile::Naming naming)
    : path_(resolve(path)), file_(folder_of(path_), path, naming) {}

void OutputFile::reveal() {
  created_ = file_.name(path_);
  if (!created_) replace();
}

void OutputFile::replace() {
  // As for who writes into the file that is there: who may read it stays the same.
  struct stat former;
  if (::stat(path_.c_str(), &former) == 0) ::fchmod(file_.content().fd(), former.st_mode & 07777);
  const std::string beside = temporary_name(path_);
  if (!file_.name(beside))
    throw Error("writing " + pack::quoted(path_) + ": no free name beside it");
  if (::renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0) {
    former_ = beside;
    return;
  }
  if ((errno == EINVAL || errno == ENOENT) && ::rename(beside.c_str(), path_.c_str()) == 0) return;
  const int number = errno;
  ::unlink(beside.c_str());
  errno = number;
  throw_errno("replacing " + pack::quoted(path_));
}

void OutputFile::settle() noexcept {
  if (!former_.empty()) ::unlink(former_.c_str());
}

void OutputFile::undo() noexcept {
  if (created_) ::unlink(path_.c_str());
  if (former_.empty()) return;
  ::rename(former_.c_str(), path_.c_str());
}

std::unique_ptr<HiddenFile> open_spool_file() {
  const char* wanted = std::getenv("TMPDIR");
  std::string folder = "/tmp";
  for (const char* candidate : {"/var/tmp", wanted})
    if (candidate && ::access(candidate, W_OK | X_OK) == 0) folder = candidate;
  auto file = std::make_unique<HiddenFile>(folder, folder + "/pack-spool");
  if (::fchmod(file->content().fd(), 0600) != 0) throw_errno("writing " + pack::quoted(folder));
  return file;
}

}  // namespace pack
