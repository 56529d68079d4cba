// Names of images on the command line. The grammar is containers-transports(5)'s; skopeo shows for
// some of them what it makes of them.

#include "transport/source_spec.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "image/refused.h"
#include "support/shell.h"

namespace pack {
namespace {

using Kind = SourceSpec::Kind;
using test::refused;

std::string hex() { return std::string(64, 'a'); }

TEST(SourceSpecTest, TransportsPathsAndReferencesAreToldApart) {
  struct Case {
    std::string text;
    Kind kind;
    std::string path, reference;
  };
  const std::vector<Case> cases = {
      {"site.tar", Kind::path, "site.tar", ""},
      {"site.tar@web:v1", Kind::path, "site.tar", "web:v1"},
      {"site.tar@sha256:" + hex(), Kind::path, "site.tar", "sha256:" + hex()},
      {"./a:b", Kind::path, "./a:b", ""},
      {"docker-archive:a.tar", Kind::path, "a.tar", ""},
      {"docker-archive:a.tar:host:5000/n:t", Kind::path, "a.tar", "host:5000/n:t"},
      {"docker-archive:a.tar:@1", Kind::path, "a.tar", "@1"},
      {"oci-archive:/x/a.tar:v1", Kind::path, "/x/a.tar", "v1"},
      {"oci:layout:v1", Kind::path, "layout", "v1"},
      {"oci:layout", Kind::path, "layout", ""},
      {"oci:layout@v1", Kind::path, "layout", "v1"},
      {"docker-daemon:basic:v1", Kind::daemon, "", "basic:v1"},
      {"docker-daemon:sha256:" + hex(), Kind::daemon, "", "sha256:" + hex()},
      {"docker://debian:12", Kind::registry, "", "debian:12"},
      {"docker://h:5000/r:t@sha256:" + hex(), Kind::registry, "", "h:5000/r:t@sha256:" + hex()},
      {"-", Kind::stream, "", ""},
      {"-@web:v1", Kind::stream, "", "web:v1"}};
  for (const Case& it : cases) {
    const SourceSpec spec = parse_source(it.text);
    EXPECT_EQ(spec.kind, it.kind) << it.text;
    EXPECT_EQ(spec.path, it.path) << it.text;
    EXPECT_EQ(spec.reference, it.reference) << it.text;
    const SourceSpec again = parse_source(spec.str());
    EXPECT_EQ(again.kind, it.kind) << spec.str();
    EXPECT_EQ(again.path.substr(again.path.starts_with("./") && !it.path.starts_with("./") ? 2 : 0),
              it.path)
        << spec.str();
    EXPECT_EQ(again.reference, it.reference) << spec.str();
  }
}

TEST(SourceSpecTest, WhatCannotBeReadIsRefusedWithWhatCan) {
  for (const char* text : {"", "oci:", "rootfs:d", "dir:d", "containers-storage:x",
                           "https://host/x", "ftp://x", "docker-daemon:", "docker://",
                           "docker://UPPER", "docker-daemon:a b", "docker-daemon:sha256:12"}) {
    EXPECT_NE(refused([&] { return parse_source(text); }), "") << text;
  }
  EXPECT_NE(refused([] { return parse_source("dir:d"); }).find("oci-archive:PATH"),
            std::string::npos);
}

TEST(SourceSpecTest, APasswordInAnAddressIsNotShown) {
  for (const char* text : {"docker://me:s3cret@host/r:t", "docker://me:s3cret@host",
                           "https://me:s3cret@host/r", "docker-daemon:me:s3cret@x"}) {
    const std::string why = refused([&] { return parse_source(text); });
    EXPECT_NE(why, "") << text;
    EXPECT_EQ(why.find("s3cret"), std::string::npos) << why;
  }
}

class ResolveTest : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  SourceSpec resolved(const std::string& before, const std::string& name) const {
    return resolve_path(parse_source(before + at(name)));
  }
  test::TemporaryFolder folder_;
};

TEST_F(ResolveTest, APathThatExistsIsThatPathWhateverItHolds) {
  for (const char* name : {"a@b", "a:b", "a@b:c", "me@host/a.tar", "x@y@z"}) {
    write_file(folder_.path() / name, "");
    for (const char* before : {"", "oci:", "docker-archive:"}) {
      const SourceSpec spec = resolved(before, name);
      EXPECT_EQ(spec.path, at(name)) << before << name;
      EXPECT_EQ(spec.reference, "") << before << name;
    }
  }
}

TEST_F(ResolveTest, TheLongestPathThatExistsIsTaken) {
  write_file(folder_.path() / "a", "");
  write_file(folder_.path() / "a@b", "");
  EXPECT_EQ(resolved("", "a@b@web:v1").path, at("a@b"));
  EXPECT_EQ(resolved("", "a@b@web:v1").reference, "web:v1");
  EXPECT_EQ(resolved("", "a@web@sha256:" + hex()).reference, "web@sha256:" + hex());
  EXPECT_EQ(resolved("oci:", "a:x:y").reference, "x:y");
  EXPECT_EQ(resolved("oci:", "a@x:y").reference, "x:y");
}

TEST_F(ResolveTest, WhatIsNotThereIsNamedAsItWasTyped) {
  const auto failure = [](const std::string& text) -> std::string {
    try {
      resolve_path(parse_source(text));
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(failure(at("none@v1")), "there is no file or folder " + at("none@v1"));
  EXPECT_EQ(failure("basic:v1"),
            "there is no file or folder basic:v1; an image of a registry is docker://basic:v1, "
            "one of the engine docker-daemon:basic:v1");
}

// The same rule as skopeo's: what stands behind the first ':' of oci:DIR:REF is the name.
TEST_F(ResolveTest, SkopeoTakesTheSameTag) {
  PACK_REQUIRE_TOOL("skopeo");
  PACK_REQUIRE_TOOL("umoci");
  const test::ToolRun made = test::run("cd " + folder_.str() +
                                       " && umoci init --layout l && umoci new --image l:x &&"
                                       " skopeo copy -q oci:l:x oci:l:host:5000/n:t &&"
                                       " skopeo inspect --raw oci:l:host:5000/n:t");
  EXPECT_EQ(made.status, 0) << made.output;
  EXPECT_EQ(resolved("oci:", "l:host:5000/n:t").reference, "host:5000/n:t");
}

}  // namespace
}  // namespace pack
