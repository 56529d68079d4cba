// The oracles are gzip(1), zstd(1) and Python, which read what we wrote.

#include "archive/compression.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "support/shell.h"

namespace pack {
namespace {

class Text : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  std::string text;
};

std::string compress(Compression compression, std::string_view input, unsigned cpus, size_t step) {
  Text out;
  BlockCompressor compressor(compression, out, cpus);
  for (size_t at = 0; at < input.size(); at += step)
    compressor.ByteSink::write(input.substr(at, step));
  compressor.finish();
  return out.text;
}

/// Half of it repeats, half does not.
std::string sample(size_t size) {
  std::mt19937 random(1);
  std::string out;
  while (out.size() < size) {
    out += "the same again and again ";
    for (int i = 0; i < 25; ++i) out += static_cast<char>(random());
  }
  return out.substr(0, size);
}

std::string decompress(const std::string& tool, const std::string& compressed) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.str() + "/in", std::ios::binary) << compressed;
  const test::ToolRun run = test::run("cd " + folder.str() + " && " + tool + " -dc < in > out");
  EXPECT_EQ(run.status, 0) << run.output;
  std::ifstream in(folder.str() + "/out", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Case {
  Compression compression;
  const char* tool;
};

class CompressionTest : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Formats, CompressionTest,
                         testing::Values(Case{Compression::gzip, "gzip"},
                                         Case{Compression::zstd, "zstd"}),
                         [](const auto& that) { return std::string(that.param.tool); });

TEST_P(CompressionTest, TheToolReadsAnyLength) {
  for (const size_t size :
       {size_t{0}, size_t{1}, BlockCompressor::kBlockSize, BlockCompressor::kBlockSize + 1,
        20 * BlockCompressor::kBlockSize + 7}) {
    const std::string input = sample(size);
    const std::string packed = compress(GetParam().compression, input, 2, 100'000);
    EXPECT_TRUE(decompress(GetParam().tool, packed) == input) << size;
    EXPECT_LE(packed.size(), size * 3 / 4 + 100) << size;
  }
}

TEST_P(CompressionTest, NeitherThreadsNorWritesChangeTheBytes) {
  const std::string input = sample(9 * BlockCompressor::kBlockSize + 7);
  const std::string one = compress(GetParam().compression, input, 1, input.size());
  EXPECT_TRUE(one == compress(GetParam().compression, input, 2, 4096));
  EXPECT_TRUE(one == compress(GetParam().compression, input, 6, 333'333));
}

TEST_P(CompressionTest, AStoredTextIsReadAndItsLengthFollowsFromTheTexts) {
  for (const size_t size : {size_t{0}, size_t{512}, size_t{300'000}}) {
    const std::string stored = store(GetParam().compression, sample(size));
    EXPECT_EQ(decompress(GetParam().tool, stored), sample(size));
    EXPECT_EQ(stored.size(), store(GetParam().compression, std::string(size, 'a')).size());
  }
}

TEST_P(CompressionTest, AFailingOutputIsReported) {
  class Full : public ByteSink {
   public:
    void write(std::span<const std::byte>) override { throw std::runtime_error("disk full"); }
  } full;
  BlockCompressor compressor(GetParam().compression, full, 2);
  compressor.ByteSink::write("x");
  EXPECT_THROW(compressor.finish(), std::runtime_error);
}

TEST(Gzip, HoldsNeitherNameNorTime) {
  const std::string packed = compress(Compression::gzip, "x", 1, 1);
  EXPECT_EQ(packed.substr(0, 8), std::string("\x1f\x8b\x08\0\0\0\0\0", 8));  // RFC 1952, 2.3
}

}  // namespace
}  // namespace pack
