#include "transport/docker_config.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/shell.h"
#include "support/temp_dir.h"

namespace pack {

void PrintTo(const Credentials& login, std::ostream* out) {
  *out << login.username << "|" << login.password << "|" << login.identity_token << "|"
       << login.registry_token;
}

namespace {

constexpr const char* kCanary = "CANARY-4711";

Credentials login(const std::string& username, const std::string& password) {
  return {.username = username, .password = password};
}

/// The value of "auth" for USER:PASSWORD, made by base64(1).
std::string auth(const std::string& plain) {
  const test::TemporaryFolder folder;
  write_file(folder / "plain", plain);
  return test::run("base64 -w0 " + (folder / "plain").string()).output;
}

std::map<std::string, Credentials> logins(const std::string& auths) {
  return parse_docker_config("{\"auths\":{" + auths + "}}", "config.json").logins;
}

TEST(DockerConfig, EveryKindOfLogin) {
  EXPECT_EQ(logins("\"a.io\":{\"auth\":\"" + auth("user:p:w") + "\"}").at("a.io"),
            login("user", "p:w"));
  EXPECT_EQ(logins(R"("a.io":{"username":"u","password":"p"})").at("a.io"), login("u", "p"));
  EXPECT_EQ(logins("\"a.io\":{\"auth\":\"" + auth("u:p") + R"(","identitytoken":"i"})")
                .at("a.io")
                .identity_token,
            "i");
  EXPECT_EQ(logins(R"("a.io":{"registrytoken":"r"})").at("a.io").registry_token, "r");
  EXPECT_EQ(logins("\"a.io\":{\"auth\":\"" + auth(std::string("u:p\0\0", 5)) + "\"}").at("a.io"),
            login("u", "p"));
}

TEST(DockerConfig, KeysInEverySpelling) {
  const std::string value = R"(:{"username":"u","password":"p"})";
  for (const auto& [key, plain] :
       std::map<std::string, std::string>{{"https://index.docker.io/v1/", "docker.io"},
                                          {"index.docker.io", "docker.io"},
                                          {"docker.io", "docker.io"},
                                          {"registry-1.docker.io", "docker.io"},
                                          {"https://host:5000/v1/", "host:5000"},
                                          {"http://host/v2/", "host"},
                                          {"https://host/some/path", "host"},
                                          {"host/v1/", "host"},
                                          {"host/", "host"},
                                          {"[::1]:5000", "[::1]:5000"},
                                          {"host/team/app", "host/team/app"}})
    EXPECT_TRUE(logins("\"" + key + "\"" + value).contains(plain)) << key;
}

TEST(DockerConfig, ThePlainSpellingWins) {
  const std::string text = R"("https://h/v1/":{"username":"url","password":"p"},)"
                           R"("h":{"username":"plain","password":"p"},)"
                           R"("h/v1/":{"username":"path","password":"p"})";
  EXPECT_EQ(logins(text).at("h").username, "plain");
}

TEST(DockerConfig, EmptyEntriesAreNoLogin) {
  EXPECT_TRUE(logins(R"("a.io":{},"b.io":null,"c.io":{"auth":""},"d.io":{"email":"x"})").empty());
}

TEST(DockerConfig, TheMostSpecificPathCounts) {
  const std::map<std::string, int> values = {
      {"quay.io", 1}, {"quay.io/team", 2}, {"quay.io/team/app", 3}, {"quay.io/tea", 4}};
  EXPECT_EQ(most_specific(values, {"quay.io", "team/app"}), 3);
  EXPECT_EQ(most_specific(values, {"quay.io", "team/other"}), 2);
  EXPECT_EQ(most_specific(values, {"quay.io", "team2/app"}), 1);
  EXPECT_EQ(most_specific(values, {"other.io", "team/app"}), std::nullopt);
}

TEST(DockerConfig, DamageIsToldWithoutShowingAnything) {
  const std::string canary = kCanary;
  for (const std::string& text :
       {"{\"auths\":{\"a\":{\"auth\":\"" + canary, "[\"" + canary + "\"]", canary, std::string(),
        "{\"auths\":[\"" + canary + "\"]}", "{\"auths\":{\"a\":\"" + canary + "\"}}",
        "{\"auths\":{\"a\":{\"auth\":\"" + canary + "\"}}}",
        "{\"auths\":{\"a\":{\"auth\":\"" + auth(canary) + "\"}}}",
        "{\"auths\":{\"a\":{\"password\":[\"" + canary + "\"]}}}",
        "{\"credHelpers\":{\"a\":[\"" + canary + "\"]}}", "{\"credsStore\":{\"" + canary + "\":1}}",
        std::string("{\"auths\":{\"a\":{\"password\":\"") + canary + "\xff\"}}}"}) {
    try {
      parse_docker_config(text, "/home/x/config.json");
      ADD_FAILURE() << "taken: " << text;
    } catch (const Error& error) {
      const std::string said = error.what();
      EXPECT_EQ(said.find(canary), said.npos) << said;
      EXPECT_EQ(said.find(auth(canary)), said.npos) << said;
      EXPECT_NE(said.find("/home/x/config.json"), said.npos) << said;
    }
  }
}

TEST(DockerConfig, DeepNestingIsNoHarm) {
  EXPECT_THROW(parse_docker_config(std::string(2000000, '['), "c"), Error);
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  EXPECT_EQ(parse_docker_config("{\"other\":" + deep + "}", "c").store, "");
}

/// A home with the files that hold logins.
class FindCredentials : public ::testing::Test {
 protected:
  FindCredentials() {
    access_.environment = {{"HOME", (folder_ / "home").string()},
                           {"PATH", (folder_ / "bin").string() + ":/usr/bin:/bin"}};
  }

