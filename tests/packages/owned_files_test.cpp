// Which installed package owns a file. The oracles are dpkg and rpm themselves; apk's database is
// written by hand after Alpine's description of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "packages/package_files.h"
#include "packages/rpm_header.h"
#include "source/disk_tree.h"
#include "source/memory_tree.h"
#include "support/shell.h"

namespace pack::test {
namespace {

/// "PACKAGE PATH", sorted.
using Owners = std::set<std::string>;

Owners owners_of(const std::vector<OwnedFile>& files) {
  Owners out;
  for (const OwnedFile& file : files) out.insert(file.package + ' ' + file.path);
  return out;
}

/// What "dpkg -S '*/NAME'" says.
Owners dpkg_says(const WantedNames& names) {
  Owners out;
  for (const std::string& name : names) {
    std::istringstream lines(run("dpkg -S '*/" + name + "'").output);
    for (std::string line; std::getline(lines, line);) {
      const size_t colon = line.find(": ");
      if (colon == line.npos || line.starts_with("dpkg-query:") || line.starts_with("diversion"))
        continue;
      std::istringstream packages(line.substr(0, colon));
      for (std::string package; std::getline(packages, package, ',');)
        out.insert(package.substr(package.find_first_not_of(' ')) + ' ' + line.substr(colon + 2));
    }
  }
  return out;
}

TEST(DpkgFiles, AreWhatDpkgSays) {
  PACK_REQUIRE_TOOL("dpkg");
  const WantedNames names = {"libc.so.6", "ld-linux-x86-64.so.2", "libgcc_s.so.1", "bash",
                             "libz.so.1", "copyright.none"};
  const Owners owners = owners_of(dpkg_files(*open_disk_tree("/"), names));
  EXPECT_EQ(owners, dpkg_says(names));
  EXPECT_GE(owners.size(), 4U);
}

TEST(DpkgFiles, OfAnImageWithoutDpkgAreInItsSums) {
  const MemoryTree tree{
      {"/var/lib/dpkg/status.d/libssl3", file("Package: libssl3\n")},
      {"/var/lib/dpkg/status.d/libssl3.md5sums",
       file("0123456789abcdef0123456789abcdef  usr/lib/x86_64-linux-gnu/libssl.so.3\n"
            "0123456789abcdef0123456789abcdef  usr/share/doc/libssl3/copyright\n")}};
  EXPECT_EQ(owners_of(dpkg_files(tree, {"libssl.so.3"})),
            Owners{"libssl3 /usr/lib/x86_64-linux-gnu/libssl.so.3"});
}

TEST(DpkgFiles, OddListsDoNoHarm) {
  const MemoryTree tree{{"/var/lib/dpkg/info/a.list", file("/.\n\n/x\nno slash\n/y/x")},
                        {"/var/lib/dpkg/info/b.list", directory()},
                        {"/var/lib/dpkg/info/c.list", symlink_to("/etc/passwd")},
                        {"/var/lib/dpkg/status.d/d.md5sums", file("short\n\n")}};
  EXPECT_EQ(owners_of(dpkg_files(tree, {"x"})), (Owners{"a /x", "a /y/x"}));
  EXPECT_TRUE(dpkg_files(MemoryTree{}, {"x"}).empty());
}

// Found by package_text_fuzz: the sum in front of a path was taken for a part of it.
TEST(DpkgFiles, TheSumInFrontOfAPathIsNoPartOfIt) {
  const std::string sum = "0123456789abcdef0123456789abcdef  ";
  const std::string odd = "0/23456789abcdef0123456789abcdef  lib";
  const MemoryTree tree{
      {"/var/lib/dpkg/status.d/a.md5sums", file(sum + "in-the-root\n" + odd + "\n")}};
  EXPECT_EQ(owners_of(dpkg_files(tree, {"in-the-root"})), Owners{"a /in-the-root"});
  EXPECT_EQ(owners_of(dpkg_files(tree, {odd.substr(2)})), Owners{});
}

TEST(ApkFiles, AreThoseOfTheDatabase) {
  const char* database =
      "C:Q1abc=\nP:musl\nV:1.2.4-r2\nA:x86_64\np:so:libc.musl-x86_64.so.1=1\n"
      "F:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\nZ:Q1x=\nR:libc.musl-x86_64.so.1\n\n"
      "P:zlib\nF:\nR:libz.so.1\nF:usr/lib\nR:libz.so.1\nM:0:0:755\n";
  const Owners expected = {"musl /lib/libc.musl-x86_64.so.1", "zlib /libz.so.1",
                           "zlib /usr/lib/libz.so.1"};
  const WantedNames names = {"libz.so.1", "libc.musl-x86_64.so.1"};
  EXPECT_EQ(owners_of(apk_files(MemoryTree{{"/lib/apk/db/installed", file(database)}}, names)),
            expected);
  EXPECT_EQ(owners_of(apk_files(MemoryTree{{"/usr/lib/apk/db/installed", file(database)},
                                           {"/lib", symlink_to("usr/lib")}},
                                names)),
            expected);
  EXPECT_TRUE(apk_files(MemoryTree{}, names).empty());
}

/// A root with a real rpm database, made by rpm.
class RpmFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("rpmbuild");
    write_file(folder_ / "pear.spec",
               "Name: pear\nVersion: 1\nRelease: 2\nSummary: s\nLicense: l\n%description\nd\n"
               "%install\nmkdir -p %{buildroot}/usr/lib64/pear\n"
               "touch %{buildroot}/usr/lib64/libpear.so.1 %{buildroot}/usr/lib64/pear/libin.so\n"
               "%files\n/usr/lib64/libpear.so.1\n/usr/lib64/pear\n"
               "%package -n plum\nSummary: s\n%description -n plum\nd\n%files -n plum\n");
    const ToolRun built =
        run("cd " + folder_.str() + " && rpmbuild --define '_topdir " + folder_.str() +
            "/build' --define '_rpmdir " + folder_.str() + "' -bb pear.spec && " + rpm() +
            " --initdb && " + rpm() + " -i --nodeps --noscripts --ignorearch */*.rpm");
    ASSERT_EQ(built.status, 0) << built.output;
  }

