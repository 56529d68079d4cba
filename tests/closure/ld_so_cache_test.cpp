// Reading and writing /etc/ld.so.cache. The oracle is `ldconfig`: caches that it makes, and what
// `ldconfig -p` prints of caches that pack makes.

#include "closure/ld_so_cache.h"

#include <elf.h>
#include <unistd.h>

#include <map>

#include "elf/fixture.h"

namespace pack::test {
namespace {

using Entries = std::vector<LdSoCacheEntry>;

constexpr uint32_t kX86_64 = 0x303;
constexpr uint64_t kLevelBit = uint64_t{1} << 62;

/// The lines of `ldconfig -p -C FILE` that stand for entries, without the tab.
std::vector<std::string> printed(const std::string& cache) {
  const TemporaryFolder folder;
  write_file(folder.path() / "cache", cache);
  std::istringstream lines(run("LC_ALL=C /sbin/ldconfig -p -C " + folder.str() + "/cache").output);
  std::vector<std::string> found;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with('\t')) found.push_back(line.substr(1));
  return found;
}

/// As ldconfig prints an entry of this machine.
std::string line_of(const LdSoCacheEntry& entry) {
  static const std::map<uint32_t, std::string> kinds = {
      {0x1, "ELF"}, {0x3, "libc6"}, {kX86_64, "libc6,x86-64"}, {0x803, "libc6,x32"}};
  const std::string level =
      entry.hwcaps_level ? ", hwcap: \"" + *entry.hwcaps_level + "\"" : std::string();
  return entry.name + " (" + kinds.at(entry.flags) + level + ") => " + entry.path;
}

std::vector<std::string> lines_of(const LdSoCache& cache) {
  std::vector<std::string> lines;
  for (const LdSoCacheEntry& entry : cache.entries) lines.push_back(line_of(entry));
  return lines;
}

Entries some_entries() {
  return {{kX86_64, "liba.so.2", "/usr/lib/liba.so.2", 0, {}},
          {kX86_64, "liba.so.10", "/opt/k/liba.so.10", 0, {}},
          {0x3, "liba.so.2", "/usr/lib32/liba.so.2", 0, {}},
          {kX86_64, "libz.so", "/opt/k/libz.so", 0, {}},
          {kX86_64, "libz.so", "/opt/k/glibc-hwcaps/x86-64-v3/libz.so", kLevelBit, "x86-64-v3"},
          {kX86_64, "libz.so", "/opt/k/glibc-hwcaps/x86-64-v2/libz.so", kLevelBit, "x86-64-v2"}};
}

/// A root with one library in three variants, and the caches that ldconfig makes of it.
class MadeByLdconfig : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "ldconfig -r needs root";
    const std::string library =
        compile(folder_, "int f(void) { return 1; }", "gcc -shared -Wl,-soname,libh.so.1");
    for (const char* place : {"", "glibc-hwcaps/x86-64-v2/", "glibc-hwcaps/x86-64-v3/"})
      write_file(root() / "opt/k" / (std::string(place) + "libh.so.1"), library);
    write_file(root() / "etc/ld.so.conf", "/opt/k\n");
    std::filesystem::create_directories(root() / "lib");
  }

  std::string cache(const std::string& format) const {
    const ToolRun made = run("/sbin/ldconfig -X -c " + format + " -r " + root().string());
    EXPECT_EQ(made.status, 0) << made.output;
    return read_file(root() / "etc/ld.so.cache");
  }

  std::filesystem::path root() const { return folder_.path() / "root"; }
  TemporaryFolder folder_;
};

const Entries kThreeVariants = {
    {kX86_64, "libh.so.1", "/opt/k/glibc-hwcaps/x86-64-v2/libh.so.1", kLevelBit, "x86-64-v2"},
    {kX86_64, "libh.so.1", "/opt/k/glibc-hwcaps/x86-64-v3/libh.so.1", kLevelBit, "x86-64-v3"},
    {kX86_64, "libh.so.1", "/opt/k/libh.so.1", 0, {}}};

TEST_F(MadeByLdconfig, TheNewFormat) {
  const LdSoCache decoded = decode_ld_so_cache(cache("new"));
  EXPECT_EQ(decoded.byte_order, ByteOrder::little);
  EXPECT_EQ(decoded.entries, kThreeVariants);
}

/// (ldconfig -p itself misprints the level names of this format; the file has them right.)
TEST_F(MadeByLdconfig, TheNewFormatBehindTheOldOne) {
  EXPECT_EQ(decode_ld_so_cache(cache("compat")).entries, kThreeVariants);
}

TEST_F(MadeByLdconfig, TheOldFormat) {
  Entries expected = kThreeVariants;
  for (LdSoCacheEntry& entry : expected) {
    entry.hwcap = 0;
    entry.hwcaps_level.reset();
  }
  EXPECT_EQ(decode_ld_so_cache(cache("old")).entries, expected);
}

