#include "transport/growing_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"

namespace pack {

void GrowingFile::write(std::span<const std::byte> bytes) {
  end_.write(bytes);
  {
    const std::lock_guard lock(mutex_);
    size_ = end_.offset();
  }
  changed_.notify_all();
}

void GrowingFile::complete() {
  {
    const std::lock_guard lock(mutex_);
    is_complete_ = true;
  }
  changed_.notify_all();
}

void GrowingFile::abandon() noexcept {
  {
    const std::lock_guard lock(mutex_);
    is_abandoned_ = true;
  }
  changed_.notify_all();
}

ByteReader GrowingFile::reader(uint64_t offset) const {
  return [this, offset](std::span<std::byte> into) mutable {
    const size_t count = read(offset, into);
    offset += count;
    return count;
  };
}

size_t GrowingFile::read(uint64_t offset, std::span<std::byte> into) const {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return offset < size_ || is_complete_ || is_abandoned_; });
    if (is_abandoned_) throw Error("the image is given up");
    into = into.first(std::min<uint64_t>(into.size(), size_ - std::min(offset, size_)));
  }
  while (true) {
    const ssize_t count =
        ::pread(file_->content().fd(), into.data(), into.size(), static_cast<off_t>(offset));
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR)
      throw_errno("reading the temporary file " + quoted(file_->content().name()));
  }
}

}  // namespace pack
