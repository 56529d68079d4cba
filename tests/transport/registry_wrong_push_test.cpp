// Pushes to registries that do wrong, or want it in their own way. What they must have in the end
// is what the test kept of the requests.

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "support/fake_server.h"
#include "support/pack_test.h"
#include "transport/registry_image.h"
#include "transport/streamed_layer.h"

namespace pack {
namespace {

using test::error_of;
using test::FakeRequest;
using test::FakeResponse;
using test::FakeServer;
using test::image_of;
using test::noise;
using test::push_image;
using test::registry_spec;

/// A registry that keeps uploads in memory, by the rules of the distribution-spec; `wrong` may
/// answer in its place.
class MemoryRegistry {
 public:
  using Wrong = std::function<std::optional<FakeResponse>(const FakeRequest&)>;

  explicit MemoryRegistry(Wrong wrong = {})
      : wrong_(std::move(wrong)),
        server_([this](const FakeRequest& request) { return answer(request); }) {}

  std::string authority() const { return server_.authority(); }
  std::vector<FakeRequest> requests() const { return server_.requests(); }
  size_t count(const std::string& method, const std::string& part) const {
    size_t out = 0;
    for (const FakeRequest& request : server_.requests())
      out += request.method == method && request.target.find(part) != std::string::npos;
    return out;
  }

  std::map<std::string, std::string> blobs;      // by digest
  std::map<std::string, std::string> manifests;  // by tag or digest
  std::map<std::string, std::string> uploads;    // by path
  uint64_t least_chunk = 0;

 private:
  FakeResponse answer(const FakeRequest& request) {
    if (request.target == "/v2/") return {};
    if (wrong_)
      if (std::optional<FakeResponse> own = wrong_(request)) return *own;
    if (request.path().find("/blobs/uploads/") != std::string::npos) return upload(request);
    const std::string last = request.path().substr(request.path().rfind('/') + 1);
    if (request.path().find("/manifests/") != std::string::npos) return manifest(request, last);
    return {.status = blobs.contains(last) ? 200 : 404};
  }

  FakeResponse manifest(const FakeRequest& request, const std::string& name) {
    if (request.method == "PUT") manifests[name] = request.body;
    if (!manifests.contains(name)) return {.status = 404};
    return {.status = request.method == "PUT" ? 201 : 200,
            .headers = {{"Docker-Content-Digest", sha256(manifests[name]).str()}}};
  }

  FakeResponse begin() {
    const std::string path = "/v2/app/blobs/uploads/" + std::to_string(++begun_);
    uploads[path];
    FakeResponse out{.status = 202, .headers = {{"Location", next_location(path)}}};
    if (least_chunk > 0)
      out.headers.emplace_back("OCI-Chunk-Min-Length", std::to_string(least_chunk));
    return out;
  }

  FakeResponse upload(const FakeRequest& request) {
    if (request.method == "POST") return begin();
    const auto found = uploads.find(request.path());
    if (found == uploads.end()) return {.status = 404, .body = unknown()};
    // Only the Location that was given last is good.
    if (request.query("state") != std::vector{states_[request.path()]} &&
        request.method != "DELETE")
      return {.status = 400, .body = R"({"errors":[{"code":"OLD_LOCATION"}]})"};
    if (request.method == "DELETE") return uploads.erase(found), FakeResponse{.status = 204};
    std::string& bytes = found->second;
    const std::string range = request.header("Content-Range");
    if (!range.empty() && std::stoul(range) != bytes.size()) return told(416, found->first, bytes);
    bytes += request.body;
    if (request.method == "GET") return told(204, found->first, bytes);
    if (request.method == "PATCH") return told(202, found->first, bytes);
    return finish(request, found->first);
  }

  FakeResponse finish(const FakeRequest& request, const std::string& path) {
    const std::string digest = request.query("digest").at(0);
    const std::string bytes = uploads[path];
    uploads.erase(path);
    if (sha256(bytes).str() != digest)
      return {.status = 400, .body = R"({"errors":[{"code":"DIGEST_INVALID"}]})"};
    blobs[digest] = bytes;
    return {.status = 201, .headers = {{"Location", "/v2/app/blobs/" + digest}}};
  }

