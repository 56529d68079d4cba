#include "transport/destination.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace pack {
namespace {

using Kind = DestinationSpec::Kind;

void expect_parsed(const std::string& text, Kind kind, const std::string& path,
                   const std::string& tag = "") {
  const DestinationSpec spec = parse_destination(text);
  EXPECT_EQ(spec.kind, kind) << text;
  EXPECT_EQ(spec.path, path) << text;
  EXPECT_EQ(spec.tag, tag) << text;
}

TEST(ParseDestination, KnowsTheFormsOfContainersTransports) {
  expect_parsed("basic.tar", Kind::archive, "basic.tar");
  expect_parsed("docker-archive:/a/b.tar", Kind::archive, "/a/b.tar");
  expect_parsed("oci-archive:b.tar", Kind::archive, "b.tar");
  expect_parsed("oci:layout", Kind::oci_layout, "layout");
  expect_parsed("oci:layout:v1.2", Kind::oci_layout, "layout", "v1.2");
  expect_parsed("oci:/l:localhost/a:v1", Kind::oci_layout, "/l", "localhost/a:v1");
  expect_parsed("rootfs:/srv/root:1", Kind::rootfs, "/srv/root:1");
  expect_parsed("-", Kind::stream, "");
}

TEST(ParseDestination, ASlashBeforeTheColonMakesAPath) {
  expect_parsed("./a:b.tar", Kind::archive, "./a:b.tar");
  expect_parsed("/tmp/oci:x", Kind::archive, "/tmp/oci:x");
}

TEST(ParseDestination, EnginesAndRegistriesTakeReferences) {
  const DestinationSpec unnamed = parse_destination("docker-daemon:");
  EXPECT_EQ(unnamed.kind, Kind::daemon);
  EXPECT_FALSE(unnamed.reference);
  const DestinationSpec named = parse_destination("docker-daemon:basic");
  EXPECT_EQ(named.kind, Kind::daemon);
  EXPECT_EQ(named.reference->full(), "docker.io/library/basic:latest");
  const DestinationSpec registry = parse_destination("docker://localhost:5000/a/b:v1");
  EXPECT_EQ(registry.kind, Kind::registry);
  EXPECT_EQ(registry.reference->full(), "localhost:5000/a/b:v1");
}

class RefusedTest : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Texts, RefusedTest,
                         testing::Values("", "oci:", "oci::v1", "oci:dir:", "oci:dir:-x",
                                         "oci:dir:a b",
                                         "rootfs:", "docker-archive:", "docker-archive:a.tar:b:v1",
                                         "docker://", "docker:a:v1", "docker://example.org/A:v1",
                                         "docker://a@sha256:00", "docker-daemon:A",
                                         "docker-daemon:a:b:c", "dir:x", "C:image.tar"));

TEST_P(RefusedTest, IsAnErrorOfTheCommandLine) {
  EXPECT_THROW(parse_destination(GetParam()), UsageError);
}

TEST(DestinationSpec, IsShownAsItIsWritten) {
  for (const char* text : {"a.tar", "oci:dir:v1", "oci:dir", "rootfs:r", "-",
                           "docker-daemon:", "docker-daemon:a:v1", "docker://example.org/a:v1"})
    EXPECT_EQ(parse_destination(text).str(), text);
}

}  // namespace
}  // namespace pack