  std::string root() const { return folder_.str() + "/root"; }
  std::string rpm() const { return "rpm --root " + root() + " --dbpath /var/lib/rpm"; }
  std::string database() const {
    std::string path = run("find " + root() + " -name rpmdb.sqlite").output;
    return path.substr(0, path.find('\n'));
  }
  std::vector<OwnedFile> files(const WantedNames& names) const {
    return rpm_files(*open_disk_tree(root()), names);
  }

  TemporaryFolder folder_;
};

TEST_F(RpmFilesTest, AreWhatRpmSays) {
  ASSERT_FALSE(database().empty());
  Owners expected;
  for (const char* path : {"/usr/lib64/libpear.so.1", "/usr/lib64/pear/libin.so"})
    expected.insert(run(rpm() + " -qf --qf '%{NAME}' " + path).output + ' ' + path);
  EXPECT_EQ(expected.count("pear /usr/lib64/libpear.so.1"), 1U);
  EXPECT_EQ(owners_of(files({"libpear.so.1", "libin.so", "absent"})), expected);
}

TEST_F(RpmFilesTest, ADatabaseThatIsNoneIsAnError) {
  const std::string place = database();
  const std::string whole = read_file(place);
  write_file(place, "no database at all");
  EXPECT_THROW(files({"libpear.so.1"}), Error);
  write_file(place, whole.substr(0, whole.size() / 3));
  EXPECT_THROW(files({"libpear.so.1"}), Error);
  write_file(place, "");
  EXPECT_TRUE(files({"libpear.so.1"}).empty());
}

TEST_F(RpmFilesTest, AViewInPlaceOfTheTableIsNotRun) {
  PACK_REQUIRE_TOOL("sqlite3");
  const ToolRun made =
      run("sqlite3 " + database() +
          " 'DROP TABLE Packages; CREATE VIEW Packages AS WITH RECURSIVE n(hnum) AS "
          "(SELECT 1 UNION ALL SELECT hnum + 1 FROM n) SELECT hnum, hnum AS blob FROM n;'");
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_THROW(files({"libpear.so.1"}), Error);
}

TEST_F(RpmFilesTest, AQueryThatWouldNotEndIsEnded) {
  PACK_REQUIRE_TOOL("sqlite3");
  const ToolRun made =
      run("sqlite3 " + database() +
          " \"DROP TABLE Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob); "
          "INSERT INTO Packages (hnum) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
          "FROM n WHERE i < 4000000) SELECT i FROM n;\"");
  ASSERT_EQ(made.status, 0) << made.output;
  try {
    files({"libpear.so.1"});
    ADD_FAILURE() << "it came to its end";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("interrupted"), std::string::npos) << error.what();
  }
}

TEST_F(RpmFilesTest, ABrokenHeaderIsAnError) {
  PACK_REQUIRE_TOOL("sqlite3");
  const ToolRun made =
      run("sqlite3 " + database() + " \"UPDATE Packages SET blob = substr(blob, 1, 300);\"");
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_THROW(files({"libpear.so.1"}), Error);
}

std::string big_endian(std::initializer_list<uint32_t> numbers) {
  std::string out;
  for (const uint32_t number : numbers)
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
  return out;
}

TEST(RpmHeader, IsReadWithinItsBounds) {
  using namespace std::string_literals;
  const std::string blob =
      big_endian({2, 8, 1000, 6, 0, 1, 1116, 4, 4, 1}) + "abc\0"s + big_endian({7});
  const RpmHeader header(blob);
  EXPECT_EQ(header.strings(RpmTag::name), std::vector<std::string_view>{"abc"});
  EXPECT_EQ(header.numbers(RpmTag::dir_indexes), std::vector<uint32_t>{7});
  EXPECT_TRUE(header.strings(RpmTag::base_names).empty());
  EXPECT_TRUE(header.strings(RpmTag::dir_indexes).empty()) << "of another type";
  EXPECT_THROW(RpmHeader("1234567"), Error);
  EXPECT_THROW(RpmHeader(blob.substr(0, blob.size() - 1)), Error);
  EXPECT_THROW(RpmHeader(big_endian({0xffffffff, 0xffffffff})), Error);
}

TEST(RpmHeader, PlacesOutsideOfTheDataAreErrors) {
  const std::string far = big_endian({1, 4, 1000, 6, 4, 1}) + "abcd";
  EXPECT_THROW(RpmHeader(far).strings(RpmTag::name), Error);
  const std::string open = big_endian({1, 4, 1000, 6, 0, 1}) + "abcd";
  EXPECT_THROW(RpmHeader(open).strings(RpmTag::name), Error) << "no NUL ends it";
  const std::string many = big_endian({1, 4, 1117, 8, 0, 0xffffffff}) + std::string(4, '\0');
  EXPECT_THROW(RpmHeader(many).strings(RpmTag::base_names), Error);
  const std::string wide = big_endian({1, 4, 1116, 4, 0xffffffff, 0xffffffff, 0});
  EXPECT_THROW(RpmHeader(wide).numbers(RpmTag::dir_indexes), Error);
}

}  // namespace
}  // namespace pack::test