  FakeResponse told(int status, const std::string& path, const std::string& bytes) {
    const size_t last = bytes.empty() ? 0 : bytes.size() - 1;
    return {.status = status,
            .headers = {{"Location", next_location(path)}, {"Range", "0-" + std::to_string(last)}}};
  }

  static std::string unknown() { return R"({"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]})"; }
  std::string next_location(const std::string& path) {
    return path + "?state=" + (states_[path] = std::to_string(++locations_));
  }

  Wrong wrong_;
  int begun_ = 0;
  int locations_ = 0;
  std::map<std::string, std::string> states_;  // by path: of its last Location
  FakeServer server_;                          // the last, for it answers at once
};

/// One layer only, so that requests come one after the other; its config is there already.
ImageContent one_layer(MemoryRegistry& registry, size_t size) {
  ImageContent content = image_of({noise(size, 5)});
  registry.blobs[content.blobs[1].descriptor.digest.str()] = "config";
  return content;
}

void expect_stored(const MemoryRegistry& registry, const ImageContent& content) {
  const Blob& layer = content.blobs[0];
  ASSERT_TRUE(registry.blobs.contains(layer.descriptor.digest.str()));
  EXPECT_EQ(registry.blobs.at(layer.descriptor.digest.str()), test::read_all(layer.open(0)));
  EXPECT_EQ(registry.manifests.at("v1"), content.top.text);
  EXPECT_TRUE(registry.uploads.empty());
}

TEST(RegistryWrongPush, GoesInChunksWhereTheServerTakesNoLargeBodies) {
  constexpr size_t kLimit = 1'000'000;
  MemoryRegistry registry([](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.body.size() <= kLimit) return std::nullopt;
    return FakeResponse{.status = 413};
  });
  const ImageContent content = one_layer(registry, 5'000'000);
  push_image(registry_spec(registry.authority(), "app"), content);
  expect_stored(registry, content);
  EXPECT_GE(registry.count("PATCH", "/uploads/"), 5U);
  EXPECT_EQ(registry.count("POST", "/uploads/"), 1U);
}

TEST(RegistryWrongPush, ChunksAreNotSmallerThanTheServerWants) {
  MemoryRegistry registry([](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.body.size() <= 4'000'000) return std::nullopt;
    return FakeResponse{.status = 413};
  });
  registry.least_chunk = 3'000'000;
  const ImageContent content = one_layer(registry, 10'000'000);
  push_image(registry_spec(registry.authority(), "app"), content);
  expect_stored(registry, content);
  std::vector<size_t> sizes;
  for (const FakeRequest& request : registry.requests())
    if (request.method == "PATCH" && request.body.size() <= 4'000'000)
      sizes.push_back(request.body.size());
  ASSERT_GE(sizes.size(), 2U);
  for (size_t i = 0; i + 1 < sizes.size(); ++i) EXPECT_GE(sizes[i], 3'000'000U);
}

TEST(RegistryWrongPush, AServerThatTakesNothingAtAllIsAnError) {
  MemoryRegistry registry([](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.body.empty()) return std::nullopt;
    return FakeResponse{.status = 413};
  });
  const ImageContent content = one_layer(registry, 5'000'000);
  const std::string error =
      error_of([&] { push_image(registry_spec(registry.authority(), "app"), content); });
  EXPECT_TRUE(contains(error, "413")) << error;
  EXPECT_TRUE(registry.uploads.empty());
}

