// The oracles are gzip(1), zstd(1) and Python, which read what we wrote.

#include "archive/compression.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "base/error.h"
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

std::string compress(CompressionChoice compression, std::string_view input, unsigned cpus,
                     size_t step) {
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
  const size_t block = BlockCompressor::block_size(GetParam().compression);
  for (const size_t size : {size_t{0}, size_t{1}, block, block + 1, 9 * block + 7}) {
    const std::string input = sample(size);
    const std::string packed = compress({.kind = GetParam().compression}, input, 2, 100'000);
    EXPECT_TRUE(decompress(GetParam().tool, packed) == input) << size;
    EXPECT_LE(packed.size(), size * 3 / 4 + 100) << size;
  }
}

TEST_P(CompressionTest, NeitherThreadsNorWritesChangeTheBytes) {
  const size_t block = BlockCompressor::block_size(GetParam().compression);
  const std::string input = sample(9 * block + 7);
  const std::string one = compress({.kind = GetParam().compression}, input, 1, input.size());
  EXPECT_TRUE(one == compress({.kind = GetParam().compression}, input, 2, 4096));
  EXPECT_TRUE(one == compress({.kind = GetParam().compression}, input, 6, 333'333));
}

TEST_P(CompressionTest, AStoredTextIsReadAndItsLengthFollowsFromTheTexts) {
  for (const size_t size : {size_t{0}, size_t{512}, size_t{300'000}}) {
    const std::string stored = store(GetParam().compression, sample(size));
    EXPECT_EQ(decompress(GetParam().tool, stored), sample(size));
    EXPECT_EQ(stored.size(), store(GetParam().compression, std::string(size, 'a')).size());
  }
}

TEST_P(CompressionTest, EveryLevelIsReadAndHigherOnesAreSmaller) {
  std::string text;
  for (uint64_t i = 0; i < 100'000; ++i) text += std::to_string(i * i) + '\n';
  const Compression kind = GetParam().compression;
  const int highest = kind == Compression::gzip ? 12 : 19;
  for (int level = 1; level <= highest; ++level) {
    const std::string packed = compress({.kind = kind, .level = level}, text, 2, 100'000);
    EXPECT_TRUE(decompress(GetParam().tool, packed) == text) << level;
  }
  EXPECT_LT(compress({.kind = kind, .level = highest}, text, 1, 100'000).size(),
            compress({.kind = kind, .level = 1}, text, 1, 100'000).size());
}

TEST_P(CompressionTest, TheDefaultCostsLittleMoreThanTheTools) {
  const test::TemporaryFolder folder;
  const std::string program = read_file("/proc/self/exe");
  std::ofstream(folder.str() + "/in", std::ios::binary) << program;
  const std::string tool = GetParam().tool;
  const test::ToolRun run = test::run("cd " + folder.str() + " && " + tool + " -c in > out");
  ASSERT_EQ(run.status, 0) << run.output;
  const size_t theirs = read_file(folder.str() + "/out").size();
  const size_t ours = compress({.kind = GetParam().compression}, program, 2, 100'000).size();
  EXPECT_LE(ours, theirs + theirs / 50);
}

std::string repeated_lines() {
  std::string out;
  for (uint64_t i = 0; out.size() < 3'000'000; ++i)
    out += "line " + std::to_string(i % 1000) + '\n';
  return out;
}

TEST(Gzip, TheQuickLevelIsBetweenTheFastestAndTheUsualOne) {
  const auto size = [](const std::string& text, int level) {
    const std::string packed =
        compress({.kind = Compression::gzip, .level = level}, text, 2, 1 << 20);
    EXPECT_TRUE(decompress("gzip", packed) == text) << level;
    return packed.size();
  };
  constexpr int kQuick = CompressionChoice::kQuick;
  // Much is to be found in the first, and so it is looked for; little in the second.
  const std::string text = repeated_lines();
  const std::string code = sample(3'000'000);
  EXPECT_EQ(size(text, kQuick), size(text, 0));
  EXPECT_EQ(size(code, kQuick), size(code, 1));
  const std::string program = read_file("/proc/self/exe");
  EXPECT_LE(size(program, kQuick), size(program, 1));
  EXPECT_GE(size(program, kQuick), size(program, 0));
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

TEST(ParseCompression, KnowsKindsAndLevels) {
  EXPECT_EQ(parse_compression("none"), CompressionChoice{});
  EXPECT_EQ(parse_compression("gzip"), (CompressionChoice{Compression::gzip, 0}));
  EXPECT_EQ(parse_compression("gzip:12"), (CompressionChoice{Compression::gzip, 12}));
  EXPECT_EQ(parse_compression("zstd:19"), (CompressionChoice{Compression::zstd, 19}));
  for (const char* wrong : {"", "xz", "gzip:", "gzip:0", "gzip:13", "gzip:-1", "zstd:20", "zstd:3x",
                            "none:1", "gzip:1:2", "Gzip", "gzip:99999999999"})
    EXPECT_THROW(parse_compression(wrong), UsageError) << wrong;
}

TEST(Gzip, HoldsNeitherNameNorTime) {
  const std::string packed = compress({.kind = Compression::gzip}, "x", 1, 1);
  EXPECT_EQ(packed.substr(0, 8), std::string("\x1f\x8b\x08\0\0\0\0\0", 8));  // RFC 1952, 2.3
}

}  // namespace
}  // namespace pack
