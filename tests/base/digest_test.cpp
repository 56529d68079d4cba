#include "base/digest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "support/shell.h"

namespace pack {
namespace {

// FIPS 180-2, appendix B.
TEST(Sha256, PublishedVectors) {
  EXPECT_EQ(sha256("abc").str(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  const std::string text(100'000, 'x');
  Sha256 pieces;
  for (size_t at = 0; at < text.size(); at += 777)
    pieces.update(
        std::as_bytes(std::span(text).subspan(at, std::min<size_t>(777, text.size() - at))));
  EXPECT_EQ(pieces.finish(), sha256(text));
}

TEST(Sha256, AgreesWithSha256sum) {
  PACK_REQUIRE_TOOL("sha256sum");
  const auto tool = test::run("head -c 100000 /dev/zero | sha256sum");
  EXPECT_EQ(sha256(std::string(100'000, '\0')).hex(), tool.output.substr(0, 64));
}

TEST(Digest, TakesOnlyTheCanonicalForm) {
  const std::string hex(64, 'a');
  EXPECT_EQ(Digest("sha256:" + hex).str(), "sha256:" + hex);
  for (const std::string& bad : std::vector<std::string>{
           hex, "sha256:", "sha256:" + hex + "a", "sha256:" + std::string(63, 'a'),
           "sha256:" + std::string(64, 'A'), "sha256:" + std::string(64, 'g'), "sha512:" + hex,
           "SHA256:" + hex, "sha256:../../../../../../../../../../../../../../../../etc/x",
           " sha256:" + hex, "sha256:" + hex + "\n"})
    EXPECT_THROW(Digest{bad}, Error) << bad;
}

TEST(Digest, OfNothingIsNoDigestOfAnything) { EXPECT_NE(Digest(), sha256("")); }

}  // namespace
}  // namespace pack