TEST(RegistryWrongPush, ResumesWhereTheRegistrySaysThatItIs) {
  int puts = 0;
  MemoryRegistry* self = nullptr;
  MemoryRegistry registry([&](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "PUT" || request.path().find("/uploads/") == std::string::npos ||
        ++puts > 1)
      return std::nullopt;
    self->uploads[request.path()] = request.body.substr(0, 300'000);
    return FakeResponse{.wire = FakeResponse::Wire::nothing};
  });
  self = &registry;
  const ImageContent content = one_layer(registry, 1'000'000);
  push_image(registry_spec(registry.authority(), "app"), content);
  expect_stored(registry, content);
  ASSERT_EQ(registry.count("PATCH", "/uploads/"), 1U);
  for (const FakeRequest& request : registry.requests())
    if (request.method == "PATCH") {
      EXPECT_EQ(request.header("Content-Range"), "300000-999999");
      EXPECT_EQ(request.body.size(), 700'000U);
    }
}

TEST(RegistryWrongPush, BeginsAnewWhenTheRegistryHasForgottenTheUpload) {
  int puts = 0;
  MemoryRegistry* self = nullptr;
  MemoryRegistry registry([&](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "PUT" || request.path().find("/uploads/") == std::string::npos ||
        ++puts > 1)
      return std::nullopt;
    self->uploads.erase(request.path());
    return FakeResponse{.wire = FakeResponse::Wire::nothing};
  });
  self = &registry;
  const ImageContent content = one_layer(registry, 100'000);
  push_image(registry_spec(registry.authority(), "app"), content);
  expect_stored(registry, content);
  EXPECT_EQ(registry.count("POST", "/uploads/"), 2U);
}

TEST(RegistryWrongPush, ALostAnswerToACompleteUploadCostsNothing) {
  MemoryRegistry* self = nullptr;
  MemoryRegistry registry([&](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "PUT" || request.path().find("/uploads/") == std::string::npos)
      return std::nullopt;
    self->blobs[request.query("digest").at(0)] = request.body;
    self->uploads.erase(request.path());
    return FakeResponse{.wire = FakeResponse::Wire::nothing};
  });
  self = &registry;
  const ImageContent content = one_layer(registry, 100'000);
  push_image(registry_spec(registry.authority(), "app"), content);
  expect_stored(registry, content);
  EXPECT_EQ(registry.count("PUT", "/uploads/"), 1U);
}

TEST(RegistryWrongPush, A416LeadsToWhereTheRegistryIs) {
  int patches = 0;
  MemoryRegistry* self = nullptr;
  MemoryRegistry registry([&](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.body.size() > 400'000 && request.method == "PUT")
      return FakeResponse{.status = 413};
    // Loses the second half of the first chunk, and says nothing about it.
    if (request.method == "PATCH" && ++patches == 1) {
      self->uploads[request.path()] = request.body.substr(0, 100'000);
      return FakeResponse{.status = 202};
    }
    return std::nullopt;
  });
  self = &registry;
  const ImageContent content = one_layer(registry, 1'000'000);
  push_image(registry_spec(registry.authority(), "app"), content);
  expect_stored(registry, content);
}

TEST(RegistryWrongPush, NoLocationIsAClearError) {
  MemoryRegistry registry([](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "POST") return std::nullopt;
    return FakeResponse{.status = 202};
  });
  const ImageContent content = one_layer(registry, 1000);
  const std::string error =
      error_of([&] { push_image(registry_spec(registry.authority(), "app"), content); });
  EXPECT_TRUE(contains(error, "Location")) << error;
}

TEST(RegistryWrongPush, AnOverloadedServerIsAskedAgain) {
  std::map<std::string, int> asked;  // by method
  MemoryRegistry registry([&](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method == "DELETE" || ++asked[request.method] % 2 == 0) return std::nullopt;
    return FakeResponse{.status = 429, .headers = {{"Retry-After", "0"}}};
  });
  const ImageContent content = one_layer(registry, 100'000);
  push_image(registry_spec(registry.authority(), "app"), content);
  expect_stored(registry, content);
}

TEST(RegistryWrongPush, TheWaitThatAnUploadIsAskedForIsKept) {
  int puts = 0;
  MemoryRegistry registry([&](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "PUT" || ++puts > 1) return std::nullopt;
    return FakeResponse{.status = 429, .headers = {{"Retry-After", "2"}}};
  });
  const ImageContent content = one_layer(registry, 100'000);
  const double before = now();
  push_image(registry_spec(registry.authority(), "app"), content);
  EXPECT_GT(now() - before, 1.9);
  expect_stored(registry, content);
}

TEST(RegistryWrongPush, AnUploadThatIsToWaitForAnHourIsGivenUp) {
  MemoryRegistry registry([&](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "PUT") return std::nullopt;
    return FakeResponse{.status = 503, .headers = {{"Retry-After", "3600"}}};
  });
  const ImageContent content = one_layer(registry, 1000);
  const std::string error =
      error_of([&] { push_image(registry_spec(registry.authority(), "app"), content); });
  EXPECT_TRUE(contains(error, "try again in 3600 s")) << error;
  EXPECT_EQ(registry.count("PUT", "/uploads/"), 1U);
}

