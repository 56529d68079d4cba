#include "transport/spool.h"

#include <fcntl.h>

#include "base/error.h"
#include "base/output_file.h"
#include "transport/image_files.h"
#include "transport/layer_tar.h"

namespace pack {

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
  try {
    return spool(name, [&](ByteSink& out) { decompress(reader, out, kMaxUnpacked); });
  } catch (const Error& error) {
    throw Error("reading " + quoted(name) + ": " + error.what());
  }
}

}  // namespace pack
