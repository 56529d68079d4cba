#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/output_file.h"
#include "transport/archive_body.h"
#include "transport/archive_store.h"
#include "transport/destination.h"

namespace pack {

namespace {

Compression compression_of(const std::string& path) {
  if (path.ends_with(".gz")) return Compression::gzip;
  if (path.ends_with(".zst")) return Compression::zstd;
  return Compression::none;
}

std::function<void(std::span<const std::byte>)> appends_to(ArchiveBody& body) {
  return [&body](std::span<const std::byte> bytes) { body.append(bytes); };
}

Receipt finish_body(ArchiveBody& body, const Image& image, const DestinationSpec& spec) {
  body.finish(image);
  return {
      .destination = spec, .manifest = body.manifest(), .size = body.size(), .notes = body.notes()};
}

Receipt store_content(const PositionedFile& file, const ImageContent& content,
                      const DestinationSpec& spec, const std::string& shown) {
  StoredArchive stored = store_archive(file, content, compression_of(spec.path), shown);
  return {.destination = spec,
          .manifest = content.top.descriptor.digest,
          .size = stored.size,
          .notes = std::move(stored.notes)};
}

class ArchiveFile : public Destination {
 public:
  explicit ArchiveFile(const DestinationSpec& spec) : spec_(spec), file_(spec.path) {}

  void prepare(const ImageDraft& draft) override {
    body_.emplace(file_.content(), draft, compression_of(spec_.path));
  }

  std::function<void(std::span<const std::byte>)> layer_bytes() override {
    return appends_to(*body_);
  }
  Receipt seal(const Image& image) override { return finish_body(*body_, image, spec_); }
  Receipt store(const ImageContent& content) override {
    return store_content(file_.content(), content, spec_, quoted(spec_.path));
  }
  void reveal() override { file_.reveal(); }
  void settle() noexcept override { file_.settle(); }
  void undo() noexcept override { file_.undo(); }

 private:
  DestinationSpec spec_;
  OutputFile file_;
  std::optional<ArchiveBody> body_;
};

/// A reader that went away is then an error of write(2) and not the end of the process.
class IgnoreBrokenPipe {
 public:
  IgnoreBrokenPipe() : former_(::signal(SIGPIPE, SIG_IGN)) {}
  ~IgnoreBrokenPipe() { ::signal(SIGPIPE, former_); }
  IgnoreBrokenPipe(const IgnoreBrokenPipe&) = delete;
  IgnoreBrokenPipe& operator=(const IgnoreBrokenPipe&) = delete;

 private:
  sighandler_t former_;
};

/// What cannot be rewound: the archive is made in a spool file and copied out when it is complete.
class ArchiveStream : public Destination {
 public:
  explicit ArchiveStream(const DestinationSpec& spec)
      : spec_(spec),
        name_(spec.path.empty() ? "standard output" : quoted(spec.path)),
        out_(open_out()),
        spool_(open_spool_file()) {}

  void prepare(const ImageDraft& draft) override {
    body_.emplace(spool_->content(), draft, compression_of(spec_.path));
  }

  std::function<void(std::span<const std::byte>)> layer_bytes() override {
    return appends_to(*body_);
  }
  Receipt seal(const Image& image) override {
    Receipt receipt = finish_body(*body_, image, spec_);
    size_ = receipt.size;
    return receipt;
  }

  Receipt store(const ImageContent& content) override {
    Receipt receipt = store_content(spool_->content(), content, spec_, name_);
    size_ = receipt.size;
    return receipt;
  }

  void send() override {
    const IgnoreBrokenPipe ignored;
    std::vector<std::byte> buffer(256 * 1024);
    for (uint64_t offset = 0; offset < size_;) {
      const ssize_t n =
          ::pread(spool_->content().fd(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
      if (n <= 0) throw_errno("reading the temporary file for " + name_);
      write_out(std::span(buffer).first(static_cast<size_t>(n)));
      offset += static_cast<uint64_t>(n);
    }
  }

 private:
  Fd open_out() const {
    Fd out(spec_.path.empty() ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                              : ::open(spec_.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!out) throw_errno("writing " + name_);
    if (::isatty(out.get()))
      throw UsageError(
          name_ + " is a terminal, and an image is no text; redirect it or name a file with -o");
    return out;
  }

  void write_out(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::write(out_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) {  // somebody made the pipe non-blocking
        pollfd ready{.fd = out_.get(), .events = POLLOUT, .revents = 0};
        ::poll(&ready, 1, -1);
        continue;
      }
      if (n < 0 && errno == EPIPE)
        throw Error("writing " + name_ + ": its reader went away before it had the whole image");
      if (n < 0) throw_errno("writing " + name_);
      bytes = bytes.subspan(static_cast<size_t>(n));
    }
  }

  DestinationSpec spec_;
  std::string name_;
  Fd out_;
  std::unique_ptr<HiddenFile> spool_;
  std::optional<ArchiveBody> body_;
  uint64_t size_ = 0;  // of the whole archive
};

}  // namespace

std::unique_ptr<Destination> open_archive_file(const DestinationSpec& spec) {
  return std::make_unique<ArchiveFile>(spec);
}

std::unique_ptr<Destination> open_stream(const DestinationSpec& spec) {
  return std::make_unique<ArchiveStream>(spec);
}

}  // namespace pack
