// What is stored of a layer, told by gzip, zstd and sha256sum.

#include "transport/compressed_layer.h"

#include <gtest/gtest.h>

#include <random>

#include "support/image_archive.h"
#include "support/shell.h"

namespace pack {
namespace {

class StringSink : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  std::string text;
};

std::string some_text(size_t size) {
  std::mt19937 numbers(3);
  std::string text;
  while (text.size() < size) text += std::to_string(numbers() % 1000) + " ";
  text.resize(size);
  return text;
}

struct Case {
  const char* name;
  LayerForm form;
  std::string_view media_type;
  const char* unpack;  ///< a filter
};

class LayerCompressorTest : public testing::TestWithParam<Case> {
 protected:
  test::TemporaryFolder folder_;
};

TEST_P(LayerCompressorTest, OthersUnpackItAndAgreeOnItsDigest) {
  PACK_REQUIRE_TOOL("zstd");
  const std::string text = some_text(2'500'000);
  StringSink sink;
  LayerCompressor compressor(sink, GetParam().form);
  compressor.append(std::as_bytes(std::span(text).first(17)));
  compressor.append(std::as_bytes(std::span(text).subspan(17)));
  const Descriptor stored = compressor.finish();
  EXPECT_EQ(stored.media_type, GetParam().media_type);
  write_file(folder_ / "stored", sink.text);
  write_file(folder_ / "text", text);
  EXPECT_EQ(stored.digest.hex(), sha256_of(folder_ / "stored"));
  EXPECT_EQ(stored.size, std::filesystem::file_size(folder_ / "stored"));
  const test::ToolRun same =
      test::run("cd " + folder_.str() + " && " + GetParam().unpack + " < stored | cmp - text");
  EXPECT_EQ(same.status, 0) << same.output;
}

TEST_P(LayerCompressorTest, AnEmptyLayerHasAFormToo) {
  PACK_REQUIRE_TOOL("zstd");
  StringSink sink;
  const Descriptor stored = LayerCompressor(sink, GetParam().form).finish();
  EXPECT_EQ(stored.size, sink.text.size());
  write_file(folder_ / "stored", sink.text);
  const test::ToolRun empty =
      test::run("cd " + folder_.str() + " && " + GetParam().unpack + " < stored | wc -c");
  EXPECT_EQ(empty.output, "0\n");
}

constexpr LayerForm form(Compression kind, MediaFamily family, int level = 0) {
  return {{.kind = kind, .level = level}, family};
}

INSTANTIATE_TEST_SUITE_P(
    Forms, LayerCompressorTest,
    testing::Values(Case{"oci", form(Compression::none, MediaFamily::oci),
                         "application/vnd.oci.image.layer.v1.tar", "cat"},
                    Case{"oci_gzip", form(Compression::gzip, MediaFamily::oci),
                         "application/vnd.oci.image.layer.v1.tar+gzip", "gzip -dc"},
                    Case{"oci_zstd_19", form(Compression::zstd, MediaFamily::oci, 19),
                         "application/vnd.oci.image.layer.v1.tar+zstd", "zstd -dc"},
                    Case{"docker", form(Compression::none, MediaFamily::docker),
                         "application/vnd.docker.image.rootfs.diff.tar", "cat"},
                    Case{"docker_gzip_9", form(Compression::gzip, MediaFamily::docker, 9),
                         "application/vnd.docker.image.rootfs.diff.tar.gzip", "gzip -dc"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace pack
