// Inputs that change while they are read. pack is stopped in the middle of a large file, the file
// is changed, and pack goes on.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "support/pack_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kSize = uintmax_t{1} << 29;  // sparse; about a quarter of a second to read

class ChangingInputTest : public PackTest {
 protected:
  void SetUp() override {
    write_file(dir_ / "data/a", "");
    fs::resize_file(dir_ / "data/a", kSize);
    write_file(dir_ / "data/z", "last");
    write_file(dir_ / "out/c.tar", "older");
  }

  bool is_open_in(pid_t process, const fs::path& file) {
    std::error_code gone;
    for (const auto& entry :
         fs::directory_iterator("/proc/" + std::to_string(process) + "/fd", gone))
      if (fs::read_symlink(entry.path(), gone) == file) return true;
    return false;
  }

  /// Stops pack while it reads data/a, changes something, lets it go on.
  template <typename Change>
  Outcome pack_while(Change change) {
    Command command = pack_command(
        {"/bin/cat", "-t", "c:1", "-a", (dir_ / "data").string() + ":/data", "-o", "c.tar"});
    command.folder = dir_ / "out";
    StartedProcess process(command);
    while (!is_open_in(process.id(), dir_ / "data/a") && !process.ends_within(0.001)) continue;
    process.ends_within(0.1);  // well into it, beyond any first look
    process.send(SIGSTOP);
    EXPECT_TRUE(is_open_in(process.id(), dir_ / "data/a")) << "pack was not stopped in time";
    change();
    process.send(SIGCONT);
    return process.wait();
  }

  void nothing_has_changed() {
    for (int i = 0; i < 100 && names_in(dir_ / "out").size() != 1; ++i) usleep(20000);
    EXPECT_EQ(tree_of(dir_ / "out"), (std::map<std::string, std::string>{{"c.tar", "older"}}));
  }
};

TEST_F(ChangingInputTest, AFileThatShrinks) {
  EXPECT_TRUE(
      refused(pack_while([&] { fs::resize_file(dir_ / "data/a", kSize / 1000); }), 1, {"data/a"}));
  nothing_has_changed();
}

TEST_F(ChangingInputTest, AFileThatGrows) {
  EXPECT_TRUE(
      refused(pack_while([&] { fs::resize_file(dir_ / "data/a", kSize + 1); }), 1, {"data/a"}));
  nothing_has_changed();
}

TEST_F(ChangingInputTest, AFileThatIsWrittenTo) {
  EXPECT_TRUE(refused(pack_while([&] {
                        std::fstream file(dir_ / "data/a", std::ios::in | std::ios::out);
                        file.seekp(static_cast<std::streamoff>(kSize / 2)).write("changed", 7);
                      }),
                      1, {"data/a"}));
  nothing_has_changed();
}

TEST_F(ChangingInputTest, AFileThatVanishesBeforeItsTurn) {
  EXPECT_TRUE(refused(pack_while([&] { fs::remove(dir_ / "data/z"); }), 1, {"data/z"}));
  nothing_has_changed();
}

TEST_F(ChangingInputTest, AFileThatIsReplacedBeforeItsTurn) {
  EXPECT_TRUE(refused(pack_while([&] {
                        write_file(dir_ / "data/new", "another length");
                        fs::rename(dir_ / "data/new", dir_ / "data/z");
                      }),
                      1, {"data/z"}));
  nothing_has_changed();
}

TEST_F(ChangingInputTest, AFileThatBecomesAFifoBeforeItsTurn) {
  EXPECT_TRUE(refused(pack_while([&] {
                        fs::remove(dir_ / "data/z");
                        mkfifo((dir_ / "data/z").c_str(), 0644);
                      }),
                      1, {"data/z"}));
  nothing_has_changed();
}

TEST_F(ChangingInputTest, NothingChanges) {
  EXPECT_TRUE(succeeded(pack_while([] {}))) << "being stopped alone does no harm";
  EXPECT_GT(fs::file_size(dir_ / "out/c.tar"), kSize);
}

}  // namespace
}  // namespace pack
