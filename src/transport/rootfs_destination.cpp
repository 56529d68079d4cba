// The root filesystem as plain files.
//
// The folder is made beside its place under a temporary name and renamed when it is complete. In it
// every entry is made through a descriptor of its parent folder, opened component by component
// without following symlinks: whatever the plan says, nothing outside is ever touched.
//
// Order matters. An owner comes before the mode (chown(2) takes setuid away) and before the
// capabilities (likewise). Folders get theirs last of all: a folder may be read-only, and its time
// changes with every entry. An ordinary user cannot give files away or grant capabilities; then
// they stay without, which is said.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/janitor.h"
#include "base/output_file.h"
#include "transport/destination.h"
#include "transport/merged_layers.h"
#include "transport/tree_unpack.h"

namespace pack {

namespace {

namespace fs = std::filesystem;

/// A folder with a temporary name; removed unless it was renamed.
class StagingFolder {
 public:
  explicit StagingFolder(const std::string& place) : path_(temporary_name(place)), janitor_(path_) {
    if (::mkdir(path_.c_str(), 0700) != 0) throw_errno("writing " + pack::quoted(place));
  }
  ~StagingFolder() { remove_tree(path_); }
  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  Janitor janitor_;
};

/// The folder itself, behind any symlink. Throws when something is there.
std::string require_free(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  std::error_code ignored;
  if (status.type() == fs::file_type::not_found &&
      !fs::is_symlink(fs::symlink_status(path, ignored))) {
    const fs::path absolute = fs::absolute(path);
    return (absolute.has_filename() ? absolute : absolute.parent_path()).string();
  }
  if (status.type() == fs::file_type::none)
    throw Error("reading " + pack::quoted(path) + ": " + error.message());
  if (!fs::is_directory(status))
    throw Error(pack::quoted(path) + " is no folder; name another one for the root filesystem");
  const bool is_empty = fs::is_empty(path, error);
  if (error) throw Error("reading " + pack::quoted(path) + ": " + error.message());
  if (!is_empty)
    throw Error("the folder " + pack::quoted(path) +
                " is not empty; remove it or name another one");
  return fs::canonical(path).string();
}

class RootfsFolder : public Destination, public EntrySink {
 public:
  RootfsFolder(const DestinationSpec& spec, const Access& access)
      : spec_(spec),
        access_(access),
        place_(require_free(spec.path)),
        staging_(place_),
        is_root_(::geteuid() == 0) {
    root_ = Fd(::open(staging_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_) throw_errno("opening " + pack::quoted(staging_.path()));
  }

  void prepare(const ImageDraft& draft) override {
    if (!draft.base_layers.empty())
      throw UsageError(pack::quoted(spec_.str()) +
                       " would get the new layer without its base: build an archive, and copy that "
                       "(pack copy FILE.tar " +
                       pack::quoted(spec_.str()) + ")");
  }
  Receipt store(const ImageContent& content) override {
    if (content.images.size() != 1)
      throw Error(
          "a root filesystem is of one platform, and there are several: choose with "
          "--platform");
    const std::shared_ptr<const LayerTree> tree =
        open_verified_tree(content.images.front(), access_);
    for (const ImagePath& path : unpack(*tree, *this))
      notes_.push_back("left out: " + pack::quoted(path.str()) + " is a device, FIFO or socket");
    const ImagePath top;
    TarEntry root = entry_of(*tree, top, tree->status(top).value());
    root.path = ".";
    return finish(root);
  }
  EntrySink* layer_entries() override { return this; }

  void begin(const TarEntry& entry) override {
    entry_ = entry;
    const size_t slash = entry.path.rfind('/');
    enter(slash == std::string::npos ? "" : entry.path.substr(0, slash));
    name_ = entry.path.substr(slash == std::string::npos ? 0 : slash + 1);
    switch (entry.kind) {
      case TarEntry::Kind::directory:
        check(::mkdirat(parent_.get(), name_.c_str(), 0700));
        folders_.push_back(entry);
        break;
      case TarEntry::Kind::symlink:
        check(::symlinkat(entry.link_target.c_str(), parent_.get(), name_.c_str()));
        break;
      case TarEntry::Kind::hard_link:
        link_to_earlier();
        break;
      case TarEntry::Kind::regular:
        file_ = Fd(::openat(parent_.get(), name_.c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        check(file_.get());
        break;
    }
  }

  void data(std::span<const std::byte> bytes) override {
    size_ += bytes.size();
    while (!bytes.empty()) {
      const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      check(n < 0 ? -1 : 0);
      bytes = bytes.subspan(static_cast<size_t>(n));
    }
  }

  void end() override {
    if (entry_.kind == TarEntry::Kind::regular) {
      set_owner_and_mode(file_.get(), entry_);
      set_capabilities();
      set_time(file_.get());
      file_ = Fd();
    } else if (entry_.kind == TarEntry::Kind::symlink) {
      if (is_root_)
        check(
            ::fchownat(parent_.get(), name_.c_str(), entry_.uid, entry_.gid, AT_SYMLINK_NOFOLLOW));
      const Times times(entry_.mtime);
      check(::utimensat(parent_.get(), name_.c_str(), times.value, AT_SYMLINK_NOFOLLOW));
    }
  }

  Receipt seal(const Image&) override {
    return finish(
        {.path = ".", .mode = 0755, .mtime = entry_.mtime, .link_target = {}, .capabilities = {}});
  }

  // rename(2) puts a folder in the place of an empty one in one step, and of no other.
  void reveal() override {
    struct stat st;
    if (::stat(place_.c_str(), &st) == 0) former_ = st;
    if (::rename(staging_.path().c_str(), place_.c_str()) != 0)
      throw_errno("writing the folder " + pack::quoted(spec_.path));
  }

  void undo() noexcept override {
    ::rename(place_.c_str(), staging_.path().c_str());
    if (!former_ || ::mkdir(place_.c_str(), 0700) != 0) return;
    const Fd folder(::open(place_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (::fchown(folder.get(), former_->st_uid, former_->st_gid) == 0)
      ::fchmod(folder.get(), former_->st_mode & 07777);
  }

 private:
  struct Times {
    explicit Times(int64_t seconds) : value{{seconds, 0}, {seconds, 0}} {}
    timespec value[2];
  };

  /// Throws when a system call on the current entry failed.
  void check(int result) const {
    if (result < 0) throw_errno("writing " + pack::quoted(spec_.path + "/" + entry_.path));
  }

  Fd open_folder(std::string_view path) const {
    Fd folder(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 3));
    check(folder.get());
    while (!path.empty()) {
      const std::string component(path.substr(0, path.find('/')));
      path.remove_prefix(std::min(path.size(), component.size() + 1));
      folder = Fd(::openat(folder.get(), component.c_str(),
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      check(folder.get());
    }
    return folder;
  }

  void enter(const std::string& folder) {
    if (parent_ && folder == parent_path_) return;
    parent_ = open_folder(folder);
    parent_path_ = folder;
  }

  void link_to_earlier() {
    const size_t slash = entry_.link_target.rfind('/');
    const bool is_top = slash == std::string::npos;
    const Fd from = open_folder(is_top ? "" : entry_.link_target.substr(0, slash));
    const std::string name = entry_.link_target.substr(is_top ? 0 : slash + 1);
    check(::linkat(from.get(), name.c_str(), parent_.get(), name_.c_str(), 0));
  }

  void set_owner_and_mode(int fd, const TarEntry& entry) {
    if (is_root_) {
      check(::fchown(fd, entry.uid, entry.gid));
    } else if (entry.uid != 0 || entry.gid != 0) {
      ++lost_owners_;
    }
    uint32_t mode = entry.mode;
    if (!is_root_ && entry.kind == TarEntry::Kind::regular && (mode & 06000) != 0) {
      // It would give whoever runs it the rights of this user, which nobody asked for.
      mode &= ~06000U;
      ++lost_set_bits_;
    }
    check(::fchmod(fd, mode));
  }

  void set_capabilities() {
    const std::string& value = entry_.capabilities;
    if (value.empty()) return;
    if (::fsetxattr(file_.get(), "security.capability", value.data(), value.size(), 0) == 0) return;
    if (errno != EPERM && errno != EOPNOTSUPP) check(-1);
    ++lost_capabilities_;
  }

  void set_time(int fd) const { check(::futimens(fd, Times(entry_.mtime).value)); }

  /// All entries are there. `root` is the folder itself.
  Receipt finish(const TarEntry& root) {
    for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder)
      finish_folder(*folder);
    entry_ = root;
    set_owner_and_mode(root_.get(), root);
    set_time(root_.get());
    note_losses();
    return {.destination = spec_, .manifest = {}, .size = size_, .notes = std::move(notes_)};
  }

  void note_losses() {
    if (lost_owners_ > 0)
      notes_.push_back("only root can give files away: " + std::to_string(lost_owners_) +
                       " entries in " + pack::quoted(spec_.path) +
                       " are yours instead of their owner's");
    if (lost_capabilities_ > 0)
      notes_.push_back("only root can grant capabilities: " + std::to_string(lost_capabilities_) +
                       " files in " + pack::quoted(spec_.path) + " are without");
    if (lost_set_bits_ > 0)
      notes_.push_back(
          "only root can keep setuid and setgid bits: " + std::to_string(lost_set_bits_) +
          " files in " + pack::quoted(spec_.path) + " are without");
  }

  void finish_folder(const TarEntry& folder) {
    entry_ = folder;
    const Fd fd = open_folder(folder.path);
    set_owner_and_mode(fd.get(), folder);
    set_time(fd.get());
  }

  DestinationSpec spec_;
  Access access_;
  std::string place_;
  StagingFolder staging_;
  bool is_root_;
  Fd root_;
  TarEntry entry_;  // the current one
  std::string name_;
  Fd file_;
  Fd parent_;
  std::string parent_path_;
  std::vector<TarEntry> folders_;
  std::vector<std::string> notes_;
  uint64_t size_ = 0;
  uint64_t lost_owners_ = 0;
  uint64_t lost_capabilities_ = 0;
  uint64_t lost_set_bits_ = 0;
  std::optional<struct stat> former_;  // the empty folder that was there
};

}  // namespace

std::unique_ptr<Destination> open_rootfs_folder(const DestinationSpec& spec, const Access& access) {
  return std::make_unique<RootfsFolder>(spec, access);
}

}  // namespace pack
