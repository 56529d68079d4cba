#include "image/reference.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "image/refused.h"
#include "support/shell.h"

namespace pack {
namespace {

using test::refused;

std::string full(std::string_view text) { return parse_reference(text).full(); }

std::string why(std::string_view text) {
  return refused([&] { return parse_reference(text); });
}

std::string times(size_t count, char c) { return std::string(count, c); }

TEST(Reference, IsCompletedAsDockerDoes) {
  EXPECT_EQ(full("basic:v1"), "docker.io/library/basic:v1");
  EXPECT_EQ(full("basic"), "docker.io/library/basic:latest");
  EXPECT_EQ(full("docker.io/basic"), "docker.io/library/basic:latest");
  EXPECT_EQ(full("index.docker.io/basic"), "docker.io/library/basic:latest");
  EXPECT_EQ(full("team/basic:v1"), "docker.io/team/basic:v1");
  EXPECT_EQ(full("localhost/foo"), "localhost/foo:latest");
  EXPECT_EQ(full("localhost:5000"), "docker.io/library/localhost:5000");
  EXPECT_EQ(full("host:5000/foo"), "host:5000/foo:latest");
  EXPECT_EQ(full("Registry.Example.com/a/b/c:V1"), "Registry.Example.com/a/b/c:V1");
  EXPECT_EQ(full("[::1]:5000/foo:v1"), "[::1]:5000/foo:v1");
  EXPECT_EQ(full("[2001:db8::1]/foo"), "[2001:db8::1]/foo:latest");
}

TEST(Reference, FamiliarIsTheShortestSpellingThatMeansTheSame) {
  const auto familiar = [](std::string_view text) { return parse_reference(text).familiar(); };
  EXPECT_EQ(familiar("docker.io/library/basic:v1"), "basic:v1");
  EXPECT_EQ(familiar("docker.io/team/basic:v1"), "team/basic:v1");
  EXPECT_EQ(familiar("docker.io/library/team/basic:v1"), "library/team/basic:v1");
  EXPECT_EQ(familiar("localhost:5000/basic"), "localhost:5000/basic:latest");
  EXPECT_EQ(familiar("docker.io/a.b/c:v1"), "docker.io/a.b/c:v1");
  EXPECT_EQ(familiar("docker.io/localhost/c:v1"), "docker.io/localhost/c:v1");
}

TEST(Reference, BaseNameIsTheLastComponent) {
  EXPECT_EQ(parse_reference("basic:v1").base_name(), "basic");
  EXPECT_EQ(parse_reference("host:5000/a/b-c:v1").base_name(), "b-c");
}

TEST(PinnedReference, MayHaveATagADigestOrBoth) {
  const std::string digest = "sha256:" + times(64, 'a');
  const auto read = [](const std::string& text) { return parse_pinned_reference(text); };
  EXPECT_EQ(read("basic").reference.full(), "docker.io/library/basic:latest");
  EXPECT_EQ(read("basic").digest, std::nullopt);
  EXPECT_EQ(read("basic:v1@" + digest).reference.tag, "v1");
  EXPECT_EQ(read("basic:v1@" + digest).digest, Digest(digest));
  const PinnedReference pinned = read("localhost:5000/a/basic@" + digest);
  EXPECT_EQ(pinned.reference.tag, "");
  EXPECT_EQ(pinned.reference.full(), "localhost:5000/a/basic");
  EXPECT_EQ(read("basic@" + digest).reference.familiar(), "basic");
  EXPECT_EQ(pinned.digest, Digest(digest));
}

TEST(PinnedReference, RefusesDigestsThatAreNone) {
  for (const std::string& digest :
       {std::string(), std::string("sha256:../../x"), "sha256:" + times(64, 'A'),
        "sha512:" + times(128, 'a'), "sha256:" + times(64, 'a') + "@sha256:" + times(64, 'a')})
    EXPECT_NE(refused([&] {
                return parse_pinned_reference("basic@" + digest);
              }).find("not a sha256 digest"),
              std::string::npos)
        << digest;
  EXPECT_NE(refused([] { return parse_pinned_reference("@sha256:" + times(64, 'a')); }), "");
}

TEST(Reference, AnUppercaseNameIsToldInLowercase) {
  EXPECT_EQ(why("Basic:v1"), "reference Basic:v1: a name is lowercase; write basic:v1");
  EXPECT_EQ(why("Team/Basic:V1"),
            "reference Team/Basic:V1: a name is lowercase; write team/basic:V1");
  EXPECT_EQ(why("host.io/Basic"),
            "reference host.io/Basic: a name is lowercase; write host.io/basic");
}

TEST(Reference, EveryRuleHasItsSentence) {
  EXPECT_EQ(why("basic:" + times(128, 'v')), "");
  EXPECT_NE(why("basic:" + times(129, 'v')).find("the tag has 129 characters; at most 128"),
            std::string::npos);
  EXPECT_EQ(why("basic:"),
            "reference basic:: the tag after ':' is empty; write one or leave the ':' out");
  EXPECT_EQ(why(":"), "reference :: the name is missing; write NAME:TAG, such as basic:v1");
  EXPECT_EQ(why(":v1"), "reference :v1: the name is missing; write NAME:TAG, such as basic:v1");
  EXPECT_EQ(why(""), "reference \"\": the name is empty; write NAME:TAG, such as basic:v1");
  EXPECT_EQ(why("basic:v1:v2"),
            "reference basic:v1:v2: a tag holds only letters, digits, '_', '.' and '-', not :");
  EXPECT_EQ(why("basic:-v1"), "reference basic:-v1: a tag begins with a letter, a digit or '_'");
  EXPECT_EQ(why("ba sic"),
            "reference \"ba sic\": a name holds only a-z, 0-9, '.', '_', '-' and '/', not \" \"");
  EXPECT_EQ(why("a//b"), "reference a//b: nothing stands before or after a '/'; take the '/' away");
  EXPECT_EQ(why("host.io/"),
            "reference host.io/: the name is missing; write NAME:TAG, such as basic:v1");
  EXPECT_EQ(why("-x.io/foo"),
            "reference -x.io/foo: -x.io is not a host name with an optional :PORT");
  // Docker 20.10 takes this for a path without any host, and then fails to push it.
  EXPECT_NE(why("h_h.io/foo").find("h_h.io is not a host name"), std::string::npos);
  EXPECT_EQ(why("https://host.io/foo"),
            "reference https://host.io/foo: this is an address; write the name without https://");
  EXPECT_NE(why(times(64, 'a')).find("64 hex digits are an image id"), std::string::npos);
  EXPECT_NE(why("basic@sha256:" + times(64, 'a')).find("cannot be named by a digest"),
            std::string::npos);
  EXPECT_NE(why("sha256:v1").find("Docker takes the name sha256 for a digest"), std::string::npos);
}

TEST(Reference, OfAHugeTextOnlyTheStartIsShown) {
  for (const std::string& text : {times(1 << 20, 'a'), times(1 << 20, '.'), times(1 << 20, 'A')}) {
    EXPECT_NE(why(text).find("it has 1048576 characters"), std::string::npos);
    EXPECT_LT(why(text).size(), 500U);
  }
}

// Docker's own library, in skopeo, says which references are right and how they read in full.
class ReferenceOracle : public ::testing::Test {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("skopeo");
    PACK_REQUIRE_TOOL("umoci");
    ASSERT_EQ(
        test::run("umoci init --layout " + layout() + " && umoci new --image " + layout() + ":x")
            .status,
        0);
  }
  std::string layout() const { return folder_.str() + "/layout"; }

