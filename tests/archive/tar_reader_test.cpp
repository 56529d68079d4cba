// The oracle for good archives is GNU tar, which made them of files; bad ones are written by hand.

#include "archive/tar_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <span>
#include <sstream>

#include "archive/tar.h"
#include "base/error.h"
#include "support/raw_tar.h"
#include "support/shell.h"

namespace pack::test {
namespace {

/// Bytes in memory as an archive.
SeekableBytes seekable(std::string bytes) {
  const uint64_t size = bytes.size();
  return {size, [bytes = std::move(bytes)](uint64_t offset, std::span<std::byte> into) {
            if (offset >= bytes.size()) return size_t{0};
            const size_t count = std::min<size_t>(into.size(), bytes.size() - offset);
            std::memcpy(into.data(), bytes.data() + offset, count);
            return count;
          }};
}

std::vector<TarMember> members(const std::string& archive) {
  TarReader reader(seekable(archive));
  std::vector<TarMember> out;
  while (auto member = reader.next()) out.push_back(std::move(*member));
  return out;
}

std::string escaped(const std::string& name) {
  std::string out;
  for (const char c : name) {
    char digits[5];
    std::snprintf(digits, sizeof digits, "\\%03o", static_cast<unsigned char>(c));
    out += c > ' ' && c < 127 ? std::string(1, c) : digits;
  }
  return out;
}

/// As `tar -tv` shows it, with the time in seconds.
std::string listed(const TarMember& member) {
  std::ostringstream out;
  constexpr std::string_view kKinds = "-dlhpcb?";
  out << kKinds[static_cast<size_t>(member.kind)];
  for (int bit = 8; bit >= 0; --bit) out << (member.mode >> bit & 1 ? "rwxrwxrwx"[8 - bit] : '-');
  out << ' ' << member.uid << '/' << member.gid << ' ' << member.size << ' ' << member.mtime << ' '
      << escaped(member.path);
  if (member.kind == TarMember::Kind::symlink) out << " -> " << escaped(member.link_target);
  if (member.kind == TarMember::Kind::hard_link) out << " link to " << escaped(member.link_target);
  out << '\n';
  return out.str();
}

class TarReaderTest : public ::testing::Test {
 protected:
  /// Members with short and long names, of all sizes and kinds.
  void make_files() {
    const ToolRun made = run("cd " + folder_.str() +
                             " && mkdir -m 750 d && printf one > d/a && : > d/empty"
                             " && head -c 100000 /dev/urandom > d/b && head -c 512 d/b > d/c"
                             " && ln d/a d/hard && ln -s a d/link && mkfifo d/fifo"
                             " && ln -s " +
                             std::string(300, 't') +
                             " d/long"
                             " && printf x > $(printf 'd/\\377\\376') && printf y > $(printf "
                             "'d/\\303\\244%0200d' 7) && mkdir -p d/" +
                             std::string(90, 'p') + "/" + std::string(90, 'q') +
                             " && chmod 640 d/b && touch -d @86400 d/c && chown 77:3000000 d/c"
                             " && truncate -s 3M d/sparse && printf z >> d/sparse");
    ASSERT_EQ(made.status, 0) << made.output;
  }

  std::string archive(const std::string& options) {
    const ToolRun made =
        run("cd " + folder_.str() + " && LC_ALL=C tar --sort=name -cf t.tar " + options + " d");
    EXPECT_EQ(made.status, 0) << made.output;
    return read_file(folder_ / "t.tar");
  }

  /// GNU tar's list in the form of listed().
  std::string oracle() {
    const std::string list = "cd " + folder_.str() +
                             R"~( && LC_ALL=C TZ=UTC tar --numeric-owner --full-time )~"
                             R"~(--quoting-style=escape -tvf t.tar | python3 -c '
import sys, datetime, re
for line in sys.stdin:
  m = re.match(r"(.{10}) (\d+/\d+) +(\d+) (\S+ \S+) +(.*)", line)
  if not m: continue
  mode, owner, size, time, rest = m.groups()
  when = datetime.datetime.fromisoformat(time[:19] + "+00:00")
  print(f"{mode} {owner} {size} {int(when.timestamp())} {rest}")')~";
    const ToolRun done = run(list);
    EXPECT_EQ(done.status, 0) << done.output;
    return done.output;
  }

