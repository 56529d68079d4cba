// What is read under a digest is what the digest says, or an error.

#include <gtest/gtest.h>

#include <memory>

#include "base/error.h"
#include "support/image_archive.h"
#include "support/shell.h"
#include "transport/image_content.h"

namespace pack {
namespace {

/// Gives at most `piece` bytes a call, as pipes and sockets do.
ByteReader reader_of(const std::string& text, size_t piece) {
  return [text, piece, at = size_t{0}](std::span<std::byte> into) mutable {
    const size_t n = std::min({into.size(), piece, text.size() - at});
    std::copy_n(std::as_bytes(std::span(text)).begin() + static_cast<ptrdiff_t>(at), n,
                into.begin());
    at += n;
    return n;
  };
}

class BlobContentTest : public testing::Test {
 protected:
  /// With a digest by sha256sum.
  Descriptor descriptor(const std::string& text) {
    write_file(folder_.path() / "f", text);
    Descriptor out;
    out.digest = Digest("sha256:" + sha256_of(folder_.path() / "f"));
    out.size = text.size();
    return out;
  }

  /// What a reader gives, and behind it the error.
  static std::string read(const ByteReader& reader) {
    std::string out(1, '\0'), chunk(7, '\0');
    out.clear();
    try {
      while (const size_t n = reader(std::as_writable_bytes(std::span(chunk))))
        out += chunk.substr(0, n);
    } catch (const Error& error) {
      return out + "|" + error.what();
    }
    return out;
  }

  test::TemporaryFolder folder_;
};

TEST_F(BlobContentTest, WhatIsRightPasses) {
  for (const std::string& text :
       {std::string(), std::string("0123456789abcdef"), std::string(7, 'x'), std::string(14, '\0')})
    for (const size_t piece : {1, 3, 100})
      EXPECT_EQ(read(verified(reader_of(text, piece), descriptor(text), "x")), text);
}

TEST_F(BlobContentTest, OtherContentIsAnErrorBeforeItsLastByteIsGiven) {
  const Descriptor wanted = descriptor("0123456789");
  const std::string out = read(verified(reader_of("0123456780", 100), wanted, "a.tar"));
  EXPECT_EQ(out, "0123456|a.tar: " + wanted.digest.str() +
                     " is damaged: what is stored under that digest is " +
                     descriptor("0123456780").digest.str());
}

TEST_F(BlobContentTest, ALyingSizeIsAnError) {
  Descriptor wanted = descriptor("0123456789");
  EXPECT_NE(read(verified(reader_of("01234", 100), wanted, "x")).find("has 5 bytes instead of 10"),
            std::string::npos);
  EXPECT_NE(
      read(verified(reader_of("0123456789+", 100), wanted, "x")).find("has more than the 10 bytes"),
      std::string::npos);
  wanted.size = 5;
  EXPECT_NE(read(verified(reader_of("0123456789", 100), wanted, "x")).find("is damaged"),
            std::string::npos);
  wanted = descriptor("");
  wanted.digest = Digest();
  EXPECT_NE(read(verified(reader_of("", 100), wanted, "x")).find("is damaged"), std::string::npos);
}

TEST_F(BlobContentTest, AGiantDocumentIsNotEvenOpened) {
  Blob blob;
  blob.descriptor = descriptor("0123456789");
  blob.open = [](uint64_t) { return reader_of("0123456789", 4); };
  EXPECT_EQ(read_blob(blob, 10), "0123456789");
  bool is_opened = false;
  blob.open = [&](uint64_t) {
    is_opened = true;
    return reader_of("", 1);
  };
  EXPECT_THROW(read_blob(blob, 9), Error);
  blob.descriptor.size = uint64_t{1} << 62;
  EXPECT_THROW(read_blob(blob, 4096), Error);
  EXPECT_FALSE(is_opened);
}

}  // namespace
}  // namespace pack
