// Killed at any moment, there is the old output or the new one, and nothing beside it.

#include <signal.h>

#include <algorithm>
#include <random>

#include "support/pack_test.h"
#include "support/registry.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

constexpr int kMoments = 36;

class InterruptedTest : public PackTest {
 protected:
  using Tree = std::map<std::string, std::string>;

  /// Text that does not compress well, so that every stage of pack takes its time.
  void write_data(size_t megabytes) {
    std::mt19937_64 numbers(7);
    std::string data(megabytes << 20, '\0');
    for (size_t i = 0; i < data.size(); i += 8) {
      const uint64_t number = numbers() & 0x3f3f3f3f3f3f3f3f;
      data.replace(i, 8, reinterpret_cast<const char*>(&number), 8);
    }
    write_file(dir_ / "data", data);
  }

  Command command(const std::string& folder, const std::vector<std::string>& destination) {
    fs::create_directories(dir_ / folder);
    std::vector<std::string> arguments = {"/bin/cat", "-a", (dir_ / "data").string() + ":/data",
                                          "-t", "k:1"};
    if (!copied_.empty()) arguments = {"copy", copied_};
    arguments.insert(arguments.end(), destination.begin(), destination.end());
    Command result = pack_command(arguments);
    result.folder = dir_ / folder;
    return result;
  }

  /// From now on, command() copies an image with the data: from `place`, which is a destination of
  /// pack and a source.
  void copy_from(const std::string& place) {
    ASSERT_TRUE(succeeded(run(command("source", {"-o", place}))));
    const bool is_layout = place.starts_with("oci:");
    copied_ = is_layout ? "oci:" + (dir_ / "source" / place.substr(4)).string()
                        : (dir_ / "source" / place).string();
  }

  static std::string names_of(const Tree& tree) {
    std::string names;
    for (const auto& [path, content] : tree)
      names += path + " (" + std::to_string(content.size()) + ")\n";
    return names;
  }

  void interrupt_at_many_moments(const std::vector<std::string>& destination, int signal,
                                 bool whole_group, int moments = kMoments) {
    fs::create_directories(dir_ / "older");
    const Tree older = tree_of(dir_ / "older");
    fs::remove_all(dir_ / "complete");
    fs::copy(dir_ / "older", dir_ / "complete", fs::copy_options::recursive);
    const Outcome measured = run(command("complete", destination));
    ASSERT_TRUE(succeeded(measured));
    const Tree complete = tree_of(dir_ / "complete");
    ASSERT_NE(older, complete);

    double length = measured.seconds;
    int cut_short = 0;
    for (int i = 0; i < moments; ++i) {
      fs::remove_all(dir_ / "out");
      fs::copy(dir_ / "older", dir_ / "out", fs::copy_options::recursive);
      StartedProcess process(command("out", destination));
      process.ends_within(length * (i + 0.5) / moments);
      whole_group ? process.send_to_group(signal) : process.send(signal);
      const Outcome outcome = process.wait();
      ASSERT_FALSE(outcome.timed_out);
      cut_short += outcome.status != 0;
      if (outcome.status == 0) length = std::min(length, outcome.seconds);  // the first was slow
      ASSERT_TRUE(becomes_one_of(dir_ / "out", older, complete))
          << "signal at moment " << i << " of " << moments << ", " << outcome << "\nleft:\n"
          << names_of(tree_of(dir_ / "out"));
      ASSERT_TRUE(outcome.status != 0 || tree_of(dir_ / "out") == complete) << "0 means done";
    }
    EXPECT_GT(cut_short, moments / 6) << "too few runs were interrupted to mean something";
  }

  std::string copied_;  // the image that is copied; empty: command() builds one
};

TEST_F(InterruptedTest, KilledWhileWritingAnArchive) {
  write_data(48);
  write_file(dir_ / "older/k.tar", "older");
  interrupt_at_many_moments({"-o", "k.tar"}, SIGKILL, false);
}