  static std::string one(const std::string& key, const std::string& user) {
    return "{\"auths\":{\"" + key + "\":{\"username\":\"" + user + "\",\"password\":\"p\"}}}";
  }
  std::string user(const Repository& repository = {"a.io", "app"}) const {
    return find_credentials(repository, access_).username;
  }
  void helper(const std::string& name, const std::string& script) {
    write_file(folder_ / ("bin/docker-credential-" + name), "#!/bin/sh\n" + script, 0755);
  }

  TempDir folder_;
  Access access_;
};

TEST_F(FindCredentials, FilesInTheirOrder) {
  EXPECT_TRUE(find_credentials({"a.io", "app"}, access_).empty());
  write_file(folder_ / "home/.config/containers/auth.json", one("a.io", "fifth"));
  EXPECT_EQ(user(), "fifth");
  write_file(folder_ / "run/containers/auth.json", one("a.io", "fourth"));
  access_.environment["XDG_RUNTIME_DIR"] = (folder_ / "run").string();
  EXPECT_EQ(user(), "fourth");
  write_file(folder_ / "third.json", one("a.io", "third"));
  access_.environment["REGISTRY_AUTH_FILE"] = (folder_ / "third.json").string();
  EXPECT_EQ(user(), "third");
  write_file(folder_ / "home/.docker/config.json", one("a.io", "second"));
  EXPECT_EQ(user(), "second");
  write_file(folder_ / "docker/config.json", one("a.io", "instead"));
  access_.environment["DOCKER_CONFIG"] = (folder_ / "docker").string();
  EXPECT_EQ(user(), "instead");
  write_file(folder_ / "named.json", one("a.io", "first"));
  access_.auth_file = (folder_ / "named.json").string();
  EXPECT_EQ(user(), "first");
}

TEST_F(FindCredentials, AFileWithoutTheRegistryIsPassedOver) {
  write_file(folder_ / "home/.docker/config.json", one("b.io", "other"));
  write_file(folder_ / "home/.config/containers/auth.json", one("a.io/team", "team"));
  EXPECT_EQ(user({"a.io", "team/app"}), "team");
  EXPECT_EQ(user({"a.io", "app"}), "");
}

TEST_F(FindCredentials, DockerHubByItsOldKey) {
  write_file(folder_ / "home/.docker/config.json", one("https://index.docker.io/v1/", "hub"));
  EXPECT_EQ(user({"docker.io", "library/debian"}), "hub");
}

TEST_F(FindCredentials, ANamedFileMustBeThere) {
  access_.auth_file = (folder_ / "none.json").string();
  EXPECT_THROW(user(), Error);
  access_.auth_file = folder_.path().string();
  EXPECT_THROW(user(), Error);
}

TEST_F(FindCredentials, HelpersGoBeforeAuths) {
  helper("own", R"(read s; echo "{\"Username\":\"own $s\",\"Secret\":\"s\"}")");
  helper("all", R"(read s; echo "{\"Username\":\"all $s\",\"Secret\":\"s\"}")");
  write_file(folder_ / "home/.docker/config.json",
             R"({"auths":{"a.io":{"username":"file","password":"p"}},"credsStore":"all",)"
             R"("credHelpers":{"a.io":"own"}})");
  EXPECT_EQ(user({"a.io", "app"}), "own a.io");
  EXPECT_EQ(user({"docker.io", "library/debian"}), "all https://index.docker.io/v1/");
}

TEST_F(FindCredentials, AHelperThatKnowsNothingLeavesItToAuths) {
  helper("own", "echo 'credentials not found in native keychain'; exit 1");
  write_file(folder_ / "home/.docker/config.json",
             R"({"auths":{"a.io":{"username":"file","password":"p"}},"credsStore":"own"})");
  EXPECT_EQ(user(), "file");
  EXPECT_EQ(user({"b.io", "app"}), "");
}

TEST_F(FindCredentials, AFailingHelperIsAnError) {
  helper("own", "exit 3");
  write_file(folder_ / "home/.docker/config.json", R"({"credsStore":"own"})");
  EXPECT_THROW(user(), Error);
}

}  // namespace
}  // namespace pack
