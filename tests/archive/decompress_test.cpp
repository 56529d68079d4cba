#include "archive/decompress.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "support/shell.h"

namespace pack::test {
namespace {

/// A stream that comes in pieces of at most `step` bytes.
ByteReader reader_of(std::string bytes, size_t step = 1000) {
  return [bytes = std::move(bytes), step, at = size_t{0}](std::span<std::byte> into) mutable {
    const size_t size = std::min({step, into.size(), bytes.size() - at});
    std::memcpy(into.data(), bytes.data() + at, size);
    at += size;
    return size;
  };
}

class TextSink : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  std::string text;
};

constexpr uint64_t kNoLimit = uint64_t{1} << 40;

std::string unpacked(const std::string& bytes) {
  TextSink sink;
  decompress(reader_of(bytes), sink, kNoLimit);
  return sink.text;
}

class DecompressTest : public ::testing::Test {
 protected:
  /// What a shell line prints on its output.
  std::string made_by(const std::string& line) {
    const ToolRun done = run("cd " + folder_.str() + " && " + line + " > out");
    EXPECT_EQ(done.status, 0) << done.output;
    return read_file(folder_ / "out");
  }

  TemporaryFolder folder_;
};

class Format : public DecompressTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(Format, IsWhatTheToolPacked) {
  PACK_REQUIRE_TOOL(GetParam());
  std::string text;
  for (uint64_t i = 0; i < 100'000; ++i) text += std::to_string(i * i) + '\n';
  write_file(folder_ / "text", text);
  const std::string tool = GetParam();
  const std::string packed = made_by(tool + " -c text");
  ASSERT_LT(packed.size(), text.size());
  EXPECT_TRUE(unpacked(packed) == text);
  for (const size_t cut : {packed.size() / 2, packed.size() - 1})
    EXPECT_THROW(unpacked(packed.substr(0, cut)), Error) << cut;
  EXPECT_THROW(unpacked(packed + "garbage"), Error);
  const std::string zeroes(512, '\0');
  if (tool == "xz") {
    EXPECT_TRUE(unpacked(packed + zeroes) == text);  // its format allows them
  } else {
    EXPECT_THROW(unpacked(packed + zeroes), Error);
  }
  std::string flipped = packed;
  flipped[packed.size() / 3] = static_cast<char>(flipped[packed.size() / 3] ^ 0x55);
  std::string read;
  try {
    read = unpacked(flipped);
  } catch (const Error&) {
  }
  EXPECT_FALSE(read == text);
}

TEST_P(Format, BombsEndAtTheLimit) {
  PACK_REQUIRE_TOOL(GetParam());
  const std::string bomb =
      made_by("head -c 20000000 /dev/zero | " + std::string(GetParam()) + " -c");
  const ByteReader reader = decompressed(reader_of(bomb), 1'000'000);
  std::vector<std::byte> chunk(100'000);
  uint64_t read = 0;
  EXPECT_THROW(while (const size_t size = reader(chunk)) read += size, Error);
  EXPECT_LE(read, 1'000'000u);
}

TEST_P(Format, InsideAnotherIsRefused) {
  PACK_REQUIRE_TOOL(GetParam());
  EXPECT_THROW(unpacked(made_by("echo text | " + std::string(GetParam()) + " -c | gzip -c")),
               Error);
}

INSTANTIATE_TEST_SUITE_P(Decompress, Format,
                         ::testing::Values("gzip", "zstd", "xz", "lz4", "bzip2"));

TEST_F(DecompressTest, WhatIsNotCompressedPassesAsItIs) {
  EXPECT_EQ(unpacked("Package: a\n\n"), "Package: a\n\n");
  EXPECT_EQ(unpacked(""), "");
}

TEST_F(DecompressTest, GzipMembersInARowAreOneStream) {
  EXPECT_EQ(unpacked(made_by("(echo one | gzip -c; echo two | gzip -c)")), "one\ntwo\n");
}

TEST_F(DecompressTest, ZstdFramesInARowAreOneStream) {
  PACK_REQUIRE_TOOL("zstd");
  EXPECT_EQ(unpacked(made_by("(echo one | zstd -c; echo two | zstd -c)")), "one\ntwo\n");
}

TEST_F(DecompressTest, AHugeZstdWindowIsRefused) {
  PACK_REQUIRE_TOOL("zstd");
  const std::string line = "head -c 2000000 /dev/zero | zstd -c --long=";
  EXPECT_EQ(unpacked(made_by(line + "27")).size(), 2'000'000u);
  EXPECT_THROW(unpacked(made_by(line + "28")), Error);
  EXPECT_THROW(unpacked(made_by(line + "31 --ultra -1")), Error);
}

TEST_F(DecompressTest, AnErrorOfTheReaderIsTold) {
  class Gone : public Error {
    using Error::Error;
  };
  TextSink sink;
  const auto gone = [](std::span<std::byte>) -> size_t { throw Gone("the disk is gone"); };
  EXPECT_THROW(decompress(gone, sink, kNoLimit), Gone);
  size_t calls = 0;
  const std::string start = made_by("head -c 1000000 /dev/urandom | gzip -c").substr(0, 1000);
  const ByteReader reader = [&](std::span<std::byte> into) {
    return ++calls == 1 ? reader_of(start)(into) : gone(into);
  };
  EXPECT_THROW(decompress(reader, sink, kNoLimit), Gone);
}

TEST_F(DecompressTest, ATarMemberIsFoundByItsName) {
  write_file(folder_ / "first", "1");
  write_file(folder_ / "APKINDEX", "the index\n");
  const std::string archive = made_by("tar -czf - first APKINDEX");
  EXPECT_EQ(read_tar_member(reader_of(archive), "APKINDEX", 100), "the index\n");
  EXPECT_EQ(read_tar_member(reader_of(archive), "other", 100), std::nullopt);
  EXPECT_THROW(read_tar_member(reader_of(archive), "APKINDEX", 9), Error);
  EXPECT_THROW(read_tar_member(reader_of(archive.substr(0, 40)), "APKINDEX", 100), Error);
}

}  // namespace
}  // namespace pack::test
