// Pulls from a real registry over good and bad lines, and from servers that do wrong.

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/parallel.h"
#include "support/cutting_proxy.h"
#include "support/fake_server.h"
#include "support/pack_test.h"
#include "support/registry.h"
#include "transport/registry_image.h"

namespace pack {
namespace {

using test::error_of;
using test::FakeRequest;
using test::FakeResponse;
using test::FakeServer;
using test::image_of;
using test::noise;
using test::open_registry_at;
using test::read_all;

class RegistryPull : public ::testing::Test {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("docker-registry");
    PACK_REQUIRE_TOOL("curl");
  }

  /// Uploads a blob with curl.
  static void put_blob(const Registry& registry, const std::string& name,
                       const std::string& bytes) {
    TempDir folder;
    write_file(folder / "blob", bytes);
    const std::string location =
        registry
            .curl("/v2/" + name + "/blobs/uploads/",
                  {"-X", "POST", "-o", "/dev/null", "-w", "%header{location}"})
            .out;
    const Outcome put = run({.argv = {"curl", "-sS", "-f", "-T", (folder / "blob").string(), "-H",
                                      "Content-Type: application/octet-stream",
                                      location + "&digest=" + sha256(bytes).str()}});
    ASSERT_EQ(put.status, 0) << put;
  }

  static void put_image(const Registry& registry, const std::string& name,
                        const ImageContent& content) {
    for (const Blob& blob : content.blobs) put_blob(registry, name, read_all(blob.open(0)));
    const Outcome put =
        registry.curl("/v2/" + name + "/manifests/v1",
                      {"-X", "PUT", "-H", "Content-Type: " + content.top.descriptor.media_type,
                       "--data-binary", content.top.text});
    ASSERT_EQ(put.status, 0) << put;
  }
};

TEST_F(RegistryPull, ReadsAnImageByTagAndByDigest) {
  const Registry registry;
  const ImageContent content = image_of({noise(2'000'000, 1), "small"});
  put_image(registry, "some/app", content);
  for (const std::string& name :
       {std::string("some/app:v1"), "some/app@" + content.top.descriptor.digest.str()}) {
    SCOPED_TRACE(name);
    const auto source = open_registry_at(registry.authority(), name);
    const std::vector<Descriptor> entries = source->entries();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].media_type, kOciManifest);
    EXPECT_EQ(source->document(entries[0]), content.top.text);
    for (const Blob& blob : content.blobs) {
      const Blob found = source->blob(blob.descriptor);
      EXPECT_EQ(read_all(found.open(0)), read_all(blob.open(0)));
      EXPECT_EQ(read_all(found.open(3)), read_all(blob.open(0)).substr(3));
      EXPECT_EQ(read_all(found.open(blob.descriptor.size)), "");
      EXPECT_EQ(found.repository->name, "some/app");
    }
  }
  EXPECT_EQ(registry.count("GET /v2/some/app/manifests/"), 2U) << "each manifest is read once";
}

TEST_F(RegistryPull, WhatIsNotThereIsAnErrorWithItsName) {
  const Registry registry;
  put_image(registry, "app", image_of({"x"}));
  const auto source = open_registry_at(registry.authority(), "app:v2");
  const std::string no_tag = error_of([&] { source->entries(); });
  EXPECT_TRUE(contains(no_tag, registry.authority() + "/app:v2")) << no_tag;
  EXPECT_TRUE(contains(no_tag, "404")) << no_tag;
  const Descriptor absent = test::descriptor_of(kOciLayer, "not there");
  const std::string no_blob = error_of([&] { read_all(source->blob(absent).open(0)); });
  EXPECT_TRUE(contains(no_blob, absent.digest.str())) << no_blob;
  EXPECT_TRUE(contains(no_blob, "404")) << no_blob;
}

