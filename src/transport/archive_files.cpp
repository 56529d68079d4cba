// The members of a tar archive at random access.
//
// The headers are read once, contents are skipped: what an archive costs in time and memory is the
// number of its members, which is bounded. Links are followed in this index alone, so they cannot
// lead out of the archive; `docker save` of Docker 20.10 and earlier writes a layer that two images
// share as a link, and skopeo adds links under the names of older versions.
//
// Members may come twice (tar -r). For a blob that is harmless, for its content is compared with
// its name; of other files one reader would take the first and another the last, so it is refused
// to read them.

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>

#include "base/error.h"
#include "transport/image_files.h"
#include "transport/spool.h"
#include "transport/stored_form.h"

namespace pack {

namespace {

constexpr size_t kMaxMembers = 200'000;
constexpr int kMaxLinks = 40;  // as the kernel's ELOOP
constexpr std::string_view kBlobs = "blobs/";

ByteReader stream_of(int fd, const std::string& name) {
  return [fd, name](std::span<std::byte> into) {
    for (;;) {
      const ssize_t n = ::read(fd, into.data(), into.size());
      if (n >= 0) return static_cast<size_t>(n);
      if (errno != EINTR) throw_errno("reading " + quoted(name));
    }
  };
}

/// The archive itself, at random access.
SeekableBytes open_bytes(Fd file, const std::string& name) {
  struct stat st;
  if (::fstat(file.get(), &st) != 0) throw_errno("reading " + quoted(name));
  const bool is_at_start = S_ISREG(st.st_mode) && ::lseek(file.get(), 0, SEEK_CUR) == 0;
  if (!is_at_start) return spool_unpacked(name, stream_of(file.get(), name));
  SeekableBytes bytes = bytes_of(std::move(file), name);
  std::array<std::byte, kFormBytes> beginning;
  const size_t n = bytes.read_at(0, beginning);
  if (stored_form(std::span(beginning).first(n)) == StoredForm::plain) return bytes;
  return spool_unpacked(name, reader_of(bytes, 0));
}

class ArchiveFiles : public ImageFiles {
 public:
  ArchiveFiles(SeekableBytes bytes, std::string name)
      : bytes_(std::move(bytes)), name_(std::move(name)) {
    TarReader reader(bytes_);
    size_t count = 0;
    while (std::optional<TarMember> member = reader.next()) {
      if (++count > kMaxMembers)
        throw Error("it holds more than " + std::to_string(kMaxMembers) + " files");
      if (member->kind != TarMember::Kind::directory) add(*member);
    }
  }

  const std::string& name() const override { return name_; }

  std::optional<StoredFile> find(std::string_view path) const override {
    std::string at = inner_path(path, name_);
    for (int links = 0; links <= kMaxLinks; ++links) {
      const auto found = members_.find(at);
      if (found == members_.end()) return std::nullopt;
      const Member& member = found->second;
      if (member.is_twice && !at.starts_with(kBlobs)) refuse(at, "is there twice");
      if (member.is_sparse) refuse(at, "is stored as a sparse file");
      if (member.kind == TarMember::Kind::regular)
        return StoredFile{part_of(bytes_, member.offset, member.size, name_)};
      if (member.kind == TarMember::Kind::hard_link) {
        at = inner_path(member.target, name_);
      } else if (member.kind == TarMember::Kind::symlink) {
        if (member.target.starts_with('/')) refuse(at, "is a symlink that leads out of it");
        const size_t slash = at.rfind('/');
        at = inner_path((slash == at.npos ? "" : at.substr(0, slash + 1)) + member.target, name_);
      } else {
        refuse(at, "is no regular file");
      }
    }
    refuse(path, "is a link that leads in a circle");
  }

  std::vector<std::string> list(std::string_view folder) const override {
    const std::string prefix = inner_path(folder, name_) + "/";
    std::vector<std::string> names;
    for (auto it = members_.lower_bound(prefix);
         it != members_.end() && it->first.starts_with(prefix); ++it)
      if (it->first.find('/', prefix.size()) == std::string::npos)
        names.push_back(it->first.substr(prefix.size()));
    return names;
  }

 private:
  struct Member {
    TarMember::Kind kind = TarMember::Kind::regular;
    bool is_sparse = false;
    bool is_twice = false;
    uint64_t offset = 0;
    uint64_t size = 0;
    std::string target;
  };

  void add(const TarMember& from) {
    const auto [it, is_new] = members_.try_emplace(inner_path(from.path, name_));
    it->second = {from.kind, from.is_sparse, !is_new, from.offset, from.size, from.link_target};
  }

  [[noreturn]] void refuse(std::string_view path, const char* what) const {
    throw Error(quoted(path) + " in " + quoted(name_) + " " + what + "; such an image is not read");
  }

  SeekableBytes bytes_;
  std::string name_;
  std::map<std::string, Member, std::less<>> members_;
};

}  // namespace

std::shared_ptr<const ImageFiles> open_archive_files(Fd file, const std::string& name) {
  SeekableBytes bytes = open_bytes(std::move(file), name);
  try {
    return std::make_shared<ArchiveFiles>(std::move(bytes), name);
  } catch (const Error& error) {
    throw Error("reading the archive " + quoted(name) + ": " + error.what());
  }
}

}  // namespace pack
