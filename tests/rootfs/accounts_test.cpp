#include "rootfs/accounts.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>

#include "source/disk_tree.h"
#include "source/memory_tree.h"

namespace pack {
namespace {

const MemoryTree& image() {
  static const MemoryTree tree{
      {"/etc/passwd", file("root:x:0:0::/:\nweb:x:101:102::/:\nbad:x:-1:\nshort\n"
                           "webmaster:x:5:5::/:\nlast:*:4294967294:1")},
      {"/etc/group", symlink_to("/var/group")},
      {"/var/group", file("root:x:0:\nwww:x:33:web\n")}};
  return tree;
}

TEST(FindAccount, InTheImagesOwnFiles) {
  EXPECT_EQ(find_account(image(), AccountKind::user, "web"), 101U);
  EXPECT_EQ(find_account(image(), AccountKind::user, "last"), 4294967294U);
  EXPECT_EQ(find_account(image(), AccountKind::group, "www"), 33U);
  for (const char* name : {"bad", "short", "we", "101", "none"})
    EXPECT_FALSE(find_account(image(), AccountKind::user, name)) << name;
  EXPECT_FALSE(find_account(MemoryTree{}, AccountKind::user, "root"));
}

// The oracle is the C library, for every user of this machine's /etc/passwd.
TEST(FindAccount, AgreesWithTheCLibrary) {
  const auto tree = open_disk_tree("/");
  int compared = 0;
  for (const char* name : {"root", "daemon", "nobody", "www-data", "man"}) {
    if (const passwd* user = ::getpwnam(name)) {
      EXPECT_EQ(find_account(*tree, AccountKind::user, name), user->pw_uid);
      ++compared;
    }
    if (const group* members = ::getgrnam(name)) {
      EXPECT_EQ(find_account(*tree, AccountKind::group, name), members->gr_gid);
    }
  }
  EXPECT_GT(compared, 0);
}

TEST(ParseOwner, NumbersAndNames) {
  EXPECT_EQ(parse_owner(image(), "1000").uid, 1000U);
  EXPECT_FALSE(parse_owner(image(), "1000").gid);
  EXPECT_EQ(parse_owner(image(), "1000:1001").gid, 1001U);
  EXPECT_EQ(parse_owner(image(), "web:www").uid, 101U);
  EXPECT_EQ(parse_owner(image(), "web:www").gid, 33U);
  EXPECT_EQ(parse_owner(image(), "4294967294").uid, 4294967294U);
}

TEST(ParseOwner, WhatIsNone) {
  for (const char* text : {"4294967295", "4294967296", "99999999999999999999"})
    EXPECT_THROW(parse_owner(image(), text), UsageError) << text;
  for (const char* text : {"", "none", "web:none", "web:", ":33", "-1", "1.5"})
    EXPECT_THROW(parse_owner(image(), text), Error) << text;
}

TEST(RequireAccounts, ChecksEveryNameOfAUser) {
  for (const char* user : {"", "web", "web:www", "12345", "0:0"})
    EXPECT_NO_THROW(require_accounts(image(), user)) << user;
  for (const char* user : {"none", "web:none"})
    EXPECT_THROW(require_accounts(image(), user), Error) << user;
}

}  // namespace
}  // namespace pack
