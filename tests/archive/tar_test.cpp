// The oracles are GNU tar and Python's tarfile, which share no code with libarchive.

#include "archive/tar.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "support/shell.h"

namespace pack {
namespace {

TarEntry regular(const std::string& path, uint64_t size = 0) {
  return {.path = path, .mode = 0644, .size = size, .link_target = {}, .capabilities = {}};
}

/// An archive of these entries without data; sizes are cut to nothing.
std::string listing(const std::string& headers, const std::string& command) {
  const test::TemporaryFolder folder;
  const std::string path = folder.str() + "/t.tar";
  std::ofstream(path, std::ios::binary) << headers << tar_zeroes(kTarTrailer);
  return test::run(command + " " + path).output;
}

const std::string kGnuTar =
    "LC_ALL=C TZ=UTC tar --numeric-owner --full-time --quoting-style=escape -tvf";
const std::string kPython =
    R"(python3 -c 'import sys,tarfile
for m in tarfile.open(sys.argv[1], encoding="utf-8", errors="surrogateescape"):
  print(ascii(m.name), m.type.decode(), oct(m.mode), m.uid, m.gid, m.mtime, m.size, ascii(m.linkname), repr(m.uname + m.gname), sorted(m.pax_headers))')";

TEST(TarHeader, SaysEveryKindToGnuTar) {
  TarEntry directory{.kind = TarEntry::Kind::directory,
                     .path = "tmp",
                     .mode = 01777,
                     .link_target = {},
                     .capabilities = {}};
  TarEntry file = regular("usr/bin/su");
  file.mode = 04755;
  file.uid = 1;
  file.gid = 2;
  file.mtime = 86400;
  TarEntry link{.kind = TarEntry::Kind::symlink,
                .path = "bin",
                .mode = 0777,
                .link_target = "usr/bin",
                .capabilities = {}};
  TarEntry hard{.kind = TarEntry::Kind::hard_link,
                .path = "usr/bin/su2",
                .mode = 0755,
                .link_target = "usr/bin/su",
                .capabilities = {}};
  EXPECT_EQ(listing(tar_header(directory) + tar_header(file) + tar_header(link) + tar_header(hard),
                    kGnuTar),
            "drwxrwxrwt 0/0               0 1970-01-01 00:00:00 tmp/\n"
            "-rwsr-xr-x 1/2               0 1970-01-02 00:00:00 usr/bin/su\n"
            "lrwxrwxrwx 0/0               0 1970-01-01 00:00:00 bin -> usr/bin\n"
            "hrwxr-xr-x 0/0               0 1970-01-01 00:00:00 usr/bin/su2 link to usr/bin/su\n");
}

TEST(TarHeader, IsOneBlockWhereUstarSuffices) {
  EXPECT_EQ(tar_header(regular("a")).size(), 512u);
  EXPECT_EQ(tar_header(regular(std::string(155, 'd') + '/' + std::string(100, 'f'))).size(), 512u);
  EXPECT_EQ(tar_header(regular("\xc3\xa4")).size(), 512u);
  const std::string header = tar_header(regular("a"));
  EXPECT_EQ(header.substr(257, 8), std::string("ustar\00000", 8));
}

TEST(TarHeader, LongNamesArriveWhole) {
  const std::string name = "d/" + std::string(250, 'n') + "/" + std::string(200, 'm');
  const std::string out = listing(tar_header(regular(name)), kGnuTar);
  EXPECT_NE(out.find(" " + name + "\n"), std::string::npos) << out;
}

TEST(TarHeader, LongLinkTargetsArriveWhole) {
  const std::string target = std::string(300, 't');
  const TarEntry link{.kind = TarEntry::Kind::symlink,
                      .path = "l",
                      .mode = 0777,
                      .link_target = target,
                      .capabilities = {}};
  const std::string out = listing(tar_header(link), kGnuTar);
  EXPECT_NE(out.find("l -> " + target + "\n"), std::string::npos) << out;
}

TEST(TarHeader, NamesAreBytes) {
  const std::string out =
      listing(tar_header(regular("\xc3\xa4")) + tar_header(regular("\xff\xfe")) +
                  tar_header(regular("\xff" + std::string(300, 'x'))),
              kGnuTar);
  EXPECT_NE(out.find(" \\303\\244\n"), std::string::npos) << out;
  EXPECT_NE(out.find(" \\377\\376\n"), std::string::npos) << out;
  EXPECT_NE(out.find(" \\377" + std::string(300, 'x') + "\n"), std::string::npos) << out;
}

TEST(TarHeader, AFileOfEightGibibytesKeepsItsSize) {
  // Only the first header is read: there is no data behind it.
  const std::string out = listing(tar_header(regular("big", 8ULL << 30)),
                                  R"(python3 -c 'import sys,tarfile
print(tarfile.open(sys.argv[1]).next().size)')");
  EXPECT_EQ(out, "8589934592\n");
  EXPECT_EQ(tar_header(regular("big", (8ULL << 30) - 1)).size(), 512u);
}

TEST(TarHeader, LargeOwnersArriveWhole) {
  TarEntry entry = regular("a");
  entry.uid = 3'000'000;
  entry.gid = 4'000'000'000;
  const std::string out = listing(tar_header(entry), kGnuTar);
  EXPECT_NE(out.find(" 3000000/4000000000 "), std::string::npos) << out;
}

TEST(TarHeader, CapabilitiesAreOneRawRecord) {
  TarEntry entry = regular("ping");
  entry.capabilities = std::string("\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  const std::string header = tar_header(entry);
  EXPECT_NE(header.find("SCHILY.xattr.security.capability=" + entry.capabilities + "\n"),
            std::string::npos);
  EXPECT_EQ(header.find("LIBARCHIVE"), std::string::npos);
  const std::string out = listing(header, kPython);
  EXPECT_NE(out.find("'' ['SCHILY.xattr.security.capability']"), std::string::npos) << out;
}

TEST(TarHeader, OtherAttributesOfAFolderAreRawRecords) {
  TarEntry entry = regular("dir");
  entry.kind = TarEntry::Kind::directory;
  entry.xattrs = {{"user.a", "b"}, {"user.c", "d"}};
  const std::string out = listing(tar_header(entry), kPython);
  EXPECT_NE(out.find("['SCHILY.xattr.user.a', 'SCHILY.xattr.user.c']"), std::string::npos) << out;
}

TEST(TarHeader, NoOwnerNamesNoOtherTimes) {
  TarEntry entry = regular(std::string(300, 'p'));
  const std::string out = listing(tar_header(entry), kPython);
  EXPECT_NE(out.find("0o644 0 0 0 0 '' '' ['path']"), std::string::npos) << out;
}

TEST(TarHeader, ANulIsRefused) { EXPECT_THROW(tar_header(regular(std::string("a\0b", 3))), Error); }

TEST(TarPadding, FillsTheBlock) {
  EXPECT_EQ(tar_padding(0), 0u);
  EXPECT_EQ(tar_padding(1), 511u);
  EXPECT_EQ(tar_padding(512), 0u);
}

}  // namespace
}  // namespace pack
