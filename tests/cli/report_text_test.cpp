#include "cli/report_text.h"

#include <sys/stat.h>

#include <fstream>

#include "support/shell.h"

namespace pack::test {
namespace {

Entry entry_with(EntryKind kind, uint32_t mode) {
  Entry entry;
  entry.kind = kind;
  entry.mode = mode;
  return entry;
}

// The oracle is stat(1), for every mode that there is.
TEST(DescribeMode, IsWhatStatShows) {
  TemporaryFolder folder;
  const std::string place = folder.str() + "/f";
  std::ofstream(place) << "";
  for (uint32_t mode = 0; mode <= 07777; mode += 01111)
    for (const uint32_t each : {mode, mode & 07070, mode ^ 0644}) {
      ASSERT_EQ(::chmod(place.c_str(), each), 0);
      EXPECT_EQ(describe_mode(entry_with(EntryKind::file, each)) + "\n",
                run("stat -c %A " + place).output);
    }
  EXPECT_EQ(describe_mode(entry_with(EntryKind::directory, 01777)), "drwxrwxrwt");
  EXPECT_EQ(describe_mode(entry_with(EntryKind::symlink, 0777)), "lrwxrwxrwx");
}

TEST(DescribeSize, ThreeDigitsAndDecimalUnits) {
  EXPECT_EQ(describe_size(0), "0 B");
  EXPECT_EQ(describe_size(999), "999 B");
  EXPECT_EQ(describe_size(1000), "1.00 kB");
  EXPECT_EQ(describe_size(3'944'448), "3.94 MB");
  EXPECT_EQ(describe_size(9'994'999), "9.99 MB");
  EXPECT_EQ(describe_size(9'995'000), "10.0 MB");
  EXPECT_EQ(describe_size(99'949'999), "99.9 MB");
  EXPECT_EQ(describe_size(99'950'000), "100 MB");
  EXPECT_EQ(describe_size(999'499), "999 kB");
  EXPECT_EQ(describe_size(999'500), "1.00 MB");
  EXPECT_EQ(describe_size(4'294'967'296), "4.29 GB");
  EXPECT_EQ(describe_size(~uint64_t{0}), "18446744 TB");
}

TEST(DescribeReason, SaysWhyInOneLine) {
  EXPECT_EQ(describe(Reason{.kind = ReasonKind::needed,
                            .by = "/usr/bin/bash",
                            .detail = "libtinfo.so.6",
                            .rule = SearchRule::ld_so_cache}),
            "NEEDED libtinfo.so.6 by /usr/bin/bash, found through ld.so.cache");
  EXPECT_EQ(describe(Reason{.kind = ReasonKind::on_the_way, .by = "/a b"}),
            "on the way to \"/a b\"");
  EXPECT_EQ(describe(Reason{.kind = ReasonKind::script, .by = "/s", .detail = "#!/bin/sh"}),
            "run by /s (#!/bin/sh)");
}

}  // namespace
}  // namespace pack::test
