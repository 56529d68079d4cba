// Documents, digests, accounts and registries that were made to hurt, through the real pack.
// tests/image and tests/transport have the same and more for each room.

#include <functional>

#include "e2e/hostile_image.h"
#include "support/fake_server.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using test::Described;
using test::FakeRequest;
using test::FakeResponse;
using test::FakeServer;
using test::kTarEnd;
using test::raw_file;
using test::raw_folder;
using test::raw_link;

class HostileDocumentsTest : public HostileImageTest {
 protected:
  /// By every command that reads an image.
  void expect_refused_everywhere(const std::string& text) const {
    for (const Outcome& outcome :
         {inspect(), build_over(), copy_files(), run_bounded({"copy", image(), "oci:new:v1"})})
      expect_refused(outcome, text);
    const Outcome verified = verify();
    EXPECT_TRUE(verified.status == 1 || verified.status == 3) << verified;
    EXPECT_TRUE(contains(verified.out + verified.err, text)) << verified;
  }

  void index_is(const std::string& text) const {
    image_.file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    image_.file("index.json", text);
  }

  void entry_is(const std::string& digest, const std::string& size) const {
    index_is(R"({"schemaVersion":2,"manifests":[{"mediaType":)"
             R"("application/vnd.oci.image.manifest.v1+json","digest":")" +
             digest + R"(","size":)" + size + "}]}");
  }

  static std::string index_with(const std::string& more) {
    return R"({"schemaVersion":2,"manifests":[],)" + more + "}";
  }
};

TEST_F(HostileDocumentsTest, JsonOf20MegabytesIsNotRead) {
  index_is(index_with(R"("x":")" + std::string(20 << 20, 'x') + "\""));
  expect_refused_everywhere("at most 4194304 are read");
}

