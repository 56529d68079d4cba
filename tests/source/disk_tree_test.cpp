// The two trees against the system calls, and against each other.

#include "source/disk_tree.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "source/memory_tree.h"
#include "support/shell.h"

namespace pack::test {
namespace {

namespace fs = std::filesystem;

class DiskTree : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name) << text;
  }
  std::unique_ptr<FileTree> open() const { return open_disk_tree(folder_.str()); }

  TemporaryFolder folder_;
};

TEST_F(DiskTree, TellsWhatStatTells) {
  write("f", "12345");
  ::chmod((folder_.path() / "f").c_str(), 04751);
  fs::create_hard_link(folder_.path() / "f", folder_.path() / "g");
  const auto tree = open();
  const FileStatus status = *tree->status(ImagePath("/f"));
  struct stat st;
  ASSERT_EQ(::stat((folder_.path() / "f").c_str(), &st), 0);
  EXPECT_EQ(status.kind, FileKind::regular);
  EXPECT_EQ(status.mode, 04751U);
  EXPECT_EQ(status.size, 5U);
  EXPECT_EQ(status.links, 2U);
  EXPECT_EQ(status.id, (FileId{st.st_dev, st.st_ino}));
  EXPECT_EQ(status.modified_ns, st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec);
  EXPECT_EQ(tree->status(ImagePath("/g"))->id, status.id);
  EXPECT_EQ(tree->open(ImagePath("/f"))->status(), status);
}

TEST_F(DiskTree, KnowsEveryKindAndOpensNoneButFiles) {
  fs::create_directory(folder_.path() / "d");
  fs::create_symlink("gone", folder_.path() / "l");
  ASSERT_EQ(::mkfifo((folder_.path() / "p").c_str(), 0644), 0);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  (folder_.path() / "s").string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(socket);
  const auto tree = open();
  const std::vector<std::pair<std::string, FileKind>> kinds = {{"/d", FileKind::directory},
                                                               {"/l", FileKind::symlink},
                                                               {"/p", FileKind::fifo},
                                                               {"/s", FileKind::socket}};
  for (const auto& [path, kind] : kinds) {
    EXPECT_EQ(tree->status(ImagePath(path))->kind, kind) << path;
    EXPECT_THROW(tree->open(ImagePath(path)), Error) << path;  // and does not hang on the FIFO
  }
  EXPECT_EQ(tree->read_link(ImagePath("/l")), "gone");
  EXPECT_EQ(open_disk_tree("/")->status(ImagePath("/dev/null"))->kind, FileKind::character_device);
}

TEST_F(DiskTree, ListsEveryNameOnceAndSorted) {
  for (const char* name : {"b", ".hidden", "a b", "\xff", "A"}) write(name, "");
  EXPECT_EQ(open()->list(ImagePath()),
            (std::vector<std::string>{".hidden", "A", "a b", "b", "\xff"}));
  EXPECT_THROW(open()->list(ImagePath("/b")), Error);
  EXPECT_THROW(open()->list(ImagePath("/none")), Error);
}

TEST_F(DiskTree, NothingThereIsNoError) {
  write("f", "");
  EXPECT_FALSE(open()->status(ImagePath("/none")));
  EXPECT_FALSE(open()->status(ImagePath("/f/below")));
  EXPECT_FALSE(open()->status(ImagePath('/' + std::string(300, 'n'))));
}

TEST_F(DiskTree, ReadsAtAnyOffset) {
  write("f", "0123456789");
  const auto file = open()->open(ImagePath("/f"));
  std::array<std::byte, 4> part;
  EXPECT_EQ(file->read_at(3, part), 4U);
  EXPECT_EQ(static_cast<char>(part[0]), '3');
  EXPECT_EQ(file->read_at(8, part), 2U);
  EXPECT_EQ(file->read_at(10, part), 0U);
  EXPECT_EQ(file->read_at(1'000'000, part), 0U);
  EXPECT_EQ(read_whole(*file, 10), "0123456789");
  EXPECT_THROW(read_whole(*file, 9), Error);
}

TEST_F(DiskTree, ReadsLargeFilesWhole) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i);
  write("f", text);
  EXPECT_EQ(read_whole(*open()->open(ImagePath("/f")), text.size()), text);
}

TEST_F(DiskTree, GivesFileCapabilitiesAsTheKernelDoes) {
  write("f", "x");
  if (run("setcap cap_net_raw+ep " + folder_.str() + "/f").status != 0)
    GTEST_SKIP() << "setcap needs root and a file system with xattrs";
  const std::string value = open()->open(ImagePath("/f"))->capabilities();
  ASSERT_EQ(value.size(), 20U);  // struct vfs_cap_data, revision 2
  EXPECT_EQ(value[3], 2);
  write("plain", "x");
  EXPECT_EQ(open()->open(ImagePath("/plain"))->capabilities(), "");
}

TEST_F(DiskTree, ARootThatIsNoFolderIsAnError) {
  write("f", "");
  EXPECT_THROW(open_disk_tree(folder_.str() + "/f"), Error);
  EXPECT_THROW(open_disk_tree(folder_.str() + "/none"), Error);
}

TEST(MemoryTree, IsWhatALiteralSays) {
  MemoryTree tree{{"/usr/bin/sh", file("#!", 0755)}, {"/bin", symlink_to("usr/bin")}};
  EXPECT_EQ(tree.list(ImagePath()), (std::vector<std::string>{"bin", "usr"}));
  EXPECT_EQ(tree.status(ImagePath("/usr"))->kind, FileKind::directory);
  EXPECT_EQ(tree.status(ImagePath("/usr"))->mode, 0755U);
  EXPECT_EQ(tree.read_link(ImagePath("/bin")), "usr/bin");
  EXPECT_EQ(read_whole(*tree.open(ImagePath("/usr/bin/sh")), 9), "#!");
  EXPECT_FALSE(tree.status(ImagePath("/bin/sh")));  // a location has no symlinks on its way
  EXPECT_THROW(tree.open(ImagePath("/usr")), Error);
  tree.hard_link("/usr/bin/sh", "/usr/bin/dash");
  EXPECT_EQ(tree.status(ImagePath("/usr/bin/dash"))->id, tree.status(ImagePath("/usr/bin/sh"))->id);
  EXPECT_EQ(tree.status(ImagePath("/usr/bin/dash"))->links, 2U);
}

}  // namespace
}  // namespace pack::test