TEST(RegistryWrongPush, AServerThatTakesNoStreamGetsTheWholeLayer) {
  for (const int status : {400, 405, 411, 501}) {
    MemoryRegistry registry([&](const FakeRequest& request) -> std::optional<FakeResponse> {
      if (request.method != "PATCH") return std::nullopt;
      return FakeResponse{.status = status};
    });
    RegistrySession session({registry.authority(), "app"}, RegistrySession::Rights::push, {});
    StreamedLayer layer(session, {.compression = {}}, nullptr);
    const std::string bytes = noise(100'000, 3);
    layer.append(std::as_bytes(std::span(bytes)));
    const Descriptor stored = layer.finish();
    layer.push();
    EXPECT_EQ(registry.blobs[stored.digest.str()], bytes) << status;
    EXPECT_EQ(registry.count("PATCH", "/uploads/"), 1U);
    EXPECT_TRUE(registry.uploads.empty());
  }
}

TEST(RegistryWrongPush, AnAddressThatIsNoneIsNotShown) {
  MemoryRegistry registry([](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "POST") return std::nullopt;
    return FakeResponse{.status = 202, .headers = {{"Location", "ftp://there/?token=CANARY"}}};
  });
  const ImageContent content = one_layer(registry, 1000);
  const std::string error =
      error_of([&] { push_image(registry_spec(registry.authority(), "app"), content); });
  EXPECT_TRUE(contains(error, registry.authority() + "/app")) << error;
  EXPECT_FALSE(contains(error, "CANARY")) << error;
}

TEST(RegistryWrongPush, AnotherDigestThanThatOfTheManifestIsAnError) {
  MemoryRegistry registry([](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "PUT" || request.path().find("/manifests/") == std::string::npos)
      return std::nullopt;
    return FakeResponse{.status = 201,
                        .headers = {{"Docker-Content-Digest", sha256("other").str()}}};
  });
  const ImageContent content = one_layer(registry, 1000);
  const std::string error =
      error_of([&] { push_image(registry_spec(registry.authority(), "app"), content); });
  EXPECT_TRUE(contains(error, sha256("other").str())) << error;
}

TEST(RegistryWrongPush, WhatTheRegistrySaysIsInTheError) {
  MemoryRegistry registry([](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "PUT" || request.path().find("/uploads/") == std::string::npos)
      return std::nullopt;
    return FakeResponse{.status = 400,
                        .body = R"({"errors":[{"code":"DENIED","message":"quota exceeded"}]})"};
  });
  const ImageContent content = one_layer(registry, 1000);
  const std::string error =
      error_of([&] { push_image(registry_spec(registry.authority(), "app"), content); });
  EXPECT_TRUE(contains(error, "quota exceeded")) << error;
  EXPECT_TRUE(contains(error, registry.authority() + "/app")) << error;
  EXPECT_TRUE(registry.uploads.empty()) << "the upload was cancelled";
}

TEST(RegistryWrongPush, OneFailureEndsAllUploads) {
  MemoryRegistry registry([](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "PUT" || request.body.size() != 1000) return std::nullopt;
    return FakeResponse{.status = 400, .body = R"({"errors":[{"message":"no thousand"}]})"};
  });
  std::vector<std::string> layers{noise(1000, 0)};
  for (unsigned i = 1; i < 20; ++i) layers.push_back(noise(2000, i));
  const std::string error =
      error_of([&] { push_image(registry_spec(registry.authority(), "app"), image_of(layers)); });
  EXPECT_TRUE(contains(error, "no thousand")) << error;
  EXPECT_LT(registry.blobs.size(), layers.size());
  EXPECT_TRUE(registry.manifests.empty());
}

TEST(RegistryWrongPush, AWrongWordAboutTheTagIsNotTaken) {
  // No digest in its answers: so it cannot be told whether the tag is right.
  MemoryRegistry registry([](const FakeRequest& request) -> std::optional<FakeResponse> {
    if (request.method != "HEAD" || request.path().find("/manifests/") == std::string::npos)
      return std::nullopt;
    return FakeResponse{};
  });
  const ImageContent content = one_layer(registry, 1000);
  push_image(registry_spec(registry.authority(), "app"), content);
  expect_stored(registry, content);
}

}  // namespace
}  // namespace pack
