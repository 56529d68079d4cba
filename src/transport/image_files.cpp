#include "transport/image_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>

#include "base/error.h"

namespace pack {

namespace {

size_t read_fully(int fd, uint64_t offset, std::span<std::byte> into, const std::string& name) {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t n =
        ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (n == 0) break;
    if (n > 0)
      done += static_cast<size_t>(n);
    else if (errno != EINTR)
      throw_errno("reading " + quoted(name));
  }
  return done;
}

}  // namespace

std::optional<std::string> read_text(const ImageFiles& files, std::string_view path,
                                     uint64_t limit) {
  const std::optional<StoredFile> file = files.find(path);
  if (!file) return std::nullopt;
  if (file->bytes.size > limit)
    throw Error(quoted(path) + " in " + quoted(files.name()) + " has " +
                std::to_string(file->bytes.size) + " bytes; at most " + std::to_string(limit) +
                " are read");
  std::string text(file->bytes.size, '\0');
  text.resize(file->bytes.read_at(0, std::as_writable_bytes(std::span(text))));
  return text;
}

std::string inner_path(std::string_view path, const std::string& where) {
  const auto refuse = [&](const char* why) {
    throw Error("the path " + quoted(path) + " in " + quoted(where) + " " + why +
                "; such an image is not read");
  };
  if (path.starts_with('/')) refuse("is absolute");
  if (path.find('\0') != path.npos) refuse("holds a NUL");
  std::vector<std::string_view> kept;
  while (!path.empty()) {
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), component.size() + 1));
    if (component.empty() || component == ".") continue;
    if (component != "..") {
      kept.push_back(component);
    } else if (kept.empty()) {
      refuse("leads out of it");
    } else {
      kept.pop_back();
    }
  }
  std::string out;
  for (const std::string_view component : kept) (out += out.empty() ? "" : "/") += component;
  return out;
}

ByteReader reader_of(const SeekableBytes& bytes, uint64_t offset) {
  return [bytes, offset](std::span<std::byte> into) mutable {
    if (offset >= bytes.size) return size_t{0};
    const size_t n = bytes.read_at(offset, into);
    offset += n;
    return n;
  };
}

SeekableBytes bytes_of(Fd file, const std::string& name) {
  struct stat st;
  if (::fstat(file.get(), &st) != 0) throw_errno("reading " + quoted(name));
  const auto shared = std::make_shared<const Fd>(std::move(file));
  return {static_cast<uint64_t>(st.st_size),
          [shared, name](uint64_t offset, std::span<std::byte> into) {
            return read_fully(shared->get(), offset, into, name);
          }};
}

SeekableBytes bytes_at(const std::string& path, uint64_t size, const std::string& name) {
  struct Opened {
    std::once_flag once;
    Fd file;
  };
  const auto opened = std::make_shared<Opened>();
  return {size, [opened, path, name](uint64_t offset, std::span<std::byte> into) {
            std::call_once(opened->once, [&] {
              opened->file = Fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
              if (!opened->file) throw_errno("reading " + quoted(name));
            });
            return read_fully(opened->file.get(), offset, into, name);
          }};
}

SeekableBytes part_of(const SeekableBytes& bytes, uint64_t offset, uint64_t length,
                      const std::string& name) {
  const auto read_at = [bytes, offset, length, name](uint64_t from, std::span<std::byte> into) {
    if (from >= length) return size_t{0};
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(into.size(), length - from));
    if (bytes.read_at(offset + from, into.first(wanted)) != wanted)
      throw Error(quoted(name) + " has become shorter while it was read");
    return wanted;
  };
  return {length, read_at};
}

}  // namespace pack
