// musl's path file and what follows from the loader's name. How the real loader reads such a file
// is in musl_oracle_test.cpp.

#include "closure/musl_path.h"

#include <gtest/gtest.h>

#include "closure/memory_elf.h"

namespace pack::test {
namespace {

using namespace std::string_literals;

TEST(MuslPath, IsSeparatedByColonsAndNewlines) {
  EXPECT_EQ(parse_musl_path("/a:/b\n/c"), (Texts{"/a", "/b", "/c"}));
  EXPECT_EQ(parse_musl_path(":\n:/a::\n\n/b:"), (Texts{"/a", "/b"}));
  EXPECT_EQ(parse_musl_path("/with space/\n r\r\n#x"), (Texts{"/with space/", " r\r", "#x"}));
  EXPECT_EQ(parse_musl_path("/a\n\0/b\n"s), (Texts{"/a"}));
  for (const std::string& nothing : {""s, ":\n"s, "\0/a"s})
    EXPECT_EQ(parse_musl_path(nothing), Texts{});
}

TEST(MuslLoader, ItsArchAndPathFileFollowFromItsPath) {
  const auto path_file = [](const char* interpreter) {
    const auto loader = musl_loader(interpreter);
    return loader ? loader->arch + ' ' + loader->path_file : "none";
  };
  EXPECT_EQ(path_file("/lib/ld-musl-x86_64.so.1"), "x86_64 /etc/ld-musl-x86_64.path");
  EXPECT_EQ(path_file("/ld-musl-armhf.so.1"), "armhf /etc/ld-musl-armhf.path");
  EXPECT_EQ(path_file("/opt/m/lib/ld-musl-mips64el-sf.so.1"),
            "mips64el-sf /opt/m/etc/ld-musl-mips64el-sf.path");
  EXPECT_EQ(path_file("/nix/store/x-musl/lib/ld-musl-aarch64.so.1"),
            "aarch64 /nix/store/x-musl/etc/ld-musl-aarch64.path");
  for (const char* other : {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-", "/lib/ld-musl-.so.1",
                            "/ld-musl-x86_64.so.1/x", ""})
    EXPECT_EQ(path_file(other), "none") << other;
}

Texts folders(const FileTree& tree) {
  return musl_system_folders(tree, *musl_loader("/lib/ld-musl-x86_64.so.1")).folders;
}

TEST(MuslPath, TheDefaultIsForARootWithoutTheFile) {
  const Texts by_default = {"/lib", "/usr/local/lib", "/usr/lib"};
  EXPECT_EQ(folders(MemoryTree{{"/x", file("")}}), by_default);
  EXPECT_EQ(folders(MemoryTree{{"/etc/ld-musl-aarch64.path", file("/a")}}), by_default);
  EXPECT_EQ(folders(MemoryTree{{"/etc/ld-musl-x86_64.path", symlink_to("gone")}}), by_default);

  EXPECT_EQ(folders(MemoryTree{{"/etc/ld-musl-x86_64.path", file("/a")}}), (Texts{"/a"}));
  EXPECT_EQ(folders(MemoryTree{{"/etc/ld-musl-x86_64.path", file("")}}), Texts{});
  EXPECT_EQ(folders(MemoryTree{{"/etc/ld-musl-x86_64.path", directory()}}), Texts{});
  EXPECT_EQ(folders(MemoryTree{{"/etc", file("")}}), Texts{});
}

TEST(MuslPath, AFileOfUnreasonableSizeIsAnError) {
  const MemoryTree tree{{"/etc/ld-musl-x86_64.path", file(std::string(2 << 20, 'x'))}};
  EXPECT_THROW(folders(tree), Error);
}

}  // namespace
}  // namespace pack::test
