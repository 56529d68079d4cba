// Pushes to a real registry; curl tells what is in it then, its access log what it was asked.

#include <gtest/gtest.h>

#include "base/error.h"
#include "layer/layer.h"
#include "source/memory_tree.h"
#include "support/cutting_proxy.h"
#include "support/pack_test.h"
#include "support/registry.h"
#include "support/signed_tokens.h"
#include "transport/output.h"
#include "transport/registry_image.h"

namespace pack {
namespace {

using test::error_of;
using test::image_of;
using test::memory_blob;
using test::noise;
using test::push_image;
using test::registry_spec;

class RegistryPush : public ::testing::Test {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("docker-registry");
    PACK_REQUIRE_TOOL("curl");
  }

  static std::string manifest(const Registry& registry, const std::string& name,
                              const std::string& tag = "v1", std::string_view type = kOciManifest) {
    return registry
        .curl("/v2/" + name + "/manifests/" + tag, {"-H", "Accept: " + std::string(type)})
        .out;
  }

  /// The registry has all of it, bit for bit.
  static void expect_stored(const Registry& registry, const std::string& name,
                            const ImageContent& content) {
    EXPECT_EQ(manifest(registry, name), content.top.text);
    for (const Blob& blob : content.blobs) {
      const Outcome got = registry.curl("/v2/" + name + "/blobs/" + blob.descriptor.digest.str());
      EXPECT_EQ(got.out, test::read_all(blob.open(0))) << got;
    }
  }
};

std::string repeated(const std::string& text, size_t count) {
  std::string out;
  while (count-- > 0) out += text;
  return out;
}

TEST_F(RegistryPush, StoresEveryBlobBitForBitAndTheTagLast) {
  const Registry registry;
  const ImageContent content = image_of({noise(3'000'000, 1), noise(100, 2), "x"});
  const auto destination = open_registry(registry_spec(registry.authority(), "some/app"), {});
  const Receipt receipt = destination->store(content);
  EXPECT_EQ(registry.curl("/v2/some/app/tags/list").status, 22);  // no such repository yet
  destination->send();
  expect_stored(registry, "some/app", content);
  EXPECT_EQ(receipt.manifest, content.top.descriptor.digest);
  EXPECT_TRUE(registry.unfinished_uploads().empty());
}

TEST_F(RegistryPush, ASecondPushAsksOnceAndSendsNothing) {
  const Registry registry;
  const ImageContent content = image_of({noise(100'000, 1)});
  const DestinationSpec spec = registry_spec(registry.authority(), "app");
  push_image(spec, content);
  const size_t before = registry.requests().size();
  const Receipt receipt = push_image(spec, content);
  const std::vector<std::string> requests = registry.requests();
  // One to find out that the registry speaks plain http, one for the manifest.
  EXPECT_LE(requests.size() - before, 2U);
  EXPECT_EQ(requests.back(), "HEAD /v2/app/manifests/v1 200");
  EXPECT_EQ(receipt.manifest, content.top.descriptor.digest);
}

TEST_F(RegistryPush, BlobsThatAreThereAreNotSentAgain) {
  const Registry registry;
  const std::string shared = noise(100'000, 1);
  push_image(registry_spec(registry.authority(), "app"), image_of({shared}));
  const ImageContent second = image_of({shared, "more"});
  const size_t uploads = registry.count("PUT /v2/app/blobs/uploads/");
  push_image(registry_spec(registry.authority(), "app", "v1"), second);
  expect_stored(registry, "app", second);
  EXPECT_EQ(registry.count("PUT /v2/app/blobs/uploads/"), uploads + 2);  // "more" and the config
}

TEST_F(RegistryPush, BlobsOfAnotherRepositoryThereAreMounted) {
  const Registry registry;
  ImageContent content = image_of({noise(500'000, 1), noise(10, 2)});
  push_image(registry_spec(registry.authority(), "from/here"), content);
  for (Blob& blob : content.blobs)
    blob.repository = Repository{.domain = registry.authority(), .name = "from/here"};
  push_image(registry_spec(registry.authority(), "to"), content);
  expect_stored(registry, "to", content);
  EXPECT_EQ(registry.count("POST /v2/to/blobs/uploads/?mount="), 3U);
  EXPECT_EQ(registry.count("PUT /v2/to/blobs/"), 0U);
}

TEST_F(RegistryPush, ABlobThatCannotBeMountedIsSent) {
  const Registry registry;
  ImageContent content = image_of({noise(50'000, 1)});
  content.blobs[0].repository = Repository{.domain = registry.authority(), .name = "not/there"};
  push_image(registry_spec(registry.authority(), "to"), content);
  expect_stored(registry, "to", content);
  EXPECT_EQ(registry.count("POST /v2/to/blobs/uploads/?mount="), 1U);
  EXPECT_EQ(registry.unfinished_uploads().size(), 0U);
}

TEST_F(RegistryPush, FourBlobsGoAtOnce) {
  const Registry registry({.relative_locations = true});
  CuttingProxy line(registry.port());
  std::vector<std::string> layers;
  for (unsigned i = 0; i < 12; ++i) layers.push_back(noise(1'000'000, i));
  const ImageContent content = image_of(layers);
  push_image(registry_spec(line.authority(), "app"), content);
  expect_stored(registry, "app", content);
  EXPECT_EQ(line.most_at_once(), 4);
}

TEST_F(RegistryPush, TakesRelativeLocations) {
  const Registry registry({.relative_locations = true});
  ASSERT_EQ(registry
                .curl("/v2/a/blobs/uploads/",
                      {"-X", "POST", "-o", "/dev/null", "-w", "%header{location}"})
                .out.substr(0, 4),
            "/v2/");
  const ImageContent content = image_of({noise(1'000'000, 1)});
  push_image(registry_spec(registry.authority(), "app"), content);
  expect_stored(registry, "app", content);
}

TEST_F(RegistryPush, AnIndexComesAfterItsImages) {
  const Registry registry;
  ImageContent content = image_of({noise(1000, 1)});
  const ImageContent other = image_of({noise(1000, 2)});
  content.documents = {content.top, other.top};
  content.blobs.insert(content.blobs.end(), other.blobs.begin(), other.blobs.end());
  Index index;
  for (const Document& document : content.documents) index.manifests.push_back(document.descriptor);
  const std::string text = to_json(index);
  content.top = {.descriptor = test::descriptor_of(kOciIndex, text), .text = text};
  const DestinationSpec spec = registry_spec(registry.authority(), "app");
  push_image(spec, content);
  EXPECT_EQ(manifest(registry, "app", "v1", kOciIndex), text);
  for (const Document& document : content.documents)
    EXPECT_EQ(manifest(registry, "app", document.descriptor.digest.str()), document.text);
  const size_t puts = registry.count("PUT ");
  push_image(spec, content);
  EXPECT_EQ(registry.count("PUT "), puts);
}

TEST_F(RegistryPush, LayersThatMustNotBeGivenOnStayAndAreSaid) {
  const Registry registry;
  const std::string kForeign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
  Blob foreign = memory_blob(kForeign, noise(1000, 3));
  foreign.descriptor.urls = {"https://example.invalid/layer"};
  const ImageContent content = image_of({foreign, memory_blob(kOciLayer, noise(1000, 4))});
  const auto destination = open_registry(registry_spec(registry.authority(), "app"), {});
  const Receipt receipt = destination->store(content);
  ASSERT_EQ(receipt.notes.size(), 1U);
  EXPECT_TRUE(contains(receipt.notes[0], foreign.descriptor.digest.str())) << receipt.notes[0];
  EXPECT_FALSE(std::filesystem::exists(registry.blob_file(foreign.descriptor.digest.str())));
  EXPECT_TRUE(
      std::filesystem::exists(registry.blob_file(content.blobs[1].descriptor.digest.str())));
}

TEST_F(RegistryPush, BytesThatAreNotTheBlobAreAnError) {
  const Registry registry;
  ImageContent content = image_of({noise(50'000, 1)});
  content.blobs[0].open = memory_blob(kOciLayer, noise(50'000, 2)).open;
  const auto destination = open_registry(registry_spec(registry.authority(), "app"), {});
  const std::string error = error_of([&] { destination->store(content); });
  EXPECT_TRUE(contains(error, content.blobs[0].descriptor.digest.str())) << error;
  EXPECT_EQ(registry.curl("/v2/app/manifests/v1").status, 22);
  EXPECT_FALSE(
      std::filesystem::exists(registry.blob_file(content.blobs[0].descriptor.digest.str())));
  // And that of the config, when it was on its way just then.
  EXPECT_GE(registry.count("DELETE /v2/app/blobs/uploads/"), 1U) << "the upload is cancelled";
  EXPECT_TRUE(registry.unfinished_uploads().empty());
}

// --- logins -------------------------------------------------------------------------------------

Access with_login(const TempDir& folder, const std::string& host, const std::string& login_base64) {
  write_file(folder / "auth.json",
             R"({"auths":{")" + host + R"(":{"auth":")" + login_base64 + "\"}}}");
  return {.auth_file = (folder / "auth.json").string()};
}

TEST_F(RegistryPush, BasicAuthenticationOverTls) {
  PACK_REQUIRE_TOOL("htpasswd");
  const TestAuthority authority;
  const Registry registry({.tls = &authority, .username = "me", .password = "s3cr3t"});
  const ImageContent content = image_of({noise(300'000, 1), noise(20, 2)});
  const DestinationSpec spec = registry_spec(registry.authority(), "app");
  TempDir folder;
  Access access = with_login(folder, registry.authority(), "bWU6czNjcjN0");
  const std::string unknown_ca = error_of([&] { push_image(spec, content, access); });
  EXPECT_TRUE(contains(unknown_ca, "certificate")) << unknown_ca;

  access.tls_ca = authority.certificate();
  push_image(spec, content, access);
  expect_stored(registry, "app", content);

  Access wrong = with_login(folder, registry.authority(), "bWU6d3Jvbmc=");
  wrong.tls_ca = authority.certificate();
  const std::string denied = error_of([&] { push_image(spec, content, wrong); });
  EXPECT_TRUE(contains(denied, "login")) << denied;
  EXPECT_FALSE(contains(denied, "wrong")) << denied;
}

TEST_F(RegistryPush, TokensForPushAndMount) {
  const SignedTokenServer tokens("me", "s3cr3t");
  const Registry registry(tokens.rules());
  ImageContent content = image_of({noise(300'000, 1), noise(20, 2)});
  TempDir folder;
  const Access access = with_login(folder, registry.authority(), "bWU6czNjcjN0");
  push_image(registry_spec(registry.authority(), "from"), content, access);
  for (Blob& blob : content.blobs)
    blob.repository = Repository{.domain = registry.authority(), .name = "from"};
  push_image(registry_spec(registry.authority(), "to"), content, access);
  EXPECT_EQ(registry.count("PUT /v2/to/blobs/"), 0U);
  EXPECT_EQ(registry.count("PUT /v2/to/manifests/v1 201"), 1U);
  EXPECT_EQ(tokens.scopes().size(), 2U) << "one token for each push";
}

// --- bad lines ----------------------------------------------------------------------------------

TEST_F(RegistryPush, SurvivesALineThatBreaksAnywhereOnTheWayThere) {
  const Registry registry({.relative_locations = true});
  int seed = 100;
  // In the request line, in a header, at the body's begin, in its middle, at its end.
  for (const uint64_t bytes : {0ULL, 1ULL, 40ULL, 300ULL, 5'000ULL, 150'000ULL, 299'000ULL}) {
    SCOPED_TRACE(bytes);
    CuttingProxy line(registry.port());
    line.cut(CuttingProxy::Direction::to_server, bytes, 3);
    const ImageContent content = image_of({noise(300'000, seed++)});
    push_image(registry_spec(line.authority(), "app"), content);
    expect_stored(registry, "app", content);
    EXPECT_GE(line.cuts(), 1);
  }
}

TEST_F(RegistryPush, SurvivesALineThatBreaksAnywhereOnTheWayBack) {
  const Registry registry({.relative_locations = true});
  int seed = 200;
  for (const uint64_t bytes : {0ULL, 1ULL, 20ULL, 200ULL, 400ULL, 700ULL}) {
    SCOPED_TRACE(bytes);
    CuttingProxy line(registry.port());
    line.cut(CuttingProxy::Direction::to_client, bytes, 3);
    const ImageContent content = image_of({noise(300'000, seed++)});
    push_image(registry_spec(line.authority(), "app"), content);
    expect_stored(registry, "app", content);
    EXPECT_GE(line.cuts(), 1);
  }
}

TEST_F(RegistryPush, GivesUpALineThatAlwaysBreaks) {
  const Registry registry({.relative_locations = true});
  CuttingProxy line(registry.port());
  line.cut(CuttingProxy::Direction::to_server, 100'000, 1'000'000);
  const double begin = now();
  const std::string error = error_of(
      [&] { push_image(registry_spec(line.authority(), "app"), image_of({noise(1'000'000, 1)})); });
  EXPECT_TRUE(contains(error, "times")) << error;
  EXPECT_LT(now() - begin, 30);
  EXPECT_EQ(registry.curl("/v2/app/manifests/v1").status, 22);
}

// --- a build's layer ----------------------------------------------------------------------------

/// A build that writes one file into a registry.
struct Build {
  explicit Build(const std::string& content) {
    Entry& entry = rootfs.entries[ImagePath("/data")];
    entry.kind = EntryKind::file;
    entry.mode = 0644;
    entry.content = content;
  }

  std::vector<Receipt> run(const DestinationSpec& spec, const CompressionChoice& compression,
                           MediaFamily family = MediaFamily::oci) const {
    ImageDraft draft{.config = {},
                     .references = {},
                     .annotations = {},
                     .layer_size = layer_size(rootfs, 0),
                     .family = family,
                     .compression = compression};
    draft.config.platform = {"linux", "amd64", ""};
    draft.config.entrypoint = {"/data"};
    Output output = open_output({spec}, draft, Access{});
    const Layer layer = write_layer(rootfs, MemoryTree{}, 0, output.sinks());
    return output.commit(make_image(draft, layer));
  }

  Rootfs rootfs;
};

/// What skopeo makes of it: a folder of plain files, digests verified.
std::filesystem::path skopeo_pull(const TempDir& folder, const std::string& name) {
  const std::filesystem::path out = folder / "pulled";
  std::filesystem::remove_all(out);
  const Outcome pulled =
      run({.argv = {"skopeo", "--insecure-policy", "copy", "--src-tls-verify=false",
                    "docker://" + name, "oci:" + out.string() + ":v1"}});
  EXPECT_EQ(pulled.status, 0) << pulled;
  return out;
}

/// The content of the file "data" in the layer of the layout that skopeo made.
std::string data_in(const std::filesystem::path& layout) {
  const Outcome out = run(
      {.argv = {"sh", "-c",
                "for f in blobs/sha256/*; do tar -xOf $f data 2>/dev/null && exit 0; done; "
                "for f in blobs/sha256/*; do zstd -dc $f 2>/dev/null | tar -xO data 2>/dev/null "
                "&& exit 0; done; exit 1"},
       .folder = layout});
  EXPECT_EQ(out.status, 0) << out;
  return out.out;
}

TEST_F(RegistryPush, ABuildsLayerIsSentWhileItIsMade) {
  PACK_REQUIRE_TOOL("skopeo");
  const Registry registry;
  TempDir folder;
  const std::string content = noise(9'000'000, 7);
  for (const Compression kind : {Compression::gzip, Compression::zstd, Compression::none}) {
    SCOPED_TRACE(static_cast<int>(kind));
    const std::string name = "app" + std::to_string(static_cast<int>(kind));
    const auto receipts =
        Build(content).run(registry_spec(registry.authority(), name), {.kind = kind});
    EXPECT_EQ(data_in(skopeo_pull(folder, registry.authority() + "/" + name + ":v1")), content);
    EXPECT_EQ(receipts[0].manifest->hex(), sha256(manifest(registry, name)).hex());
    EXPECT_EQ(registry.count("PATCH /v2/" + name + "/blobs/uploads/"), 1U);
    EXPECT_EQ(registry.count("POST /v2/" + name + "/blobs/uploads/"), 2U) << "layer and config";
    EXPECT_EQ(registry.count("DELETE "), 0U);
  }
  EXPECT_TRUE(registry.unfinished_uploads().empty());
}

TEST_F(RegistryPush, ABuildThatIsThereIsNotSentAgain) {
  const Registry registry;
  const Build build(noise(3'000'000, 8));
  const CompressionChoice gzip{.kind = Compression::gzip};
  build.run(registry_spec(registry.authority(), "app"), gzip);
  const size_t sent = registry.count("PATCH ") + registry.count("PUT /v2/app/blobs/");
  EXPECT_EQ(sent, 3U) << "the layer, its end, and the config";
  for (const char* tag : {"v1", "v2"}) {
    DestinationSpec spec = registry_spec(registry.authority(), "app");
    spec.reference->tag = tag;
    build.run(spec, gzip);
    EXPECT_EQ(registry.count("PATCH ") + registry.count("PUT /v2/app/blobs/"), sent) << tag;
    EXPECT_EQ(registry.count("POST /v2/app/blobs/uploads/"), 2U) << tag;
  }
  EXPECT_EQ(registry.count(" /v2/app/manifests/v2 201"), 1U);
}

TEST_F(RegistryPush, ADockerFamilyImageIsDockersWholly) {
  const Registry registry;
  Build("hello").run(registry_spec(registry.authority(), "app"), {.kind = Compression::gzip},
                     MediaFamily::docker);
  const std::string text = manifest(registry, "app", "v1", kDockerManifest);
  EXPECT_TRUE(contains(text, std::string(kDockerManifest)));
  EXPECT_TRUE(contains(text, std::string(kDockerLayerGzip)));
  EXPECT_FALSE(contains(text, "vnd.oci"));
}

TEST_F(RegistryPush, ABuildsLayerThatBreaksOffIsSentFromTheSpool) {
  PACK_REQUIRE_TOOL("skopeo");
  const Registry registry({.relative_locations = true});
  TempDir folder;
  int seed = 50;
  for (const uint64_t bytes : {100ULL, 700ULL, 200'000ULL, 2'900'000ULL}) {
    SCOPED_TRACE(bytes);
    CuttingProxy line(registry.port());
    line.cut(CuttingProxy::Direction::to_server, bytes, 2);
    const std::string content = noise(3'000'000, seed++);
    Build(content).run(registry_spec(line.authority(), "app"), {.kind = Compression::gzip});
    EXPECT_EQ(data_in(skopeo_pull(folder, registry.authority() + "/app:v1")), content);
    EXPECT_GE(line.cuts(), 1);
  }
}

TEST_F(RegistryPush, ABuildThatFailsCancelsItsUpload) {
  const Registry registry;
  ImageDraft draft{.config = {}, .references = {}, .annotations = {}, .layer_size = 1 << 20};
  {
    const auto destination = open_registry(registry_spec(registry.authority(), "app"), {});
    destination->prepare(draft);
    const std::string bytes = repeated("layer", 500'000);
    destination->layer_bytes()(std::as_bytes(std::span(bytes)));
    for (const double end = now() + 10; registry.unfinished_uploads().empty() && now() < end;)
      usleep(10'000);
    EXPECT_EQ(registry.unfinished_uploads().size(), 1U);
  }
  EXPECT_EQ(registry.count("DELETE /v2/app/blobs/uploads/"), 1U);
}

}  // namespace
}  // namespace pack
