#include "transport/spool.h"

#include <fcntl.h>

#include "base/error.h"
#include "base/output_file.h"
#include "transport/image_files.h"
#include "transport/layer_tar.h"

namespace pack {

namespace {

/// Passes on what fits the limit.
class LimitedSink : public ByteSink {
 public:
  explicit LimitedSink(ByteSink& out) : out_(out) {}

  void write(std::span<const std::byte> bytes) override {
    size_ += bytes.size();
    if (size_ > kMaxUnpacked)
      throw Error("it unpacks to more than " + std::to_string(kMaxUnpacked) + " bytes");
    out_.write(bytes);
  }

 private:
  ByteSink& out_;
  uint64_t size_ = 0;
};

}  // namespace

SeekableBytes spool(const std::string& name, const std::function<void(ByteSink&)>& write) {
  const std::unique_ptr<HiddenFile> file = open_spool_file();
  FileAppender appender(file->content(), 0);
  LimitedSink limited(appender);
  write(limited);
  // The file has no name, or loses it with `file`; the descriptor keeps it.
  Fd copy(::fcntl(file->content().fd(), F_DUPFD_CLOEXEC, 3));
  if (!copy) throw_errno("reading " + quoted(name));
  return bytes_of(std::move(copy), name);
}

SeekableBytes spool_unpacked(const std::string& name, const ByteReader& reader) {
  try {
    return spool(name, [&](ByteSink& out) { decompress(reader, out); });
  } catch (const Error& error) {
    throw Error("reading " + quoted(name) + ": " + error.what());
  }
}

}  // namespace pack