TEST_F(HostileDocumentsTest, DeepNesting) {
  index_is(index_with(R"("x":)" + std::string(1'000'000, '[') + std::string(1'000'000, ']')));
  expect_refused_everywhere("nested too deeply");
  image_of_config(R"({"architecture":"amd64","os":"linux","config":)" + std::string(100'000, '[') +
                      std::string(100'000, ']') + "}",
                  {});
  expect_refused_everywhere("nested too deeply");
}

TEST_F(HostileDocumentsTest, TextThatReadersReadDifferently) {
  for (const auto& [more, said] : std::vector<std::pair<std::string, std::string>>{
           {"\"x\":\"\xff\"", "not JSON"},
           {R"("manifests":[])", "the member manifests stands twice"},
           {R"("Manifests":[])", "the member Manifests stands twice"},
           {R"("layers":[],"config":{})", "index.json"}}) {
    index_is(index_with(more));
    expect_refused_everywhere(said);
  }
}

TEST_F(HostileDocumentsTest, DockersManifestOfAnArchive) {
  const std::string list = R"([{"Config":"c.json","RepoTags":["a:1"],"Layers":[]}])";
  for (const auto& [members, said] : std::vector<std::pair<std::string, std::string>>{
           {raw_file("manifest.json", "[" + std::string(20 << 20, ' ') + "]"), "at most 4194304"},
           {raw_file("manifest.json", std::string(500'000, '[')), "nested too deeply"},
           {raw_file("manifest.json", "[]") + raw_file("manifest.json", list), "there twice"},
           {raw_file("manifest.json", R"([{"Config":"../../c","RepoTags":[],"Layers":["../x"]}])"),
            "leads out of it"},
           {raw_file("manifest.json", R"([{"config":"c","Config":"d","Layers":[]}])"),
            "stands twice"}}) {
    write_file(dir_ / "docker.tar", members + std::string(kTarEnd));
    const std::string archive = (dir_ / "docker.tar").string();
    expect_refused(run_bounded({"inspect", archive}), said);
    expect_refused(run_bounded({"copy", archive, "oci:new:v1"}), said);
    expect_refused(run_bounded({"--root", (dir_ / "root").string(), "/bin/hello", "--base", archive,
                                "-o", "made.tar"}),
                   said);
    const Outcome verified = run_bounded({"verify", archive});
    EXPECT_EQ(verified.status, 3) << verified;
    EXPECT_TRUE(contains(verified.out, said)) << verified;
  }
}

TEST_F(HostileDocumentsTest, Schema1) {
  image_.layout({image_.blob("application/vnd.docker.distribution.manifest.v1+prettyjws",
                             R"({"schemaVersion":1,"name":"x","tag":"y","fsLayers":[]})")});
  expect_refused_everywhere("is of schema 1, which Docker gave up in 2017");
}

TEST_F(HostileDocumentsTest, DigestsThatArePathsOrNone) {
  write_file(dir_ / "secret", "12345");
  const auto before = outside();
  for (const std::string& digest :
       {"sha256:../../../../" + (dir_ / "secret").string(), "sha256:" + std::string(63, 'a'),
        "sha256:" + std::string(64, 'A'), "md5:" + std::string(32, 'a')}) {
    entry_is(digest, "5");
    expect_refused_everywhere("digest");
  }
  EXPECT_EQ(outside(), before);
}

TEST_F(HostileDocumentsTest, SizesThatAreNegativeOrLie) {
  const Described manifest = image_.image("x");
  for (const auto& [size, said] :
       std::vector<std::pair<std::string, std::string>>{{"-1", "size"},
                                                        {"99999999999999999999", "size"},
                                                        {"9223372036854775807", "said of it"},
                                                        {"1", "said of it"}}) {
    entry_is(manifest.digest, size);
    expect_refused_everywhere(said);
  }
}

TEST_F(HostileDocumentsTest, ALayerWhoseNameIsNotItsContent) {
  const Described layer =
      image_.blob(image_.types("layer.v1.tar"), raw_file("a", "12345") + kTarEnd);
  image_of_config(image_.config({layer.digest}), {layer});
  write_file(image_.blob_file(layer), raw_file("a", "12346") + kTarEnd);
  expect_refused(build_over(), layer.digest);
  expect_refused(run_bounded({"copy", image(), "oci:new:v1"}), layer.digest);
  expect_refused(run_bounded({"copy", image(), "new.tar"}), layer.digest);
  EXPECT_EQ(verify().status, 3);
}

TEST_F(HostileDocumentsTest, ConfigsThatDoNotFitTheirLayers) {
  const Described layer = image_.blob(image_.types("layer.v1.tar"), raw_file("a", "1") + kTarEnd);
  image_of_config(image_.config({}), {layer});
  expect_refused_everywhere("has 0 diff_ids");
  image_of_layer(raw_file("a", "1") + kTarEnd, "", "sha256:" + std::string(64, 'b'));
  for (const Outcome& outcome : {build_over(), copy_files(), inspect()})
    expect_refused(outcome, "but the image's config says");
}

// A true circle would need an index that holds its own SHA-256.
TEST_F(HostileDocumentsTest, AnIndexThatRefersToItself) {
  const std::string hex(64, 'c');
  const std::string index =
      R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json",)"
      R"("digest":"sha256:)" +
      hex + R"(","size":SIZE}]})";
  std::string text = index;
  text.replace(text.find("SIZE"), 4, std::to_string(index.size() - 1));
  image_.file("blobs/sha256/" + hex, text);
  index_is(text);
  expect_refused_everywhere(hex);
}

TEST_F(HostileDocumentsTest, AUserWhoseNumberIsNone) {
  const std::string layer = raw_file("a", "1") + kTarEnd;
  image_of_layer(layer);
  EXPECT_TRUE(refused(build_over({"-u", "4294967296"}), 2, {"4294967296"}));
  EXPECT_TRUE(refused(build_over({"-u", "4294967295"}), 2, {"4294967295"}));
  std::string config = image_.config(
      {"sha256:" + sha256_of(image_.blob_file(image_.blob(image_.types("layer.v1.tar"), layer)))});
  config.replace(config.find("{\"Cmd\""), 1, R"({"User":"4294967296",)");
  image_of_config(config, {image_.blob(image_.types("layer.v1.tar"), layer)});
  const Outcome verified = verify();
  EXPECT_EQ(verified.status, 3) << verified;
  EXPECT_TRUE(contains(verified.out, "config.User: 4294967296")) << verified;
  expect_refused(build_over(), "is started as user 4294967296, but ");
}

TEST_F(HostileDocumentsTest, APasswdThatLeadsToTheHostIsNeverRead) {
  write_file(dir_ / "a/outside/passwd", "spy:x:99:99::/:\n");
  for (const std::string& target :
       {(dir_ / "a/outside/passwd").string(),
        "../../../../../.." + dir_.string() + "/a/outside/passwd", std::string("../outside/passwd"),
        std::string("/proc/self/root/etc/passwd")}) {
    image_of_layer(raw_folder("etc/") + raw_link("etc/passwd", target) + kTarEnd);
    expect_refused(build_over({"-u", "spy"}), "/etc/passwd");
    expect_refused(build_over({"-u", "root"}), "/etc/passwd");
  }
}

/// A registry that answers as a test says, and a login for it.
class HostileRegistryTest : public HostileImageTest {
 protected:
  static constexpr const char* kSecret = "s3cret-of-the-test";

  /// `pack copy docker://...`, with the login, is refused; what it says holds no secret.
  void expect_pull_refused(const FakeServer& server, const std::string& text) const {
    write_file(dir_ / "auth.json", R"({"auths":{")" + server.authority() +
                                       R"(":{"username":"me","password":")" + kSecret + "\"}}}");
    const Outcome outcome =
        run_bounded({"copy", "--authfile", (dir_ / "auth.json").string(),
                     "docker://" + server.authority() + "/team/app:v1", "oci:new:v1"});
    expect_refused(outcome, text);
    EXPECT_FALSE(contains(outcome.err, kSecret)) << outcome;
    EXPECT_FALSE(contains(outcome.err, "bWU6")) << outcome;
  }
};

TEST_F(HostileRegistryTest, RefusalsWithoutEnd) {
  const FakeServer server([](const FakeRequest&) {
    return FakeResponse{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"x\""}}};
  });
  expect_pull_refused(server, server.authority());
  EXPECT_LT(server.requests().size(), 10U);
}

