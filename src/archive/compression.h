#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/cpus.h"

namespace pack {

enum class Compression { none, gzip, zstd };

/// How a layer is to be compressed.
struct CompressionChoice {
  Compression kind = Compression::none;
  int level = 0;  ///< gzip 1 to 12, zstd 1 to 19; 0: pack's default, the best for its time
  /// gzip's level for what is sent as fast as it is made: 3/4 of the default's time, 4% more bytes.
  static constexpr int kQuick = -1;
  bool operator==(const CompressionChoice&) const = default;
};

/// Of "none", "gzip", "zstd", "gzip:9", "zstd:19". Throws UsageError.
CompressionChoice parse_compression(std::string_view text);

/// Compresses a stream in parallel.
///
/// Blocks of block_size() bytes each become a gzip member (RFC 1952) or a zstd frame (RFC 8878) of
/// their own; a reader sees their concatenation as one stream. The bytes depend on nothing but the
/// input: not on the number of threads, not on how the input was cut into writes.
class BlockCompressor : public ByteSink {
 public:
  /// gzip looks back 32 KiB, so it loses nothing to speak of; zstd looks back 2 MiB and more.
  static constexpr size_t block_size(Compression kind) {
    return kind == Compression::zstd ? 2 * 1024 * 1024 : 1024 * 1024;
  }

  /// `choice` is gzip or zstd, its level in range. With a single CPU it works in the caller's
  /// thread; `cpus` is what usable_cpus() says, unless a test wants it otherwise.
  BlockCompressor(CompressionChoice choice, ByteSink& out, unsigned cpus = usable_cpus());
  BlockCompressor(Compression kind, ByteSink& out, unsigned cpus = usable_cpus())
      : BlockCompressor(CompressionChoice{.kind = kind}, out, cpus) {}
  ~BlockCompressor() override;
  BlockCompressor(const BlockCompressor&) = delete;
  BlockCompressor& operator=(const BlockCompressor&) = delete;

  void write(std::span<const std::byte> bytes) override;
  using ByteSink::write;

  /// Writes all that is left. Call once, last.
  void finish();

 private:
  class Encoder;
  struct Slot {
    std::string block;
    std::string result;
    bool is_done = false;  // the result is there
  };
  Slot& slot(uint64_t block) { return slots_[block % slots_.size()]; }
  void work();
  void submit();
  void write_oldest();
  void stop();

  CompressionChoice choice_;
  ByteSink& out_;
  std::unique_ptr<Encoder> encoder_;  // without threads
  std::vector<Slot> slots_;
  uint64_t filling_ = 0;  // the block being filled; like written_ the caller's alone
  uint64_t written_ = 0;  // blocks written out
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t submitted_ = 0;  // blocks given to the workers
  uint64_t taken_ = 0;      // of these, taken by a worker
  bool is_stopping_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

/// `text` in the same container but not compressed, so that the length of the result follows from
/// the length of `text` alone: for a part that is written before its content is known.
/// At most 64 MiB. With Compression::none: `text` itself.
std::string store(Compression compression, std::string_view text);

}  // namespace pack
