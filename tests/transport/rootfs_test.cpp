// The folder is told by find(1), getcap(8) and the kernel.

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/small_image.h"

namespace pack {
namespace {

using test::contains;
using test::SmallImage;

class RootfsTest : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string rootfs() const { return "rootfs:" + at("r"); }
  std::string tool(const std::string& command) const {
    return test::run("cd " + folder_.str() + " && " + command).output;
  }
  /// Kind, mode, link count and time of everything.
  std::string listing() const {
    return tool("LC_ALL=C find r -printf '%P %y %m %n %Ts %l\\n' | sort");
  }

  /// In a child process that is an ordinary user. The answer is its exit status.
  int as_ordinary_user(const std::function<int()>& work) const {
    const pid_t child = ::fork();
    if (child == 0) {
      if (::geteuid() == 0 &&
          (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0))
        ::_exit(99);
      ::_exit(work());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
  }

  test::TemporaryFolder folder_;
  SmallImage image_;
};

const std::string kExpected =
    " d 755 4 0 \n"
    "hello l 777 1 0 usr/hello\n"
    "tmp d 1777 2 0 \n"
    "usr d 755 3 0 \n"
    "usr/hello f 4755 1 0 \n"
    "usr/share d 555 2 0 \n"
    "usr/share/text f 444 1 0 \n";

TEST_F(RootfsTest, IsWhatThePlanSays) {
  image_.write({rootfs()});
  EXPECT_EQ(listing(), kExpected);
  EXPECT_EQ(test::text_of(at("r/usr/hello")), "hello\n");
  EXPECT_EQ(test::names_in(folder_.path()), std::vector<std::string>{"r"});
}

TEST_F(RootfsTest, TheUmaskDoesNotMatterNorDoesTheUser) {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0777));
  EXPECT_EQ(as_ordinary_user([&] {
              ::umask(077);
              return image_.failure({rootfs()}) == "none" ? 0 : 1;
            }),
            0);
  // An ordinary user's setuid file would hand out that user's rights.
  std::string expected = kExpected;
  expected.replace(expected.find("f 4755"), 6, "f 755");
  EXPECT_EQ(listing(), expected);
}

TEST_F(RootfsTest, OwnersNeedRoot) {
  image_.rootfs.entries[ImagePath("/usr/hello")].uid = 12;
  image_.rootfs.entries[ImagePath("/usr/hello")].gid = 34;
  if (::geteuid() == 0) {
    image_.write({rootfs()});
    EXPECT_EQ(tool("stat -c '%u %g %a' r/usr/hello"), "12 34 4755\n");
  }
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0777));
  EXPECT_EQ(as_ordinary_user([&] {
              const std::vector<Receipt> receipts = image_.write({rootfs() + "2"});
              return contains(receipts.front().notes.at(0), "only root") ? 0 : 1;
            }),
            0);
}

TEST_F(RootfsTest, CapabilitiesAreKeptOrSaidToBeLost) {
  PACK_REQUIRE_TOOL("getcap");
  // cap_net_raw=ep: struct vfs_cap_data, revision 2, effective
  image_.rootfs.entries[ImagePath("/usr/hello")].capabilities =
      std::string("\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  if (::geteuid() == 0) {
    image_.write({rootfs()});
    EXPECT_EQ(tool("getcap r/usr/hello"), "r/usr/hello cap_net_raw=ep\n");
  }
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0777));
  EXPECT_EQ(as_ordinary_user([&] {
              const std::vector<Receipt> receipts = image_.write({rootfs() + "2"});
              return contains(receipts.front().notes.at(0), "capabilities") ? 0 : 1;
            }),
            0);
}

TEST_F(RootfsTest, AnEmptyFolderIsFilled) {
  std::filesystem::create_directory(at("r"));
  EXPECT_EQ(image_.failure({rootfs() + "/"}), "none");
  EXPECT_EQ(listing(), kExpected);
}

TEST_F(RootfsTest, WhatIsThereIsNeverTouched) {
  std::filesystem::create_directory(at("r"));
  std::ofstream(at("r/precious")) << "x";
  EXPECT_TRUE(contains(image_.failure({rootfs()}), "not empty"));
  EXPECT_EQ(test::names_in(at("r")), std::vector<std::string>{"precious"});
  std::ofstream(at("file")) << "x";
  EXPECT_TRUE(contains(image_.failure({"rootfs:" + at("file")}), "no folder"));
  EXPECT_EQ(test::names_in(folder_.path()), (std::vector<std::string>{"file", "r"}));
}

TEST_F(RootfsTest, APlanThroughASymlinkReachesNothingOutside) {
  Entry link;
  link.kind = EntryKind::symlink;
  link.target = folder_.str();
  image_.rootfs.entries[ImagePath("/out")] = link;
  image_.file("/out/file", "x", 0644);
  EXPECT_TRUE(contains(image_.failure({rootfs()}), "out/file"));
  EXPECT_EQ(test::names_in(folder_.path()), std::vector<std::string>{});
}

}  // namespace
}  // namespace pack
