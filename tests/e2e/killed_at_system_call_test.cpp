// kill -9 exactly where it hurts most: strace kills pack as it enters its n-th call of each system
// call that its main thread makes, one run for each. What runs in other threads is met by the time
// spread of interrupted_test.cpp.

#include <signal.h>

#include <algorithm>
#include <sstream>

#include "support/pack_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

using Tree = std::map<std::string, std::string>;

class KilledAtSystemCallTest : public PackTest {
 protected:
  /// pack under strace, in a new folder `name` that has an older archive.
  Command traced(const std::string& name, const std::vector<std::string>& strace) {
    fs::remove_all(dir_ / name);
    write_file(dir_ / name / "a.tar", "older");
    Command command = pack_command(arguments_);
    command.argv.insert(command.argv.begin(), strace.begin(), strace.end());
    command.environment["ASAN_OPTIONS"] =
        "exitcode=99:detect_leaks=0";  // which cannot work under strace
    command.folder = dir_ / name;
    return command;
  }

  /// How often each system call is made, by its name.
  std::map<std::string, int> system_calls() {
    const std::string log = (dir_ / "calls").string();
    EXPECT_TRUE(succeeded(run(traced("complete", {"strace", "-o", log}))));
    std::map<std::string, int> counts;
    std::istringstream lines(read_file(log));
    for (std::string line; std::getline(lines, line);)
      if (const size_t bracket = line.find('('); bracket != std::string::npos)
        ++counts[line.substr(0, bracket)];
    return counts;
  }

  /// One run for each place; there is the old state or the new one.
  void kill_everywhere() {
    const std::map<std::string, int> calls = system_calls();
    ASSERT_FALSE(calls.empty());
    const Tree older = {{"a.tar", "older"}}, complete = tree_of(dir_ / "complete");
    int killed = 0;
    for (const auto& [name, count] : calls) {
      // Some calls are made hundreds of times: ten of them, spread, and always the last.
      for (int nth = count; nth > 0; nth -= std::max(1, count / 10)) {
        const Outcome outcome =
            run(traced("out", {"strace", "-o", "/dev/null", "-e",
                               "inject=" + name + ":signal=KILL:when=" + std::to_string(nth)}));
        killed += outcome.signal == SIGKILL;
        ASSERT_TRUE(becomes_one_of(dir_ / "out", older, complete))
            << "killed at " << name << " number " << nth << ", left "
            << ::testing::PrintToString(names_in(dir_ / "out"));
      }
    }
    EXPECT_GT(killed, 50) << "few enough runs were killed to doubt this test";
  }

  std::vector<std::string> arguments_;  // of the pack that is killed
};

TEST_F(KilledAtSystemCallTest, TheOldOutputsOrTheNewOnes) {
  PACK_REQUIRE_TOOL("strace");
  arguments_ = {"/bin/cat", "-t", "a:1",          "-o", "a.tar",      "-o",
                "new.tar",  "-o", "oci:layout:1", "-o", "rootfs:root"};
  kill_everywhere();
}

TEST_F(KilledAtSystemCallTest, TheOldArchiveOrTheCopy) {
  PACK_REQUIRE_TOOL("strace");
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "a:1", "-o", "source.tar"})));
  arguments_ = {"copy", "../source.tar", "a.tar"};
  kill_everywhere();
}

TEST_F(KilledAtSystemCallTest, NoLayoutOrTheCopy) {
  PACK_REQUIRE_TOOL("strace");
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "a:1", "-o", "source.tar"})));
  arguments_ = {"copy", "../source.tar", "oci:layout:1", "--compress", "gzip"};
  kill_everywhere();
}

}  // namespace
}  // namespace pack
