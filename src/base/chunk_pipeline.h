#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/cpus.h"

namespace pack {

/// One stream of bytes, given to several consumers at once, each in a thread of its own.
///
/// The producer fills chunks in place; every consumer sees every chunk, in order. With a single
/// CPU the consumers run in the producer's thread. Memory: kChunks * kChunkSize, whatever the
/// length of the stream. One producer thread.
class ChunkPipeline : public ByteSink {
 public:
  using Consumer = std::function<void(std::span<const std::byte>)>;

  static constexpr size_t kChunkSize = 256 * 1024;
  static constexpr size_t kChunks = 4;

  /// `cpus` is what usable_cpus() says, unless a test wants it otherwise.
  explicit ChunkPipeline(std::vector<Consumer> consumers, unsigned cpus = usable_cpus());
  /// Without finish() before: the consumers are stopped after the chunk they work on.
  ~ChunkPipeline() override;
  ChunkPipeline(const ChunkPipeline&) = delete;
  ChunkPipeline& operator=(const ChunkPipeline&) = delete;

  /// Room for more bytes, never empty; valid until advance(). Waits for the slowest consumer when
  /// all chunks are full. Throws what a consumer threw.
  std::span<std::byte> space();
  /// The first `count` bytes of space() are filled.
  void advance(size_t count);

  void write(std::span<const std::byte> bytes) override;
  using ByteSink::write;

  /// Waits until every consumer has seen everything. Throws what a consumer threw. Call once, last.
  void finish();

 private:
  void consume(size_t consumer);
  void hand_over();
  void stop();
  void rethrow();
  std::byte* slot(uint64_t chunk) { return memory_.get() + chunk % kChunks * kChunkSize; }

  std::vector<Consumer> consumers_;
  std::unique_ptr<std::byte[]> memory_;
  std::vector<size_t> sizes_;  // of the filled chunks
  std::mutex mutex_;
  std::condition_variable filled_;   // a chunk was handed over, or the end was reached
  std::condition_variable emptied_;  // a consumer is done with a chunk
  uint64_t produced_ = 0;            // chunks handed over
  std::vector<uint64_t> consumed_;   // chunks done, by consumer
  bool ended_ = false;               // nothing more will be handed over
  std::exception_ptr failure_;
  size_t fill_ = 0;                   // bytes in the current chunk; the producer's alone
  std::vector<std::thread> threads_;  // empty: everything runs inline
};

}  // namespace pack
