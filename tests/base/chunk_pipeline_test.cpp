#include "base/chunk_pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>

namespace pack {
namespace {

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string numbers(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += std::to_string(i) + ' ';
  return out;
}

class ChunkPipelineTest : public testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Cpus, ChunkPipelineTest, testing::Values(1u, 2u));

TEST_P(ChunkPipelineTest, EveryConsumerSeesEverythingInOrder) {
  const std::string text = numbers(1'000'000);  // several times around the ring
  std::string first, second;
  ChunkPipeline pipeline(
      {[&](auto bytes) { first += text_of(bytes); }, [&](auto bytes) { second += text_of(bytes); }},
      GetParam());
  for (size_t at = 0, size = 1; at < text.size(); at += size, size = size * 3 % 700'001)
    pipeline.write(std::string_view(text).substr(at, size));
  pipeline.finish();
  EXPECT_TRUE(first == text);
  EXPECT_TRUE(second == text);
}

TEST_P(ChunkPipelineTest, SpaceIsFilledInPlace) {
  std::string seen;
  ChunkPipeline pipeline({[&](auto bytes) { seen += text_of(bytes); }}, GetParam());
  for (const char c : std::string("abc")) {
    pipeline.space()[0] = static_cast<std::byte>(c);
    pipeline.advance(1);
  }
  pipeline.finish();
  EXPECT_EQ(seen, "abc");
}

TEST_P(ChunkPipelineTest, AnEmptyStreamIsNoChunk) {
  int calls = 0;
  ChunkPipeline pipeline({[&](auto) { ++calls; }}, GetParam());
  pipeline.finish();
  EXPECT_EQ(calls, 0);
}

TEST_P(ChunkPipelineTest, AConsumersErrorStopsTheProducer) {
  uint64_t produced = 0;
  const auto produce = [&] {
    ChunkPipeline pipeline({[](auto) {}, [](auto) { throw std::runtime_error("disk full"); }},
                           GetParam());
    for (; produced < 1'000; ++produced)
      pipeline.write(std::string(ChunkPipeline::kChunkSize, 'x'));
    pipeline.finish();
  };
  EXPECT_THROW(produce(), std::runtime_error);
  EXPECT_LE(produced, ChunkPipeline::kChunks);
}

TEST_P(ChunkPipelineTest, AnErrorAtTheLastChunkIsNotLost) {
  ChunkPipeline pipeline({[](auto) { throw std::runtime_error("disk full"); }}, GetParam());
  pipeline.write("x");
  EXPECT_THROW(pipeline.finish(), std::runtime_error);
}

TEST_P(ChunkPipelineTest, AProducerThatGivesUpDoesNotHang) {
  std::atomic<int> calls = 0;
  {
    ChunkPipeline pipeline({[&](auto) { ++calls; }}, GetParam());
    pipeline.write(std::string(ChunkPipeline::kChunkSize + 1, 'x'));
  }
  EXPECT_LE(calls, 1);
}

TEST(ChunkPipelineThreads, ConsumersRunBesideTheProducer) {
  std::set<std::thread::id> threads;
  ChunkPipeline pipeline({[&](auto) { threads.insert(std::this_thread::get_id()); }}, 2);
  pipeline.write("x");
  pipeline.finish();
  EXPECT_EQ(threads.size(), 1u);
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

}  // namespace
}  // namespace pack
