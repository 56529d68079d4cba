#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "archive/decompress.h"
#include "base/bytes.h"
#include "base/output_file.h"

namespace pack {

/// A file without a name that one thread writes while others read it: at its present end they wait
/// for more.
class GrowingFile : public ByteSink {
 public:
  GrowingFile() : file_(open_spool_file()), end_(file_->content(), 0) {}

  void write(std::span<const std::byte> bytes) override;
  using ByteSink::write;
  /// It is complete: readers come to an end.
  void complete();
  /// Nobody wants it any more: readers throw Error.
  void abandon() noexcept;

  /// Its bytes from `offset` on. Belongs to this file, and to one thread. Throws Error.
  ByteReader reader(uint64_t offset) const;

 private:
  size_t read(uint64_t offset, std::span<std::byte> into) const;

  std::unique_ptr<HiddenFile> file_;
  FileAppender end_;  // the writer's alone
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  uint64_t size_ = 0;
  bool is_complete_ = false;
  bool is_abandoned_ = false;
};

}  // namespace pack
