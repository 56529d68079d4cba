// From words on a command line to what they mean.

#include "cli/build_request.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/error.h"

namespace pack {
namespace {

using Texts = std::vector<std::string>;

const Surroundings kHere{.working_dir = "/home/me",
                         .path = "/usr/bin:/bin",
                         .ld_library_path = {},
                         .source_date_epoch = {}};

BuildRequest resolve(Texts words, const Surroundings& here = kHere, const Texts& arguments = {}) {
  CLI::App app;
  BuildOptions options;
  options.arguments = arguments;
  add_build_options(app, options);
  std::reverse(words.begin(), words.end());
  app.parse(words);
  return resolve_request(options, here);
}

/// The same with a program and a name.
BuildRequest with(Texts words) {
  words.insert(words.end(), {"/bin/sh", "-t", "x"});
  return resolve(std::move(words));
}

/// The sentence with which it is refused; "" when it is not.
std::string refusal(const Texts& words) {
  try {
    with(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(BuildRequest, ProgramsAreAbsoluteOrBareNames) {
  const BuildRequest request =
      resolve({"./app", "bash", "/bin/ls", "../x/y", "../../../z", "-t", "x"});
  EXPECT_EQ(request.programs, (Texts{"/home/me/app", "bash", "/bin/ls", "/home/x/y", "/z"}));
  EXPECT_EQ(request.program_path, "/usr/bin:/bin");
  EXPECT_EQ(request.root, "/");
}

TEST(BuildRequest, WhatDotsMeanBehindASymlinkIsLeftToTheWalk) {
  EXPECT_EQ(resolve({"link/../app", "/l/./..//app", "-t", "x"}).programs,
            (Texts{"/home/me/link/../app", "/l/../app"}));
}

TEST(BuildRequest, InARootOfTheirOwnPathsStartThere) {
  Surroundings here = kHere;
  here.ld_library_path = "/host/lib";
  const BuildRequest request = resolve(
      {"bin/app", "--root", "sysroot", "-a", "etc/x", "-t", "x", "--library-path", "opt"}, here);
  EXPECT_EQ(request.root, "sysroot");
  EXPECT_EQ(request.programs, Texts{"/bin/app"});
  EXPECT_EQ(request.additions[0].source, "/etc/x");
  EXPECT_EQ(request.program_path, std::string(kDefaultPath));
  EXPECT_EQ(request.plan.library_path, Texts{"/opt"});  // this machine's variable has no say
}

TEST(BuildRequest, ReferencesAndDestinations) {
  const BuildRequest request =
      resolve({"/bin/sh", "-t", "tools:v1", "--tag", "tools", "-t", "tools:latest"});
  ASSERT_EQ(request.references.size(), 2U);  // no tag is the tag latest
  EXPECT_EQ(request.references[0].full(), "docker.io/library/tools:v1");
  EXPECT_EQ(request.references[1].full(), "docker.io/library/tools:latest");
  ASSERT_EQ(request.destinations.size(), 1U);
  EXPECT_EQ(request.destinations[0].path, "tools.tar");
}

TEST(BuildRequest, SeveralDestinations) {
  const BuildRequest request =
      with({"-o", "a.tar", "-o", "oci:dir:v1", "--output", "rootfs:out", "-o", "-"});
  Texts texts;
  for (const DestinationSpec& destination : request.destinations)
    texts.push_back(destination.str());
  EXPECT_EQ(texts, (Texts{"a.tar", "oci:dir:v1", "rootfs:out", "-"}));
}

TEST(BuildRequest, ADryRunNeedsNoName) {
  EXPECT_EQ(resolve({"/bin/sh", "--dry-run"}).destinations.size(), 0U);
  EXPECT_THROW(resolve({"/bin/sh"}), UsageError);
  EXPECT_EQ(resolve({"/bin/sh", "-o", "x.tar"}).references.size(), 0U);
}

TEST(BuildRequest, TheWholeConfig) {
  const BuildRequest request = with({"-e",
                                     "K=V",
                                     "-e",
                                     "E=",
                                     "-e",
                                     "K=W=2",
                                     "-w",
                                     "/srv",
                                     "-u",
                                     "1000:1000",
                                     "-p",
                                     "8080",
                                     "-p",
                                     "53/udp",
                                     "-l",
                                     "a=b",
                                     "--volume",
                                     "/data",
                                     "--stop-signal",
                                     "TERM",
                                     "--author",
                                     "Me",
                                     "--platform",
                                     "linux/arm64",
                                     "--annotation",
                                     "o=p"});
  EXPECT_EQ(request.config.env, (Texts{"K=W=2", "E="}));
  EXPECT_EQ(request.config.working_dir, "/srv");
  EXPECT_EQ(request.plan.working_dir, "/srv");
  EXPECT_EQ(request.config.user, "1000:1000");
  EXPECT_TRUE(request.config.exposed_ports.contains("8080/tcp"));
  EXPECT_TRUE(request.config.exposed_ports.contains("53/udp"));
  EXPECT_EQ(request.config.labels.at("a"), "b");
  EXPECT_TRUE(request.config.volumes.contains("/data"));
  EXPECT_EQ(request.config.stop_signal, "SIGTERM");
  EXPECT_EQ(request.config.author, "Me");
  EXPECT_EQ(request.config.platform.architecture, "arm64");
  EXPECT_EQ(request.annotations.at("o"), "p");
}

TEST(BuildRequest, EntrypointAndCmd) {
  EXPECT_EQ(with({"--entrypoint", "/bin/sh"}).config.entrypoint, Texts{"/bin/sh"});
  EXPECT_EQ(with({"--entrypoint", "a b"}).config.entrypoint, Texts{"a b"});
  EXPECT_EQ(with({"--entrypoint", R"(["/bin/sh","-c",""])"}).config.entrypoint,
            (Texts{"/bin/sh", "-c", ""}));
  EXPECT_EQ(with({"--cmd", R"(["x", "é"])"}).config.cmd, (Texts{"x", "é"}));
  EXPECT_EQ(resolve({"/bin/sh", "-t", "x"}, kHere, {"-c", "echo hi"}).config.cmd,
            (Texts{"-c", "echo hi"}));
  for (const char* bad : {"[", "[]", "[1]", R"(["a",null])", R"(["a"] x)", R"([["a"]])"})
    EXPECT_NE(refusal({"--cmd", bad}), "") << bad;
  EXPECT_THROW(resolve({"/bin/sh", "-t", "x", "--cmd", "y"}, kHere, {"z"}), UsageError);
}

TEST(BuildRequest, Moments) {
  EXPECT_EQ(with({}).config.created, "1970-01-01T00:00:00Z");
  EXPECT_EQ(with({"--created", "1700000000"}).config.created, "2023-11-14T22:13:20Z");
  for (const char* good :
       {"2024-02-29T23:59:59Z", "2024-01-31T12:00:00+05:30", "2024-01-31T12:00:00.123456789Z"})
    EXPECT_EQ(with({"--created", good}).config.created, good);
  for (const char* bad : {"yesterday", "2024-01-31", "2024-01-31T12:00:00", "2024-13-01T00:00:00Z",
                          "2023-02-29T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-01T24:00:00Z",
                          "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00.Z",
                          "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+1:00",
                          "2024-01-01T00:00:00ZZ", "99999999999999999999"})
    EXPECT_NE(refusal({"--created", bad}), "") << bad;
}

TEST(BuildRequest, SourceDateEpoch) {
  Surroundings here = kHere;
  here.source_date_epoch = "1700000000";
  const BuildRequest request = resolve({"/bin/sh", "-t", "x"}, here);
  EXPECT_EQ(request.timestamp, 1'700'000'000);
  EXPECT_EQ(request.config.created, "2023-11-14T22:13:20Z");
  for (const char* bad : {"now", "-1", "", "1.5", "99999999999999"}) {
    here.source_date_epoch = bad;
    EXPECT_THROW(resolve({"/bin/sh", "-t", "x"}, here), UsageError) << bad;
  }
}

TEST(BuildRequest, LibraryPath) {
  Surroundings here = kHere;
  here.ld_library_path = "/env:rel:";
  const BuildRequest request = resolve(
      {"/bin/sh", "-t", "x", "--library-path", "/a:b;/c", "--library-path", "$ORIGIN/l"}, here);
  // As the loader has it, an empty element is the working directory.
  EXPECT_EQ(request.plan.library_path,
            (Texts{"/a", "/home/me/b", "/c", "$ORIGIN/l", "/env", "/home/me/rel", "/home/me/"}));
  here.ld_library_path = "";
  EXPECT_EQ(resolve({"/bin/sh", "-t", "x"}, here).plan.library_path, Texts{});
}

TEST(BuildRequest, Additions) {
  const BuildRequest request = with({"-a", "conf:/etc/conf", "-a", "/abs", "-a", "*.so:/lib/"});
  ASSERT_EQ(request.additions.size(), 3U);
  EXPECT_EQ(request.additions[0].source, "/home/me/conf");
  EXPECT_EQ(request.additions[0].destination, "/etc/conf");
  EXPECT_EQ(request.additions[1].source, "/abs");
  EXPECT_EQ(request.additions[2].source, "/home/me/*.so");
}

TEST(BuildRequest, EntriesAndOverrides) {
  const BuildRequest request = with(
      {"--symlink", "/bin/sh:bash", "--mkdir", "/srv", "--mkdir", "/var/x:1770", "--chmod",
       "/bin/*:4755", "--chown", "/srv:me:us", "--exclude", "*.a", "--bare", "--allow-missing"});
  const PlanRequest& plan = request.plan;
  EXPECT_EQ(plan.symlinks[0].path.str(), "/bin/sh");
  EXPECT_EQ(plan.symlinks[0].target, "bash");
  EXPECT_EQ(plan.directories[0].mode, std::nullopt);
  EXPECT_EQ(plan.directories[1].path.str(), "/var/x");
  EXPECT_EQ(plan.directories[1].mode, 01770U);
  EXPECT_EQ(plan.modes[0].pattern.str(), "/bin/*");
  EXPECT_EQ(plan.modes[0].mode, 04755U);
  EXPECT_EQ(plan.owners[0].owner, "me:us");
  EXPECT_EQ(plan.excludes[0].str(), "*.a");
  EXPECT_EQ(plan.essentials, Essentials::left_out);
  EXPECT_EQ(request.missing, MissingPolicy::warn);
}

TEST(BuildRequest, WhatIsWrongIsRefusedWithTheOptionsName) {
  const std::vector<std::pair<std::string, Texts>> wrong = {
      {"--symlink", {"/a", "a:b", "/:x", "/a:", ":b"}},
      {"--mkdir", {"rel", "/", "/a:999", "/a:", "/a:77777"}},
      {"--chmod", {"/a", "/a:rwx", "/a:8", "/a:77777", "/a:-1", ":755"}},
      {"--chown", {"/a", "/a:", ":0"}},
      {"--created", {"x"}}};
  for (const auto& [option, values] : wrong)
    for (const std::string& value : values)
      EXPECT_NE(refusal({option, value}).find(option), std::string::npos) << option << ' ' << value;
}

TEST(BuildRequest, OtherWrongValuesAreRefused) {
  const std::vector<std::pair<std::string, Texts>> wrong = {
      {"-t", {"Basic:v1", "x:" + std::string(129, 'a'), ""}},
      {"-e", {"K", "=V"}},
      {"-p", {"0", "65536", "x", "80/icmp"}},
      {"-u", {"a b", "4294967296", ":"}},
      {"-w", {"rel"}},
      {"--volume", {"rel", "/"}},
      {"--stop-signal", {"SIGNONE", "0"}},
      {"--platform", {"linux", "x/y/z/w"}},
      {"--exclude", {"a/b", ""}},
      {"-a", {":/x", ""}},
      {"-l", {"=x"}},
      {"-o", {"docker://", "oci:", ""}},
      {"--root", {""}}};
  for (const auto& [option, values] : wrong)
    for (const std::string& value : values)
      EXPECT_NE(refusal({option, value}), "") << option << " '" << value << "'";
  EXPECT_THROW(resolve({"-t", "x"}), UsageError);
  EXPECT_THROW(resolve({"", "-t", "x"}), UsageError);
}

TEST(BuildOptions, RepeatableOptionsDoNotSwallowThePrograms) {
  const BuildRequest request =
      resolve({"-t", "a", "prog", "-e", "K=V", "other", "--add", "x", "third", "-o", "f.tar"});
  EXPECT_EQ(request.programs, (Texts{"prog", "other", "third"}));
}

TEST(BuildOptions, UnknownOnesAreRefused) {
  EXPECT_THROW(with({"--no-such-option"}), CLI::ParseError);
  EXPECT_THROW(resolve({"/bin/sh", "--symlink"}), CLI::ParseError);
  EXPECT_THROW(with({"--bare=maybe"}), CLI::ParseError);
  EXPECT_NE(refusal({"-q", "-v"}), "");
  EXPECT_NE(refusal({"-q", "--json"}), "");
}

}  // namespace
}  // namespace pack