TEST_F(RegistryPull, SeveralBlobsAtOnceOverOneSession) {
  const Registry registry;
  std::vector<std::string> layers;
  for (unsigned i = 0; i < 8; ++i) layers.push_back(noise(700'000, i));
  put_image(registry, "app", image_of(layers));
  const auto source = open_registry_at(registry.authority(), "app:v1");
  std::vector<std::string> pulled(layers.size());
  for_each_in_parallel(layers.size(), 4, [&](size_t i) {
    pulled[i] = read_all(source->blob(test::descriptor_of(kOciLayer, layers[i])).open(0));
  });
  EXPECT_EQ(pulled, layers);
}

TEST_F(RegistryPull, SurvivesALineThatBreaksAnywhere) {
  const Registry registry;
  const std::string bytes = noise(3'000'000, 1);
  put_image(registry, "app", image_of({bytes}));
  // In the answer's first line, in its header, at the body's begin, in its middle, at its end.
  for (const uint64_t cut : {0ULL, 1ULL, 100ULL, 600ULL, 1'000'000ULL, 2'999'990ULL}) {
    SCOPED_TRACE(cut);
    CuttingProxy line(registry.port());
    const auto source = open_registry_at(line.authority(), "app:v1");
    source->entries();
    const uint64_t before = line.passed(CuttingProxy::Direction::to_client);
    line.cut(CuttingProxy::Direction::to_client, cut, 3);
    EXPECT_EQ(read_all(source->blob(test::descriptor_of(kOciLayer, bytes)).open(0)), bytes);
    EXPECT_GE(line.cuts(), 1);
    // What had come was not sent again, apart from headers.
    EXPECT_LT(line.passed(CuttingProxy::Direction::to_client) - before, bytes.size() + 20'000);
  }
}

TEST_F(RegistryPull, GivesUpALineThatAlwaysBreaks) {
  const Registry registry;
  const std::string bytes = noise(500'000, 1);
  put_image(registry, "app", image_of({bytes}));
  CuttingProxy line(registry.port());
  const auto source = open_registry_at(line.authority(), "app:v1");
  source->entries();
  line.cut(CuttingProxy::Direction::to_client, 1000, 1'000'000);
  const double begin = now();
  const std::string error =
      error_of([&] { read_all(source->blob(test::descriptor_of(kOciLayer, bytes)).open(0)); });
  EXPECT_TRUE(contains(error, "times")) << error;
  EXPECT_LT(now() - begin, 30);
}

// --- servers that do wrong ----------------------------------------------------------------------

/// What a server gives for one blob of `bytes`, with ranges as RFC 9110 has them.
FakeResponse ranged(const FakeRequest& request, const std::string& bytes) {
  const std::string range = request.header("Range");
  if (range.empty()) return {.body = bytes};
  const size_t start = std::stoul(range.substr(range.find('=') + 1));
  if (start >= bytes.size()) return {.status = 416};
  return {.status = 206,
          .headers = {{"Content-Range", "bytes " + std::to_string(start) + "-" +
                                            std::to_string(bytes.size() - 1) + "/" +
                                            std::to_string(bytes.size())}},
          .body = bytes.substr(start)};
}

bool is_ping(const FakeRequest& request) { return request.target == "/v2/"; }

std::string pull_error(const FakeServer& server, const Descriptor& descriptor) {
  const auto source = open_registry_at(server.authority(), "app:v1");
  const Blob blob = source->blob(descriptor);
  return error_of([&] { read_all(verified(blob.open(0), descriptor, "the layer")); });
}

TEST(RegistryWrong, AServerWithoutRangesIsReadAnew) {
  const std::string bytes = noise(400'000, 1);
  int tries = 0;
  FakeServer server([&](const FakeRequest& request) -> FakeResponse {
    if (is_ping(request)) return {};
    FakeResponse whole{.body = bytes};
    if (++tries < 3) whole.wire = FakeResponse::Wire::half_of_body;
    return whole;
  });
  const auto source = open_registry_at(server.authority(), "app:v1");
  EXPECT_EQ(read_all(source->blob(test::descriptor_of(kOciLayer, bytes)).open(0)), bytes);
  EXPECT_EQ(tries, 3);
}

TEST(RegistryWrong, ATruncatedBlobIsAnError) {
  const std::string bytes = noise(1000, 1);
  FakeServer server([&](const FakeRequest& request) -> FakeResponse {
    return is_ping(request) ? FakeResponse{} : ranged(request, bytes.substr(0, 600));
  });
  const Descriptor descriptor = test::descriptor_of(kOciLayer, bytes);
  const std::string error = pull_error(server, descriptor);
  EXPECT_TRUE(contains(error, "600")) << error;
  EXPECT_TRUE(contains(error, "1000")) << error;
}

TEST(RegistryWrong, ARangeBehindTheEndIsAnErrorAtOnce) {
  const std::string bytes = noise(1000, 1);
  int ranges = 0;
  FakeServer server([&](const FakeRequest& request) -> FakeResponse {
    if (is_ping(request)) return {};
    if (!request.header("Range").empty()) return ++ranges, FakeResponse{.status = 416};
    return {.body = bytes, .wire = FakeResponse::Wire::half_of_body};
  });
  const std::string error = pull_error(server, test::descriptor_of(kOciLayer, bytes));
  EXPECT_TRUE(contains(error, "at most 500 bytes")) << error;
  EXPECT_EQ(ranges, 1);
}

TEST(RegistryWrong, OtherBytesThanAskedForAreAnError) {
  const std::string bytes = noise(1000, 1);
  FakeServer server([&](const FakeRequest& request) -> FakeResponse {
    if (is_ping(request)) return {};
    if (request.header("Range").empty())
      return {.body = bytes, .wire = FakeResponse::Wire::half_of_body};
    return {.status = 206,
            .headers = {{"Content-Range", "bytes 100-999/1000"}},
            .body = bytes.substr(100)};
  });
  const std::string error = pull_error(server, test::descriptor_of(kOciLayer, bytes));
  EXPECT_TRUE(contains(error, "bytes 100-999/1000")) << error;
}

TEST(RegistryWrong, AWrongDigestIsAnError) {
  FakeServer server([&](const FakeRequest& request) -> FakeResponse {
    return is_ping(request) ? FakeResponse{} : FakeResponse{.body = noise(1000, 2)};
  });
  const Descriptor descriptor = test::descriptor_of(kOciLayer, noise(1000, 1));
  const std::string error = pull_error(server, descriptor);
  EXPECT_TRUE(contains(error, descriptor.digest.str())) << error;
}

TEST(RegistryWrong, AManifestOfAnotherDigestIsAnError) {
  const ImageContent wanted = image_of({"a"});
  const ImageContent other = image_of({"b"});
  FakeServer server([&](const FakeRequest& request) -> FakeResponse {
    if (is_ping(request)) return {};
    // The header's word is worth nothing.
    return {.headers = {{"Content-Type", std::string(kOciManifest)},
                        {"Docker-Content-Digest", wanted.top.descriptor.digest.str()}},
            .body = other.top.text};
  });
  const auto source =
      open_registry_at(server.authority(), "app@" + wanted.top.descriptor.digest.str());
  const std::string error = error_of([&] { source->entries(); });
  EXPECT_TRUE(contains(error, other.top.descriptor.digest.str())) << error;
}

TEST(RegistryWrong, AManifestThatIsCalledAnIndexIsAnError) {
  const ImageContent content = image_of({"a"});
  FakeServer server([&](const FakeRequest& request) -> FakeResponse {
    if (is_ping(request)) return {};
    return {.headers = {{"Content-Type", std::string(kOciIndex) + "; charset=utf-8"}},
            .body = content.top.text};
  });
  const auto source = open_registry_at(server.authority(), "app:v1");
  const std::string error = error_of([&] { source->entries(); });
  EXPECT_TRUE(contains(error, std::string(kOciIndex))) << error;
}

TEST(RegistryWrong, AManifestWithoutAnEndIsAnErrorInBoundedMemory) {
  const std::string manifest = image_of({noise(10, 1)}).top.text;
  for (const auto& [blanks, limit] : {std::pair(0, "none"), std::pair(5'000'000, "4 MiB"),
                                      std::pair(20'000'000, "larger than 8388608 bytes")}) {
    FakeServer server([&, count = blanks](const FakeRequest& request) -> FakeResponse {
      if (is_ping(request)) return {};
      return {.headers = {{"Content-Type", std::string(kOciManifest)}},
              .body = manifest + std::string(static_cast<size_t>(count), ' ')};
    });
    const auto source = open_registry_at(server.authority(), "app:v1");
    const std::string error = error_of([&] { source->entries(); });
    EXPECT_TRUE(contains(error, limit)) << error;
  }
}

TEST(RegistryWrong, AManifestThatIsNoneIsAnError) {
  for (const std::string& text : {std::string("<html>Welcome</html>"), std::string(),
                                  std::string(R"({"schemaVersion":1,"name":"app"})")}) {
    SCOPED_TRACE(text);
    FakeServer server([&](const FakeRequest& request) -> FakeResponse {
      return is_ping(request) ? FakeResponse{} : FakeResponse{.body = text};
    });
    const auto source = open_registry_at(server.authority(), "app:v1");
    EXPECT_NE(error_of([&] { source->entries(); }), "none");
  }
}

TEST(RegistryWrong, AStorageHostGetsTheRangeButNoLogin) {
  const std::string bytes = noise(200'000, 1);
  int tries = 0;
  FakeServer storage([&](const FakeRequest& request) -> FakeResponse {
    FakeResponse answer = ranged(request, bytes);
    if (++tries < 3) answer.wire = FakeResponse::Wire::half_of_body;
    return answer;
  });
  FakeServer registry([&](const FakeRequest& request) -> FakeResponse {
    if (request.header("Authorization") != "Basic bWU6czNjcjN0")
      return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"x\""}}};
    if (is_ping(request)) return {};
    return {.status = 307, .headers = {{"Location", storage.url() + "/store?signature=abc"}}};
  });
  TempDir folder;
  write_file(folder / "auth.json",
             R"({"auths":{")" + registry.authority() + R"(":{"auth":"bWU6czNjcjN0"}}})");
  const auto source = open_registry_at(registry.authority(), "app:v1",
                                       {.auth_file = (folder / "auth.json").string()});
  EXPECT_EQ(read_all(source->blob(test::descriptor_of(kOciLayer, bytes)).open(0)), bytes);
  EXPECT_EQ(tries, 3);
  for (const FakeRequest& request : storage.requests())
    EXPECT_EQ(request.header("Authorization"), "");
  EXPECT_EQ(storage.requests().back().header("Range"), "bytes=150000-");
}

TEST(RegistryWrong, AForeignLayersUrlsAreNeverAsked) {
  FakeServer elsewhere([](const FakeRequest&) -> FakeResponse { return {}; });
  FakeServer registry([](const FakeRequest& request) -> FakeResponse {
    return is_ping(request) ? FakeResponse{} : FakeResponse{.status = 404};
  });
  Descriptor layer =
      test::descriptor_of("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "layer");
  layer.urls = {elsewhere.url() + "/layer"};
  const std::string error = pull_error(registry, layer);
  EXPECT_TRUE(contains(error, "must not be given on")) << error;
  EXPECT_TRUE(elsewhere.requests().empty());
}

}  // namespace
}  // namespace pack
