// A ring of kChunks buffers between one producer and its consumers.
//
//   produced_      how many chunks were handed over since the start
//   consumed_[i]   how many of them consumer i is done with
//
// Chunk n lives in slot n % kChunks. The producer may fill it once every consumer is done with
// chunk n - kChunks; consumer i may read it while consumed_[i] <= n < produced_. The buffers stay
// in the second-level cache, so the input is copied from the page cache once and every consumer
// reads it from there. The first failure of a consumer ends the stream for all: the producer meets
// it at its next chunk, or in finish().

#include "base/chunk_pipeline.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pack {

ChunkPipeline::ChunkPipeline(std::vector<Consumer> consumers, unsigned cpus)
    : consumers_(std::move(consumers)),
      memory_(new std::byte[kChunkSize * kChunks]),
      sizes_(kChunks),
      consumed_(consumers_.size()) {
  if (cpus < 2) return;
  try {
    for (size_t i = 0; i < consumers_.size(); ++i) threads_.emplace_back([this, i] { consume(i); });
  } catch (...) {
    stop();
    throw;
  }
}

ChunkPipeline::~ChunkPipeline() { stop(); }

std::span<std::byte> ChunkPipeline::space() {
  if (fill_ == 0 && !threads_.empty()) {
    std::unique_lock lock(mutex_);
    emptied_.wait(lock, [this] {
      return failure_ ||
             produced_ - *std::min_element(consumed_.begin(), consumed_.end()) < kChunks;
    });
    rethrow();
  }
  return {slot(produced_) + fill_, kChunkSize - fill_};
}

void ChunkPipeline::advance(size_t count) {
  fill_ += count;
  if (fill_ == kChunkSize) hand_over();
}

void ChunkPipeline::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::span<std::byte> room = space();
    const size_t count = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), count);
    advance(count);
    bytes = bytes.subspan(count);
  }
}

void ChunkPipeline::finish() {
  if (fill_ > 0) hand_over();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  filled_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  rethrow();
}

void ChunkPipeline::hand_over() {
  const size_t size = std::exchange(fill_, 0);
  if (threads_.empty()) {
    for (const Consumer& consumer : consumers_) consumer({slot(produced_), size});
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    sizes_[produced_ % kChunks] = size;
    ++produced_;
  }
  filled_.notify_all();
}

void ChunkPipeline::consume(size_t consumer) {
  std::unique_lock lock(mutex_);
  while (true) {
    const uint64_t next = consumed_[consumer];
    filled_.wait(lock, [&] { return failure_ || ended_ || next < produced_; });
    if (failure_ || next == produced_) return;
    const std::span<const std::byte> chunk{slot(next), sizes_[next % kChunks]};
    lock.unlock();
    std::exception_ptr failure;
    try {
      consumers_[consumer](chunk);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    ++consumed_[consumer];
    if (failure && !failure_) {
      failure_ = failure;
      filled_.notify_all();
    }
    emptied_.notify_one();
  }
}

void ChunkPipeline::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::make_exception_ptr(0);
  }
  filled_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ChunkPipeline::rethrow() {
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace pack