  TemporaryFolder folder_;
};

class Written : public TarReaderTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(Written, IsReadAsGnuTarReadsIt) {
  PACK_REQUIRE_ROOT();
  make_files();
  const std::string bytes = archive(GetParam());
  std::string ours;
  size_t files = 0;
  for (const TarMember& member : members(bytes)) {
    ours += listed(member);
    if (member.kind != TarMember::Kind::regular || member.is_sparse) continue;
    ++files;
    EXPECT_TRUE(bytes.substr(member.offset, member.size) == read_file(folder_ / member.path))
        << member.path;
  }
  EXPECT_GE(files, 6u);
  EXPECT_EQ(ours, oracle());
}

INSTANTIATE_TEST_SUITE_P(TarReader, Written,
                         ::testing::Values("--format=gnu", "--format=pax",
                                           "--format=pax --pax-option=delete=atime,delete=ctime",
                                           "--format=gnu -b 1"));

TEST_F(TarReaderTest, SparseFilesAreTold) {
  PACK_REQUIRE_ROOT();
  make_files();
  for (const std::string format : {"gnu", "pax --sparse-version=0.0", "pax --sparse-version=0.1",
                                   "pax --sparse-version=1.0"}) {
    std::string sparse;
    std::string last;
    for (const TarMember& member : members(archive("-S --format=" + format))) {
      if (member.is_sparse) sparse += member.path + ' ' + std::to_string(member.size) + '\n';
      last = member.path;
    }
    EXPECT_EQ(sparse, "d/sparse 3145729\n") << format;
    EXPECT_EQ(last, "d/\xff\xfe") << format;
  }
}

TEST_F(TarReaderTest, XattrsAreRawHoweverTheyAreWritten) {
  const std::string value("\x01\0\0\x02\0\x20=\n\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  const std::string archive =
      pax("SCHILY.xattr.security.capability", value) + raw_file("ping", "") +
      pax("LIBARCHIVE.xattr.security.capability", "AQAAAgAgPQoAAAAAAAAAAAAAAAA") +
      raw_file("ping2", "") + raw_file("plain", "") + kTarEnd;
  const std::vector<TarMember> read = members(archive);
  ASSERT_EQ(read.size(), 3u);
  const std::map<std::string, std::string> wanted{{"security.capability", value}};
  EXPECT_EQ(read[0].xattrs, wanted);
  EXPECT_EQ(read[1].xattrs, wanted);
  EXPECT_TRUE(read[2].xattrs.empty());
}

TEST(TarReader, ReadsNoContents) {
  std::string bytes;
  for (int i = 0; i < 4; ++i)
    bytes += raw_file("file" + std::to_string(i), std::string(1 << 20, 'x'));
  bytes += kTarEnd;
  SeekableBytes archive = seekable(bytes);
  uint64_t read = 0;
  TarReader reader({archive.size, [&](uint64_t offset, std::span<std::byte> into) {
                      read += into.size();
                      return archive.read_at(offset, into);
                    }});
  size_t count = 0;
  while (reader.next()) ++count;
  EXPECT_EQ(count, 4u);
  EXPECT_LT(read, 16u * 1024);
}

TEST(TarReader, EndsWhereEnginesEnd) {
  EXPECT_EQ(members("").size(), 0u);
  EXPECT_EQ(members(kTarEnd).size(), 0u);
  EXPECT_EQ(members(raw_file("a", "1")).size(), 1u);  // without an end at all
  EXPECT_EQ(members(raw_file("a", "1") + kTarEnd + raw_file("b", "2")).size(), 1u);
}

TEST(TarReader, GigabytesOfZeroesBehindTheEndAreNotRead) {
  const std::string bytes = raw_file("a", "1") + kTarEnd;
  uint64_t read = 0;
  TarReader reader({uint64_t{1} << 42, [&](uint64_t offset, std::span<std::byte> into) {
                      for (std::byte& byte : into) {
                        byte = offset < bytes.size() ? std::byte(bytes[offset]) : std::byte(0);
                        ++offset;
                      }
                      read += into.size();
                      return into.size();
                    }});
  EXPECT_EQ(reader.next()->path, "a");
  EXPECT_FALSE(reader.next());
  EXPECT_LT(read, 8192u);
}

TEST(TarReader, UnknownKindsArePassedOnAsSuch) {
  const std::vector<TarMember> read =
      members(raw_header({.name = "volume", .type = 'V'}) +
              raw_header({.name = "odd", .type = 'Z', .size = "5"}) + padded("12345") +
              raw_file("a", "1") + raw_header({.name = "D", .type = 'D', .size = "3"}) +
              padded("123") + raw_file("b", "22") + kTarEnd);
  std::string kinds;
  for (const TarMember& member : read)
    kinds += member.path + ":" + std::to_string(static_cast<int>(member.kind)) + ' ';
  EXPECT_EQ(kinds, "volume:7 odd:7 a:0 D:7 b:0 ");
  EXPECT_EQ(read.back().size, 2u);
}

TEST(TarReader, GlobalHeadersArePassedOver) {
  const std::string archive =
      raw_extension('g', pax_record("comment", "by git") + pax_record("path", "elsewhere")) +
      raw_file("a", "1") + kTarEnd;
  EXPECT_EQ(members(archive).at(0).path, "a");
}

struct Damaged {
  const char* name;
  std::string archive;
  const char* message;  ///< part of it
};

std::string numbered(RawHeader header) { return raw_header(header) + kTarEnd; }

std::vector<Damaged> damaged() {
  const std::string minus_one(12, '\xff');
  const std::string file = raw_file("a", "1");
  const auto bytes = [](const char* text, size_t size) { return std::string(text, size); };
  std::vector<Damaged> out{
      {"NegativeSize", numbered({.name = "a", .size = minus_one}), "negative size"},
      {"MinusInSize", numbered({.name = "a", .size = "-1"}), "no number"},
      {"SizeOverflow", numbered({.name = "a", .size = bytes("\x80\0\0\1\0\0\0\0\0\0\0\0", 12)}),
       "too large"},
      {"SizeOverflowsTheSign",
       numbered({.name = "a", .size = bytes("\x80\0\0\0\x80\0\0\0\0\0\0\0", 12)}), "too large"},
      {"SizeBehindTheEnd",
       numbered({.name = "a", .size = bytes("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12)}),
       "cut off"},
      {"SizeNotANumber", numbered({.name = "a", .size = "12x"}), "no number"},
      {"DigitsBehindNul", numbered({.name = "a", .size = bytes("\0001", 2)}), "no number"},
      {"OwnerMinusOne", numbered({.name = "a", .uid = minus_one}), "negative owner"},
      {"GroupMinusOne", numbered({.name = "a", .gid = minus_one}), "negative group"},
      {"OwnerTooLarge", numbered({.name = "a", .uid = bytes("\x80\0\0\1\0\0\0\0", 8)}), "no user"},
      {"TimeTooLarge", numbered({.name = "a", .mtime = bytes("\x80\1\0\0\0\0\0\0\0\0\0\0", 12)}),
       "too large"},
      {"ContentCutOff", raw_header({.name = "a", .size = "1000"}) + "abc", "cut off"},
      {"HeaderCutOff", file + raw_header({.name = "b"}).substr(0, 300), "cut off"},
      {"NoHeader", std::string(1024, 'x'), "no header"},
      {"ZeroBlockBetween", file + std::string(512, '\0') + file, "zero block"},
      {"LongNameLoop", "", "say the same"},
      {"PaxLoop", "", "say the same"},
      {"GlobalLoop", "", "take more than"},
      {"GiantPax", raw_header({.name = "x", .type = 'x', .size = "77777777777"}) + file,
       "take more than"},
      {"GiantLongName", raw_header({.name = "L", .type = 'L', .size = "77777777777"}) + file,
       "take more than"},
      {"PaxCutOff", raw_header({.name = "x", .type = 'x', .size = "1000"}), "cut off"},
      {"PaxLengthLies", raw_extension('x', "99 path=b\n") + file, "lies"},
      {"PaxLengthTooShort", raw_extension('x', "5 path=b\n") + file, "lies"},
      {"PaxLengthNegative", raw_extension('x', "-1 path=b\n") + file, "lies"},
      {"PaxLengthZero", raw_extension('x', "0 path=b\n") + file, "lies"},
      {"PaxLengthHuge", raw_extension('x', "99999999999999999999 path=b\n") + file, "lies"},
      {"PaxWithoutName", raw_extension('x', "5 =b\n") + file, "without a name"},
      {"PaxWithoutEquals", raw_extension('x', "7 path\n") + file, "without a name"},
      {"PaxNulInPath", pax("path", bytes("a\0b", 3)) + file, "NUL"},
      {"PaxNulInLink", pax("linkpath", bytes("a\0b", 3)) + raw_link("l", "t"), "NUL"},
      {"PaxEmptyPath", pax("path", "") + file, "empty name"},
      {"PaxNegativeSize", pax("size", "-5") + file, "negative size"},
      {"PaxHugeSize", pax("size", "99999999999999999999") + file, "too large"},
      {"PaxSizeBehindTheEnd", pax("size", "9000000000000000000") + file, "cut off"},
      {"PaxSizeNotANumber", pax("size", "1e3") + file, "no number"},
      {"PaxOwnerMinusOne", pax("uid", "-1") + file, "negative uid"},
      {"PaxOwnerTooLarge", pax("uid", "4294967296") + file, "no user"},
      {"PaxTimeNotANumber", pax("mtime", "today") + file, "no number"},
      {"PaxSizeTwice", raw_extension('x', pax_record("path", "a") + pax_record("path", "b")) + file,
       "say the same"},
      {"TwoLongNames", raw_extension('L', "one") + pax("path", "two") + file, "say the same"},
      {"HardLinkWithContent", raw_header({.name = "h", .type = '1', .size = "3"}) + padded("abc"),
       "hard link with content"},
      {"PathTooLong", pax("path", std::string(5000, 'p')) + file, "longer than"},
      {"TargetTooLong", pax("linkpath", std::string(5000, 'p')) + raw_link("l", "t"),
       "longer than"},
      {"GiantXattr", pax("SCHILY.xattr.user.x", std::string(70'000, 'x')) + file, "64 KiB"},
  };
  for (Damaged& each : out) {
    std::string loop;
    if (each.name == std::string("LongNameLoop")) loop = raw_extension('L', "name");
    if (each.name == std::string("PaxLoop")) loop = pax("comment", "c");
    if (each.name == std::string("GlobalLoop")) loop = raw_extension('g', "");
    for (int i = 0; !loop.empty() && i < 5000; ++i) each.archive += loop;
  }
  return out;
}

class Refused : public ::testing::TestWithParam<Damaged> {};

TEST_P(Refused, WithAClearError) {
  try {
    members(GetParam().archive);
    FAIL() << "was read";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().message), std::string::npos)
        << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(TarReader, Refused, ::testing::ValuesIn(damaged()),
                         [](const auto& each) { return each.param.name; });

TEST(TarReader, ASparseMapWithoutEndIsRefused) {
  // Old GNU: each block of the map says that another follows.
  std::string block(512, '\0');
  block[504] = 1;
  std::string archive = raw_header({.name = "h", .type = 'S', .size = "1"});
  archive[482] = 1;
  archive = summed(archive);
  for (int i = 0; i < 5000; ++i) archive += block;
  EXPECT_THROW(members(archive), Error);
  // pax 1.0: the content starts with a number of entries, and the entries.
  std::string map = "1000000\n";
  for (int i = 0; i < 1'000'000; ++i) map += "1\n1\n";
  archive =
      raw_extension('x', pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
                             pax_record("GNU.sparse.realsize", "2000000")) +
      raw_file("h", map) + kTarEnd;
  EXPECT_THROW(members(archive), Error);
}

TEST(TarReader, TimesBeforeTheEpochAreTimes) {
  const std::string archive =
      numbered({.name = "a", .mtime = std::string(11, '\xff') + '\xfe'}).substr(0, 512) +
      pax("mtime", "-3.5") + raw_file("b", "") + kTarEnd;
  EXPECT_EQ(members(archive).at(0).mtime, -2);
  EXPECT_LE(members(archive).at(1).mtime, -3);
}

}  // namespace
}  // namespace pack::test
