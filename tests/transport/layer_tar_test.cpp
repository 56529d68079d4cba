// Layers at random access: their uncompressed bytes, however and wherever they are stored.

#include "transport/layer_tar.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "transport/hand_made_image.h"
#include "transport/opened.h"

namespace pack {
namespace {

using test::Described;
using test::HandMadeImage;
using test::opened;

class CountingProgress : public Progress {
 public:
  void expect(std::string_view, uint64_t bytes) override { expected += bytes; }
  void advance(uint64_t bytes) override { done += bytes; }
  std::atomic<uint64_t> expected = 0, done = 0;
};

class LayerTarTest : public testing::Test {
 protected:
  /// A layout's layer, packed by `tool`.
  Blob layer(const std::string& tool) {
    tar_ = image_.layer_tar("f", std::string(300'000, 'x') + tool);
    write_file(image_.at("plain"), tar_);
    image_.must(tool + " < plain > packed");
    const Described config = image_.blob(
        image_.types("config.v1+json"), image_.config({"sha256:" + sha256_of(image_.at("plain"))}));
    const Described packed =
        image_.blob(image_.types("layer.v1.tar+gzip"), read_file(image_.at("packed")));
    image_.layout(
        {image_.blob(image_.types("manifest.v1+json"), image_.manifest(config, {packed}))});
    image_.archive();
    const StoredImage image = opened(image_.at("a.tar"));
    diff_id_ = image.config.diff_ids.at(0);
    return image.layers.at(0);
  }

  static std::string all_of(const File& file) { return read_whole(file, 10'000'000); }

  HandMadeImage image_;
  std::string tar_;
  Digest diff_id_;
};

TEST_F(LayerTarTest, TheTarIsTheSameHoweverItIsStored) {
  for (const std::string tool : {"cat", "gzip -c", "zstd -qc",
                                 "sh -c 'head -c 1000 plain | gzip; tail -c +1001 plain | gzip'"}) {
    const auto file = open_layer_tar(layer(tool), diff_id_, {});
    EXPECT_EQ(all_of(*file), tar_) << tool;
    EXPECT_EQ(file->status().size, tar_.size()) << tool;
    std::string part(100, '\0');
    EXPECT_EQ(file->read_at(1000, std::as_writable_bytes(std::span(part))), 100U);
    EXPECT_EQ(part, tar_.substr(1000, 100));
    EXPECT_EQ(file->read_at(tar_.size() + 5, std::as_writable_bytes(std::span(part))), 0U);
  }
}

TEST_F(LayerTarTest, WhatIsPackedIsCompared) {
  Blob blob = layer("gzip -c");
  EXPECT_THROW(open_layer_tar(blob, Digest(), {}), Error) << "another diff_id";
  blob.descriptor.digest = Digest();
  EXPECT_THROW(open_layer_tar(blob, diff_id_, {}), Error) << "another digest";
}

TEST_F(LayerTarTest, WhatIsDamagedOrHasMoreBehindItIsAnError) {
  for (const std::string tool : {"sh -c 'gzip -c | head -c 400'", "sh -c 'gzip -c; echo garbage'",
                                 "sh -c 'zstd -qc | head -c 40'"}) {
    const Blob blob = layer(tool);
    try {
      open_layer_tar(blob, diff_id_, {});
      ADD_FAILURE() << tool;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(blob.descriptor.digest.str()), std::string::npos)
          << error.what();
    }
  }
}

TEST_F(LayerTarTest, AFarLayerIsFetchedAndComparedThoughItIsPlain) {
  Blob blob = layer("cat");
  blob.local.reset();
  CountingProgress progress;
  const auto file = open_layer_tar(blob, diff_id_, {.progress = &progress});
  EXPECT_EQ(all_of(*file), tar_);
  EXPECT_EQ(progress.done, tar_.size());
  EXPECT_EQ(progress.expected, tar_.size());
  blob.open = [](uint64_t) -> ByteReader { throw Error("the line is down"); };
  EXPECT_THROW(open_layer_tar(blob, diff_id_, {}), Error);
}

TEST_F(LayerTarTest, SeveralAreOpenedAtOnceAndNoFileIsLeft) {
  const Blob blob = layer("gzip -c");
  const std::string spools = image_.at("spools");
  std::filesystem::create_directory(spools);
  setenv("TMPDIR", spools.c_str(), 1);
  std::atomic<int> good = 0;
  {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        const auto file = open_layer_tar(blob, diff_id_, {});
        if (all_of(*file) == tar_ && std::filesystem::is_empty(spools)) ++good;
      });
    for (std::thread& thread : threads) thread.join();
  }
  unsetenv("TMPDIR");
  EXPECT_EQ(good, 4);
}

}  // namespace
}  // namespace pack