TEST_F(InterruptedTest, KilledWithItsChildrenWhileWritingAnArchive) {
  write_data(48);
  write_file(dir_ / "older/k.tar", "older");
  interrupt_at_many_moments({"-o", "k.tar"}, SIGKILL, true);
}

TEST_F(InterruptedTest, TerminatedWhileWritingAnArchive) {
  write_data(48);
  write_file(dir_ / "older/k.tar", "older");
  interrupt_at_many_moments({"-o", "k.tar"}, SIGTERM, false);
}

TEST_F(InterruptedTest, CtrlCWhileWritingANewArchive) {
  write_data(48);
  interrupt_at_many_moments({"-o", "k.tar"}, SIGINT, true);
}

TEST_F(InterruptedTest, KilledWhileAddingToALayout) {
  write_data(1);
  ASSERT_TRUE(succeeded(run(command("older", {"-o", "oci:layout:older"}))));
  write_data(12);
  interrupt_at_many_moments({"-o", "oci:layout:newer"}, SIGKILL, false);
}

TEST_F(InterruptedTest, KilledWhileMakingALayout) {
  write_data(12);
  interrupt_at_many_moments({"-o", "oci:layout:1"}, SIGKILL, false);
}

TEST_F(InterruptedTest, TerminatedWhileMakingALayout) {
  write_data(12);
  interrupt_at_many_moments({"-o", "oci:layout:1"}, SIGTERM, false);
}

TEST_F(InterruptedTest, KilledWhileWritingAFolder) {
  write_data(32);
  interrupt_at_many_moments({"-o", "rootfs:root"}, SIGKILL, false);
}

TEST_F(InterruptedTest, CtrlCWhileWritingAFolder) {
  write_data(32);
  interrupt_at_many_moments({"-o", "rootfs:root"}, SIGINT, true);
}

TEST_F(InterruptedTest, KilledWhileWritingEverythingAtOnce) {
  write_data(12);
  write_file(dir_ / "older/k.tar", "older");
  interrupt_at_many_moments({"-o", "k.tar", "-o", "oci:layout:1", "-o", "rootfs:root"}, SIGKILL,
                            false);
}

TEST_F(InterruptedTest, KilledWhileCopyingIntoAnArchive) {
  write_data(48);
  copy_from("k.tar");
  write_file(dir_ / "older/k.tar", "older");
  interrupt_at_many_moments({"k.tar"}, SIGKILL, false);
}

TEST_F(InterruptedTest, KilledWhileCopyingIntoALayout) {
  write_data(1);
  ASSERT_TRUE(succeeded(run(command("older", {"-o", "oci:layout:older"}))));
  write_data(48);
  copy_from("k.tar");
  interrupt_at_many_moments({"oci:layout:newer"}, SIGKILL, false);
}

TEST_F(InterruptedTest, KilledWhilePulling) {
  PACK_REQUIRE_TOOL("docker-registry");
  const Registry registry;
  write_data(1);
  ASSERT_TRUE(succeeded(run(command("older", {"-o", "oci:layout:older"}))));
  write_file(dir_ / "older/k.tar", "older");
  write_data(24);
  ASSERT_TRUE(succeeded(run(command("source", {"-o", "k.tar"}))));
  copied_ = "docker://" + registry.authority() + "/k:1";
  ASSERT_TRUE(succeeded(run_pack({"copy", (dir_ / "source/k.tar").string(), copied_})));
  interrupt_at_many_moments({"oci:layout:newer"}, SIGKILL, false, kMoments / 2);
  interrupt_at_many_moments({"k.tar"}, SIGKILL, true, kMoments / 2);
}

TEST_F(InterruptedTest, KilledWhileCompressingACopy) {
  write_data(12);
  copy_from("k.tar");
  interrupt_at_many_moments({"oci:layout:1", "--compress", "gzip"}, SIGKILL, true);
}

TEST_F(InterruptedTest, CtrlCWhileCopyingOutOfALayout) {
  write_data(12);
  copy_from("oci:layout:1");
  interrupt_at_many_moments({"k.tar"}, SIGINT, true);
}

}  // namespace
}  // namespace pack