TEST_F(MadeByLdconfig, EncodedAgainItPrintsTheSame) {
  const std::string made = cache("new");
  EXPECT_EQ(printed(encode_ld_so_cache(decode_ld_so_cache(made).entries, ByteOrder::little)),
            printed(made));
}

TEST(LdSoCache, OfThisMachine) {
  const std::string bytes = read_file("/etc/ld.so.cache");
  if (bytes.empty()) GTEST_SKIP() << "needs an /etc/ld.so.cache";
  const std::vector<std::string> expected = printed(bytes);
  EXPECT_GT(expected.size(), 10u);
  const LdSoCache decoded = decode_ld_so_cache(bytes);
  EXPECT_EQ(lines_of(decoded), expected);
  const std::string again = encode_ld_so_cache(decoded.entries, ByteOrder::little);
  EXPECT_EQ(printed(again), expected);
  EXPECT_EQ(decode_ld_so_cache(again), decoded);
}

TEST(LdSoCache, IsSortedForTheLoadersSearch) {
  const std::vector<std::string> expected = {
      "libz.so (libc6,x86-64, hwcap: \"x86-64-v2\") => /opt/k/glibc-hwcaps/x86-64-v2/libz.so",
      "libz.so (libc6,x86-64, hwcap: \"x86-64-v3\") => /opt/k/glibc-hwcaps/x86-64-v3/libz.so",
      "libz.so (libc6,x86-64) => /opt/k/libz.so",
      "liba.so.10 (libc6,x86-64) => /opt/k/liba.so.10",
      "liba.so.2 (libc6,x86-64) => /usr/lib/liba.so.2",
      "liba.so.2 (libc6) => /usr/lib32/liba.so.2"};
  Entries entries = some_entries();
  const std::string bytes = encode_ld_so_cache(entries, ByteOrder::little);
  EXPECT_EQ(printed(bytes), expected);
  std::reverse(entries.begin(), entries.end());
  EXPECT_EQ(encode_ld_so_cache(entries, ByteOrder::little), bytes);
}

TEST(LdSoCache, OfAlikeEntriesTheFirstStaysFirst) {
  const Entries entries = {{kX86_64, "l", "/usr/local/lib/l", 0, {}},
                           {kX86_64, "l", "/lib/l", 0, {}}};
  const LdSoCache cache = decode_ld_so_cache(encode_ld_so_cache(entries, ByteOrder::little));
  EXPECT_EQ(cache.entries, entries);
  EXPECT_EQ(find_in_ld_so_cache(cache, "l", kX86_64)->path, "/usr/local/lib/l");
}

TEST(LdSoCache, BigEndianSaysTheSame) {
  const LdSoCache little =
      decode_ld_so_cache(encode_ld_so_cache(some_entries(), ByteOrder::little));
  const LdSoCache big = decode_ld_so_cache(encode_ld_so_cache(some_entries(), ByteOrder::big));
  EXPECT_EQ(big.byte_order, ByteOrder::big);
  EXPECT_EQ(big.entries, little.entries);
}

/// Caches of before glibc 2.33 do not say their byte order.
TEST(LdSoCache, ByteOrderNotSaid) {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    std::string bytes = encode_ld_so_cache(some_entries(), order);
    bytes[28] = 0;
    EXPECT_EQ(decode_ld_so_cache(bytes).byte_order, order);
    EXPECT_EQ(decode_ld_so_cache(bytes).entries.size(), some_entries().size());
  }
}

TEST(LdSoCache, Empty) {
  const std::string bytes = encode_ld_so_cache({}, ByteOrder::little);
  EXPECT_EQ(bytes.size(), 48u);
  EXPECT_TRUE(decode_ld_so_cache(bytes).entries.empty());
  EXPECT_TRUE(printed(bytes).empty());
}

std::string abi(uint16_t machine, ElfClass elf_class, uint32_t flags) {
  ElfFacts facts;
  facts.machine = {elf_class, ByteOrder::little, machine};
  facts.flags = flags;
  const auto lines = printed(
      encode_ld_so_cache({{ld_so_cache_flags(facts), "l", "/l", 0, {}}}, ByteOrder::little));
  return lines.at(0);
}

