// A folder's files: an OCI layout, or a docker archive that somebody has unpacked.
//
// A folder may come from an enemy, whose symlinks would have this user's own files read as parts of
// an image. So a link may lead only to where the folder is. Blobs are the exception: what is read
// under a digest is compared with it, so it can be nothing unexpected, and build systems (Bazel)
// do make layouts whose blobs are links into their stores.

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>

#include "base/error.h"
#include "transport/image_files.h"

namespace pack {

namespace {

constexpr std::string_view kBlobs = "blobs/sha256/";

/// Without symlinks; empty when there is nothing.
std::string real_path(const std::string& path) {
  std::array<char, PATH_MAX> buffer;
  if (::realpath(path.c_str(), buffer.data()) != nullptr) return buffer.data();
  if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG) return "";
  throw_errno("reading " + quoted(path));
}

class FolderFiles : public ImageFiles {
 public:
  explicit FolderFiles(const std::string& path) : name_(path), real_(real_path(path)) {
    if (real_.empty()) throw Error("there is no folder " + quoted(path));
  }

  const std::string& name() const override { return name_; }

  std::optional<StoredFile> find(std::string_view path) const override {
    const std::string inner = inner_path(path, name_);
    const std::string real = real_path(real_ + "/" + inner);
    if (real.empty()) return std::nullopt;
    if (!inner.starts_with(kBlobs) && !real.starts_with(real_ == "/" ? "/" : real_ + "/"))
      throw Error("the symlink " + quoted(inner) + " in " + quoted(name_) +
                  " leads out of the folder; such an image is not read");
    // O_NONBLOCK: a FIFO must not hang.
    Fd file(::open(real.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file) throw_errno("reading " + quoted(name_ + "/" + inner));
    struct stat st;
    if (::fstat(file.get(), &st) != 0) throw_errno("reading " + quoted(name_ + "/" + inner));
    if (S_ISDIR(st.st_mode)) return std::nullopt;
    if (!S_ISREG(st.st_mode))
      throw Error(quoted(name_ + "/" + inner) + " is no regular file; such an image is not read");
    const auto size = static_cast<uint64_t>(st.st_size);
    return StoredFile{bytes_at(real, size, name_ + "/" + inner), real};
  }

  std::vector<std::string> list(std::string_view folder) const override {
    const std::string path = real_ + "/" + inner_path(folder, name_);
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(path.c_str()), &closedir);
    std::vector<std::string> names;
    if (!open) return names;
    while (const dirent* entry = ::readdir(open.get()))
      if (entry->d_type == DT_REG || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN)
        names.emplace_back(entry->d_name);
    std::erase_if(names, [](const std::string& name) { return name == "." || name == ".."; });
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::string name_;
  std::string real_;
};

}  // namespace

std::shared_ptr<const ImageFiles> open_folder_files(const std::string& path) {
  return std::make_shared<FolderFiles>(path);
}

}  // namespace pack