  /// The reference that skopeo writes into an archive, empty when it refuses.
  std::string skopeo(const std::string& text) const {
    const std::string archive = folder_.str() + "/a.tar";
    std::filesystem::remove(archive);
    if (test::run("skopeo copy oci:" + layout() + ":x 'docker-archive:" + archive + ":" + text +
                  "'")
            .status != 0)
      return "";
    const test::ToolRun read = test::run("tar -xOf " + archive + " manifest.json");
    return nlohmann::json::parse(read.output).at(0).at("RepoTags").at(0);
  }

  test::TemporaryFolder folder_;
};

TEST_F(ReferenceOracle, AgreesWithSkopeo) {
  const std::string hub = "docker.io/library/";
  const std::vector<std::string> references = {"basic:v1",
                                               "basic",
                                               "docker.io/basic",
                                               "index.docker.io/basic",
                                               "team/basic:v1",
                                               "localhost/foo",
                                               "host:5000/foo",
                                               "host.io/a/b/c:V_1.2-3",
                                               "Host.io/a",
                                               "a.b",
                                               "a_b",
                                               "a__b",
                                               "a---b",
                                               "a-b_c.d",
                                               "0",
                                               "a:_",
                                               "sub/localhost",
                                               "docker.io/a.b/c:v1",
                                               "library/x",
                                               times(255 - hub.size(), 'a'),
                                               times(256 - hub.size(), 'a'),
                                               "h.io/" + times(250, 'a'),
                                               "h.io/" + times(251, 'a'),
                                               "a:" + times(128, 'v'),
                                               "a:" + times(129, 'v'),
                                               "Basic:v1",
                                               "host.io/Basic",
                                               "a___b",
                                               "a..b",
                                               "a._b",
                                               "a.-b",
                                               "-a",
                                               "a-",
                                               "_a",
                                               "a.",
                                               ".a",
                                               "a//b",
                                               "/a",
                                               "a/",
                                               "a:.x",
                                               "a:-x",
                                               "a:v+1",
                                               "a b",
                                               "\xc3\xa4",
                                               "a:\xc3\xa4",
                                               "host:/a",
                                               "host:x/a",
                                               "-h.io/a",
                                               "h-.io/a",
                                               "h..io/a",
                                               ".io/a",
                                               "h.io./a",
                                               times(64, 'a'),
                                               times(63, 'a'),
                                               times(64, 'g')};
  for (const std::string& text : references) {
    const std::string theirs = skopeo(text), refusal = why(text);
    if (theirs.empty())
      EXPECT_NE(refusal, "") << "skopeo refuses " << text;
    else
      EXPECT_EQ(refusal.empty() ? full(text) : refusal, theirs) << text;
  }
}

}  // namespace
}  // namespace pack
