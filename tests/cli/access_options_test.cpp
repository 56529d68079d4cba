#include "cli/access_options.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "support/temp_dir.h"

namespace pack {
namespace {

TEST(AccessOptions, BecomeWhatTransportsAskFor) {
  const TempDir temp;
  write_file(temp / "ca.pem", "");
  write_file(temp / "auth.json", "{}");
  CLI::App app;
  AccessOptions options;
  add_access_options(app, options);
  app.parse("--insecure --tls-ca " + (temp / "ca.pem").string() + " --authfile " +
            (temp / "auth.json").string());
  Surroundings surroundings;
  surroundings.environment = {{"HTTPS_PROXY", "http://p:1"}};
  const Access access = resolve_access(options, surroundings, nullptr);
  EXPECT_TRUE(access.insecure);
  EXPECT_EQ(access.tls_ca, (temp / "ca.pem").string());
  EXPECT_EQ(access.auth_file, (temp / "auth.json").string());
  EXPECT_EQ(access.variable("HTTPS_PROXY"), "http://p:1");
  EXPECT_EQ(access.variable("NO_PROXY"), "");
}

TEST(AccessOptions, FilesMustBeThere) {
  const TempDir temp;
  AccessOptions options;
  options.tls_ca = (temp / "none.pem").string();
  EXPECT_THROW(resolve_access(options, {}, nullptr), UsageError);
  options = {};
  options.auth_file = temp.path().string();
  EXPECT_THROW(resolve_access(options, {}, nullptr), UsageError);
}

TEST(Surroundings, HoldTheWholeEnvironment) {
  ::setenv("PACK_TEST_VARIABLE", "a=b", 1);
  EXPECT_EQ(read_surroundings().environment.at("PACK_TEST_VARIABLE"), "a=b");
}

}  // namespace
}  // namespace pack
