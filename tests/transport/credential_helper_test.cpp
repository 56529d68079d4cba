#include "transport/credential_helper.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/error.h"
#include "support/process.h"
#include "support/require.h"
#include "support/temp_dir.h"

namespace pack {
namespace {

class CredentialHelper : public ::testing::Test {
 protected:
  void helper(const std::string& script) {
    write_file(folder_ / "docker-credential-x", "#!/bin/sh\n" + script, 0755);
  }
  std::optional<Credentials> ask(const std::string& server = "a.io") const {
    return ask_credential_helper({.name = name_,
                                  .server = server,
                                  .environment = {{"PATH", path_}, {"SEEN", "by the helper"}},
                                  .patience = patience_});
  }
  std::string failure() const {
    try {
      ask();
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  TempDir folder_;
  std::string name_ = "x";
  std::string path_ = folder_.path().string() + ":/usr/bin:/bin";
  std::chrono::milliseconds patience_{std::chrono::seconds(30)};
};

TEST_F(CredentialHelper, GetsTheServerAndAnswersWithALogin) {
  helper(R"(read -r server
echo "{\"ServerURL\":\"$server\",\"Username\":\"$1 $server $SEEN\",\"Secret\":\"p\"}")");
  const auto found = ask("quay.io");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->username, "get quay.io by the helper");
  EXPECT_EQ(found->password, "p");
}

TEST_F(CredentialHelper, ATokenIsAnIdentityToken) {
  helper(R"(echo '{"Username":"<token>","Secret":"refresh"}')");
  const auto found = ask();
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (Credentials{.identity_token = "refresh"}));
}

TEST_F(CredentialHelper, NothingFoundIsNoError) {
  helper("echo 'credentials not found in native keychain'; exit 1");
  EXPECT_EQ(ask(), std::nullopt);
}

TEST_F(CredentialHelper, NeedNotReadItsInput) {
  helper(R"(exec <&-; echo '{"Username":"u","Secret":"p"}')");
  EXPECT_EQ(ask()->username, "u");
}

TEST_F(CredentialHelper, NoShellAndNoPathInItsName) {
  helper("echo '{}'");
  for (const char* name : {"", "x;id", "../x", "x y", "$(id)", "x\n", "x/y", "\xc3\xa9"}) {
    name_ = name;
    EXPECT_NE(failure().find("name"), std::string::npos) << name << ": " << failure();
  }
}

TEST_F(CredentialHelper, OnlyAbsoluteFoldersOfPathCount) {
  helper(R"(echo '{"Username":"u","Secret":"p"}')");
  path_ = "";
  EXPECT_NE(failure().find("PATH"), std::string::npos);
  path_ = ":.:" + std::filesystem::relative(folder_.path()).string();
  EXPECT_NE(failure().find("PATH"), std::string::npos);
}

TEST_F(CredentialHelper, FailuresShowNothingItWrote) {
  for (const char* script :
       {"echo CANARY; exit 2", "echo CANARY >&2; exit 1", "echo CANARY",
        "echo '{\"Secret\":\"CANARY\"}'", "echo '[\"CANARY\"]'",
        "echo '{\"Username\":1,\"Secret\":\"CANARY\"}'", "echo CANARY; kill -9 $$", "true"}) {
    helper(script);
    EXPECT_NE(failure().find("docker-credential-x"), std::string::npos) << script;
    EXPECT_EQ(failure().find("CANARY"), std::string::npos) << script << ": " << failure();
  }
  helper("exit 2");
  EXPECT_NE(failure().find("exit status 2"), std::string::npos) << failure();
}

TEST_F(CredentialHelper, AHangingOneIsKilled) {
  patience_ = std::chrono::milliseconds(300);
  // The second closes its output and goes on.
  for (const char* script : {"echo $$ > $(dirname $0)/id; exec sleep 60",
                             "echo $$ > $(dirname $0)/id; exec sleep 60 >&-"}) {
    helper(script);
    const double before = now();
    EXPECT_NE(failure().find("does not come to an end"), std::string::npos) << script;
    EXPECT_LT(now() - before, 10);
    const pid_t id = std::stoi(read_file(folder_ / "id"));
    EXPECT_NE(::kill(id, 0), 0) << "it still runs";
  }
}

TEST_F(CredentialHelper, WhatItLeavesBehindHoldsNothingUp) {
  patience_ = std::chrono::milliseconds(500);
  helper("sleep 5 & echo CANARY");
  const double before = now();
  EXPECT_EQ(failure().find("CANARY"), std::string::npos);
  EXPECT_LT(now() - before, 4);
}

TEST_F(CredentialHelper, ATalkativeOneIsStopped) {
  helper("exec cat /dev/zero");
  EXPECT_NE(failure().find("1 MiB"), std::string::npos) << failure();
}

TEST_F(CredentialHelper, InheritsNoOpenFile) {
  PACK_REQUIRE(::access("/proc/self/fd", R_OK) == 0, "/proc");
  ASSERT_EQ(::dup2(STDOUT_FILENO, 77), 77);  // without O_CLOEXEC, as some library may open one
  helper(R"(test -e /proc/self/fd/77 && seen=yes
echo "{\"Username\":\"${seen:-none}\",\"Secret\":\"p\"}")");
  EXPECT_EQ(ask()->username, "none");
  ::close(77);
}

TEST_F(CredentialHelper, ManyAtOnce) {
  helper(R"(read -r server; echo "{\"Username\":\"$server\",\"Secret\":\"p\"}")");
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const std::string server = std::to_string(i) + ".io";
      for (int again = 0; again < 5; ++again) right += ask(server)->username == server;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 40);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}

}  // namespace
}  // namespace pack