TEST(LdSoCache, LdconfigNamesTheMachine) {
  EXPECT_EQ(abi(EM_X86_64, ElfClass::elf64, 0), "l (libc6,x86-64) => /l");
  EXPECT_EQ(abi(EM_X86_64, ElfClass::elf32, 0), "l (libc6,x32) => /l");
  EXPECT_EQ(abi(EM_386, ElfClass::elf32, 0), "l (libc6) => /l");
  EXPECT_EQ(abi(EM_AARCH64, ElfClass::elf64, 0), "l (libc6,AArch64) => /l");
  EXPECT_EQ(abi(EM_ARM, ElfClass::elf32, EF_ARM_EABI_VER5 | EF_ARM_ABI_FLOAT_HARD),
            "l (libc6,hard-float) => /l");
  EXPECT_EQ(abi(EM_ARM, ElfClass::elf32, EF_ARM_EABI_VER5 | EF_ARM_ABI_FLOAT_SOFT),
            "l (libc6,soft-float) => /l");
  EXPECT_EQ(abi(EM_ARM, ElfClass::elf32, EF_ARM_EABI_VER5), "l (libc6) => /l");
  EXPECT_EQ(abi(EM_S390, ElfClass::elf64, 0), "l (libc6,64bit) => /l");
  EXPECT_EQ(abi(EM_PPC64, ElfClass::elf64, 2), "l (libc6,64bit) => /l");
  EXPECT_EQ(abi(EM_RISCV, ElfClass::elf64, EF_RISCV_FLOAT_ABI_DOUBLE | EF_RISCV_RVC),
            "l (libc6,double-float) => /l");
  EXPECT_EQ(abi(EM_RISCV, ElfClass::elf64, 0), "l (libc6,soft-float) => /l");
  EXPECT_EQ(abi(EM_MIPS, ElfClass::elf64, 0), "l (libc6,64bit) => /l");
  EXPECT_EQ(abi(EM_MIPS, ElfClass::elf32, EF_MIPS_ABI2), "l (libc6,N32) => /l");
  EXPECT_EQ(abi(EM_MIPS, ElfClass::elf32, EF_MIPS_NAN2008), "l (libc6,nan2008) => /l");
  EXPECT_EQ(abi(EM_MIPS, ElfClass::elf32, 0), "l (libc6) => /l");
}

TEST(LdSoCache, MatchesAreOfTheRightKindAndBestFirst) {
  const LdSoCache cache = decode_ld_so_cache(encode_ld_so_cache(some_entries(), ByteOrder::little));
  std::vector<std::string> paths;
  for (const auto* entry : ld_so_cache_matches(cache, "libz.so", kX86_64))
    paths.push_back(entry->path);
  EXPECT_EQ(paths,
            (std::vector<std::string>{"/opt/k/glibc-hwcaps/x86-64-v3/libz.so",
                                      "/opt/k/glibc-hwcaps/x86-64-v2/libz.so", "/opt/k/libz.so"}));
  EXPECT_EQ(find_in_ld_so_cache(cache, "libz.so", kX86_64)->path, "/opt/k/libz.so");
  EXPECT_EQ(find_in_ld_so_cache(cache, "liba.so.2", 0x3)->path, "/usr/lib32/liba.so.2");
  EXPECT_EQ(find_in_ld_so_cache(cache, "libz.so", 0xa03), nullptr);
  EXPECT_EQ(find_in_ld_so_cache(cache, "libz.so.1", kX86_64), nullptr);
}

TEST(LdSoCache, UnmarkedArmLibrariesGoWithBothFloatAbis) {
  const LdSoCache cache{ByteOrder::little, {{0x3, "l", "/l", 0, {}}}};
  EXPECT_NE(find_in_ld_so_cache(cache, "l", 0x903), nullptr);
  EXPECT_NE(find_in_ld_so_cache(cache, "l", 0xb03), nullptr);
  EXPECT_EQ(find_in_ld_so_cache(cache, "l", 0xa03), nullptr);
}

TEST(LdSoCache, NamesCompareAsInTheLoader) {
  EXPECT_LT(compare_library_names("libx.so.2", "libx.so.10"), 0);
  EXPECT_GT(compare_library_names("libx.so.2", "libx.so"), 0);
  EXPECT_GT(compare_library_names("lib1", "libz"), 0);  // digits after all else
  EXPECT_EQ(compare_library_names("libx.so.01", "libx.so.1"), 0);
}

void expect_damaged(std::string bytes, size_t at, const std::string& word,
                    const std::string& text) {
  bytes.replace(at, word.size(), word);
  try {
    decode_ld_so_cache(bytes);
    ADD_FAILURE() << "not refused; wanted: " << text;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
  }
}

TEST(LdSoCache, DamagedOnesAreRefused) {
  const std::string good = encode_ld_so_cache(some_entries(), ByteOrder::little);
  const std::string huge = "\xff\xff\xff\x7f";
  expect_damaged("", 0, "", "not an ld.so.cache");
  expect_damaged("ELF", 0, "", "not an ld.so.cache");
  expect_damaged(good.substr(0, 30), 0, "", "fields reach beyond the end");
  expect_damaged(good, 28, "\1", "marked as invalid");
  expect_damaged(good, 20, huge, "entries reach beyond the end");
  expect_damaged(good, 52, huge, "name at 2147483647 is not inside the file");
  expect_damaged(good, 56, huge, "name at 2147483647 is not inside the file");
  expect_damaged(good, 32, huge, "fields reach beyond the end");
  expect_damaged(good, 32, "\4", "extensions have no magic");
  expect_damaged("ld.so-1.7.0" + std::string(1, '\0') + huge, 0, "",
                 "entries reach beyond the end");
}

}  // namespace
}  // namespace pack::test
