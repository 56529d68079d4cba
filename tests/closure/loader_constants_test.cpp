// What is read out of an ld.so. The oracle is what it says of itself: `ld.so --help`.

#include "closure/loader_constants.h"

#include <chrono>
#include <random>
#include <sstream>

#include "elf/fixture.h"

namespace pack::test {
namespace {

using Texts = std::vector<std::string>;
using namespace std::string_literals;

constexpr ElfMachine k64{.number = 62};
constexpr ElfMachine k32{.elf_class = ElfClass::elf32, .number = 3};

/// "  /lib/x86_64-linux-gnu (system search path)"
Texts system_folders_of_help(const std::string& ld_so) {
  std::istringstream lines(run("LC_ALL=C " + ld_so + " --help").output);
  Texts folders;
  for (std::string line; std::getline(lines, line);)
    if (const size_t end = line.find(" (system search path)"); end != line.npos)
      folders.push_back(line.substr(2, end - 2));
  return folders;
}

/// The machine's plain $PLATFORM, "Subdirectories of glibc-hwcaps" aside:
/// "AT_PLATFORM" shows in --list-diagnostics as dl_platform="haswell".
std::string platform_of_diagnostics(const std::string& ld_so) {
  const std::string text = run("LC_ALL=C " + ld_so + " --list-diagnostics").output;
  const std::string key = "dl_platform=\"";
  const size_t at = text.find(key);
  if (at == text.npos) return "";
  return text.substr(at + key.size(), text.find('"', at + key.size()) - at - key.size());
}

TEST(LoaderConstants, AreThoseOfThisMachinesLoader) {
  const std::string ld_so = "/lib64/ld-linux-x86-64.so.2";
  if (!std::filesystem::exists(ld_so)) GTEST_SKIP() << "needs a glibc for amd64";
  const LoaderConstants found = loader_constants(read_file(ld_so), k64);
  const Texts folders = system_folders_of_help(ld_so);
  ASSERT_FALSE(folders.empty());
  EXPECT_EQ(found.default_directories, folders);
  EXPECT_EQ('/' + found.lib, folders.front());
  const std::string platform = platform_of_diagnostics(ld_so);
  ASSERT_NE(platform, "");
  EXPECT_NE(std::find(found.platforms.begin(), found.platforms.end(), platform),
            found.platforms.end())
      << platform;
}

TEST(LoaderConstants, OfAnotherMachinesLoader) {
  const std::string ld_so = "/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1";
  if (!std::filesystem::exists(ld_so)) GTEST_SKIP() << "needs libc6-arm64-cross";
  const LoaderConstants found = loader_constants(read_file(ld_so), {.number = 183});
  EXPECT_EQ(found.default_directories,
            (Texts{"/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib", "/usr/lib"}));
  EXPECT_EQ(found.lib, "lib/aarch64-linux-gnu");
  EXPECT_EQ(found.platforms, (Texts{"aarch64"}));
}

TEST(LoaderConstants, OfADistributionWithLib64) {
  const std::string bytes = "x\0/lib64/\0/usr/lib64/\0y\0lib64\0"s;
  const LoaderConstants found = loader_constants(bytes, k64);
  EXPECT_EQ(found.default_directories, (Texts{"/lib64", "/usr/lib64"}));
  EXPECT_EQ(found.lib, "lib64");
}

TEST(LoaderConstants, OfOneWithAPrefix) {
  const std::string bytes = "\0/nix/store/abc-glibc/lib/\0\0lib\0"s;
  EXPECT_EQ(loader_constants(bytes, k64).default_directories, (Texts{"/nix/store/abc-glibc/lib"}));
}

TEST(LoaderConstants, TheTableWinsOverOtherPaths) {
  const std::string bytes =
      "\0/usr/lib/locale/\0x\0/lib/\0/usr/lib/\0\0/etc/ld.so.cache\0/usr/share/\0lib\0"s;
  EXPECT_EQ(loader_constants(bytes, k32).default_directories, (Texts{"/lib", "/usr/lib"}));
}

TEST(LoaderConstants, WithoutATableAreGlibcsOwn) {
  for (const std::string& bytes :
       {""s, "\177ELF"s, std::string(5000, '\0'), "\0/"s, "\0/lib"s, std::string(9000, '/')}) {
    EXPECT_EQ(loader_constants(bytes, k64).default_directories,
              (Texts{"/lib64", "/usr/lib64", "/lib", "/usr/lib"}));
    EXPECT_EQ(loader_constants(bytes, k64).lib, "lib64");
    EXPECT_EQ(loader_constants(bytes, k32).default_directories, (Texts{"/lib", "/usr/lib"}));
    EXPECT_EQ(loader_constants(bytes, k32).lib, "lib");
  }
}

// 16 MB, the most that is read of a loader, made of one piece again and again.
TEST(LoaderConstants, HostileBytesTakeNoLongerThanOthers) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& piece :
       {"\0/"s, "\0/lib/"s, "/lib/\0"s, "\0/lib/\0x"s, "/"s, "\0"s, "/lib/x"s,
        '\0' + std::string(5000, '/'), "/lib/" + std::string(4000, 'a') + '\0'}) {
    std::string bytes;
    while (bytes.size() < 16 << 20) bytes += piece;
    EXPECT_FALSE(loader_constants(bytes, k64).default_directories.empty());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(LoaderConstants, RandomBytesGiveOnlyFolders) {
  std::mt19937 random(11);
  for (int i = 0; i < 300; ++i) {
    std::string bytes;
    for (int n = 0; n < 400; ++n) bytes += "\0/libx."[random() % 7];
    for (const std::string& folder : loader_constants(bytes, k64).default_directories) {
      EXPECT_TRUE(folder.starts_with('/')) << folder;
      EXPECT_FALSE(folder.ends_with('/')) << folder;
      EXPECT_NE(folder.find("/lib"), folder.npos) << folder;
    }
  }
}

}  // namespace
}  // namespace pack::test