TEST_F(HostileRegistryTest, RealmsThatAreFilesOrPlainHttpElsewhere) {
  for (const char* realm : {"file:///etc/passwd", "http://auth.example/token"}) {
    const FakeServer server([&](const FakeRequest&) {
      return FakeResponse{.status = 401,
                          .headers = {{"WWW-Authenticate", std::string("Bearer realm=\"") + realm +
                                                               "\",service=\"x\""}}};
    });
    expect_pull_refused(server, "token");
  }
}

TEST_F(HostileRegistryTest, RedirectsInACircle) {
  const FakeServer server([](const FakeRequest& request) {
    return FakeResponse{.status = 307, .headers = {{"Location", request.target}}};
  });
  expect_pull_refused(server, "redirect");
  EXPECT_LT(server.requests().size(), 30U);
}

TEST_F(HostileRegistryTest, RedirectsToAnotherHostTellItNothing) {
  const FakeServer other([](const FakeRequest&) { return FakeResponse{.status = 404}; });
  const FakeServer server([&](const FakeRequest& request) {
    if (request.header("Authorization").empty())
      return FakeResponse{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"x\""}}};
    if (request.path() == "/v2/") return FakeResponse{};
    return FakeResponse{.status = 307, .headers = {{"Location", other.url() + "/x"}}};
  });
  expect_pull_refused(server, "404");
  ASSERT_FALSE(other.requests().empty());
  for (const FakeRequest& request : other.requests())
    EXPECT_EQ(request.header("Authorization"), "");
}

/// A registry that serves the documents of a good image, its layer as `spoilt` makes it.
FakeServer::Handler serving(const test::HandMadeImage& image, const Described& manifest,
                            const std::function<FakeResponse(FakeResponse)>& spoilt) {
  return [&image, manifest, spoilt](const FakeRequest& request) -> FakeResponse {
    if (request.path() == "/v2/") return {};
    const std::string path = request.path();
    if (path.find("/manifests/") != path.npos)
      return {
          .headers = {{"Content-Type", manifest.type}, {"Docker-Content-Digest", manifest.digest}},
          .body = read_file(image.blob_file(manifest))};
    const fs::path blob = image.path() / "blobs/sha256" / path.substr(path.rfind(':') + 1);
    FakeResponse whole{.body = read_file(blob)};
    return whole.body.starts_with('{') ? whole : spoilt(whole);
  };
}

TEST_F(HostileRegistryTest, BlobsOfAnotherDigestOrCutOff) {
  const Described manifest = image_.image(std::string(100'000, 'x'));
  const FakeServer wrong(serving(image_, manifest, [](FakeResponse response) {
    response.body[response.body.size() / 2] ^= 1;
    return response;
  }));
  expect_pull_refused(wrong, "damaged");
  const FakeServer cut(serving(image_, manifest, [](FakeResponse response) {
    response.wire = FakeResponse::Wire::half_of_body;
    return response;
  }));
  expect_pull_refused(cut, cut.authority());
}

/// Each answer comes late, but it comes.
TEST_F(HostileRegistryTest, SlowRepliesAreWaitedFor) {
  const Described manifest = image_.image("x");
  const auto quick = serving(image_, manifest, [](FakeResponse response) { return response; });
  const FakeServer server([&](const FakeRequest& request) {
    FakeResponse response = quick(request);
    response.delay = std::chrono::milliseconds(1500);
    return response;
  });
  EXPECT_TRUE(succeeded(
      run_bounded({"copy", "docker://" + server.authority() + "/team/app:v1", "oci:new:v1"})));
}

}  // namespace
}  // namespace pack
