#include "transport/spool.h"

#include <fcntl.h>

#include "base/error.h"
#include "base/output_file.h"
#include "transport/image_files.h"
#include "transport/layer_tar.h"

namespace pack {

namespace {

/// Takes no more than `stored` bytes, as many as were read by now, could honestly unpack to.
class BoundedSink : public ByteSink {
 public:
  BoundedSink(ByteSink& out, const uint64_t& stored) : out_(out), stored_(stored) {}
  void write(std::span<const std::byte> bytes) override {
    size_ += bytes.size();
    if (size_ > most_unpacked(stored_))
      throw Error("it unpacks to more than " + std::to_string(most_unpacked(stored_)) +
                  " bytes, which no image does");
    out_.write(bytes);
  }

 private:
  ByteSink& out_;
  const uint64_t& stored_;  // grows
  uint64_t size_ = 0;
};

}  // namespace

SeekableBytes spool(const std::string& name, const std::function<void(ByteSink&)>& write) {
  const std::unique_ptr<HiddenFile> file = open_spool_file();
  FileAppender appender(file->content(), 0);
  write(appender);
  // The file has no name, or loses it with `file`; the descriptor keeps it.
  Fd copy(::fcntl(file->content().fd(), F_DUPFD_CLOEXEC, 3));
  if (!copy) throw_errno("reading " + quoted(name));
  return bytes_of(std::move(copy), name);
}

SeekableBytes spool_unpacked(const std::string& name, const ByteReader& reader) {
  uint64_t stored = 0;
  const ByteReader counted = [&](std::span<std::byte> into) {
    const size_t n = reader(into);
    stored += n;
    return n;
  };
  try {
    return spool(name, [&](ByteSink& out) {
      BoundedSink bounded(out, stored);
      decompress(counted, bounded);
    });
  } catch (const Error& error) {
    throw Error("reading " + quoted(name) + ": " + error.what());
  }
}

}  // namespace pack
