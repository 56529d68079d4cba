// The image's /etc/ld.so.cache against the one that the machine's own ldconfig makes of the same
// files: for each name, kind and level, both lead to one file.

#include <map>
#include <sstream>

#include "support/bare_root.h"
#include "support/closure_test.h"
#include "support/foreign_ldconfig.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

/// "NAME (KIND)" -> the real file of the first such line, which the loader takes, of what
/// `ldconfig -p` prints of a cache in `root`.
std::map<std::string, std::string> listed(const fs::path& root, const Outcome& outcome) {
  std::map<std::string, std::string> lines;
  std::istringstream stream(outcome.out);
  for (std::string line; std::getline(stream, line);) {
    const size_t arrow = line.find(" => ");
    if (!line.starts_with('\t') || arrow == line.npos) continue;
    std::string key = line.substr(1, arrow - 1);
    // An i386 library that does not need libc has a kind of its own, which is as good to its
    // loader.
    if (key.ends_with("(ELF)")) key.replace(key.size() - 4, 3, "libc6");
    try {
      lines.emplace(std::move(key), path_inside(root, line.substr(arrow + 4)));
    } catch (const std::runtime_error&) {  // a symlink that ldconfig would make, but for -X
    }
  }
  return lines;
}

/// Debian releases no ppc64; there the loader alone says whether it finds libraries by the cache.
std::vector<ForeignMachine> released_machines() {
  std::vector<ForeignMachine> machines = foreign_machines();
  std::erase_if(machines, [](const auto& it) { return std::string(it.architecture) == "ppc64"; });
  return machines;
}

class ForeignLoaderCache : public PackTest, public ::testing::WithParamInterface<ForeignMachine> {
 protected:
  void SetUp() override {
    PACK_REQUIRE_ROOT();
    PACK_REQUIRE(is_installed(machine_),
                 std::string("gcc-") + machine_.triplet + ", its libc6 and qemu-user-static");
    ldconfig_ = foreign_ldconfig(machine_);
    PACK_REQUIRE(ldconfig_, "apt and the network, for this machine's ldconfig");
  }

  /// A file and its links in the folder: libNAME.so -> libNAME.so.1 -> libNAME.so.1.0.
  static void library_with_links(const ForeignRoot& root, const std::string& folder,
                                 const std::string& name) {
    const std::string file = folder + "/lib" + name + ".so";
    root.library(file + ".1.0", name, 1, "-Wl,-soname,lib" + name + ".so.1");
    write_symlink(root.at(file + ".1"), "lib" + name + ".so.1.0");
    write_symlink(root.at(file), "lib" + name + ".so.1");
  }

  /// Runs it inside `root`, emulated.
  Outcome ldconfig_in(const fs::path& root, Texts arguments) const {
    fs::copy_file(*ldconfig_, root / ".ldconfig", fs::copy_options::overwrite_existing);
    fs::permissions(root / ".ldconfig", fs::perms(0755));
    arguments.insert(arguments.begin(), "/.ldconfig");
    const Outcome outcome = run_emulated(machine_, root, arguments);
    fs::remove(root / ".ldconfig");
    return outcome;
  }

  ForeignMachine machine_ = GetParam();
  std::optional<fs::path> ldconfig_;
};

INSTANTIATE_TEST_SUITE_P(Machines, ForeignLoaderCache, ::testing::ValuesIn(released_machines()),
                         [](const auto& test) { return std::string(test.param.architecture); });

TEST_P(ForeignLoaderCache, IsWhatTheMachinesLdconfigWrites) {
  const ForeignRoot root(machine_, dir_ / "root");
  library_with_links(root, "/opt/conf", "conf");
  library_with_links(root, root.library_folder(), "def");
  root.library("/opt/conf/libplain.so", "plain", 1, "-Wl,-soname,libplain.so.7");
  for (const char* level : {"z13", "z14", "power9"})
    library_with_links(root, std::string("/opt/conf/glibc-hwcaps/") + level, "conf");
  root.program("/bin/p", {"conf", "def"},
               "-Lopt/conf -lconf -L" + root.library_folder().substr(1) + " -ldef");
  write_file(root.path() / "etc/ld.so.conf", "/opt/conf\n");
  // /bin/p brings what it needs, --add the rest.
  const fs::path image = rootfs({"--root", root.path().string(), "/bin/p", "--add", "/opt/conf",
                                 "--add", root.library_folder()});
  write_file(image / "etc/ld.so.conf", "/opt/conf\n");
  const Outcome made = ldconfig_in(image, {"-X", "-C", "/etc/made.cache"});
  ASSERT_TRUE(succeeded(made));
  const auto own = listed(image, ldconfig_in(image, {"-p", "-C", "/etc/ld.so.cache"}));
  EXPECT_GT(own.size(), 6U);
  EXPECT_EQ(own, listed(image, ldconfig_in(image, {"-p", "-C", "/etc/made.cache"}))) << made;
  EXPECT_EQ(run_emulated(machine_, image, {"/bin/p"}).out, "conf=1 def=1 \n");
}

TEST_P(ForeignLoaderCache, OfTheRootLeadsToItsLibraries) {
  const ForeignRoot root(machine_, dir_ / "root");
  library_with_links(root, "/opt/conf", "conf");
  root.program("/bin/p", {"conf"}, "-Lopt/conf -lconf");
  write_file(root.path() / "etc/ld.so.conf", "/opt/conf\n");
  ASSERT_TRUE(succeeded(ldconfig_in(root.path(), {})));
  fs::remove(root.path() / "etc/ld.so.conf");
  ASSERT_EQ(run_emulated(machine_, root.path(), {"/bin/p"}).out, "conf=1 \n");
  const std::vector<std::string> mapped = loaded_in(machine_, root.path(), "/bin/p");
  const fs::path image = rootfs({"--root", root.path().string(), "/bin/p"});
  EXPECT_EQ(elf_files_in(image), std::set<std::string>(mapped.begin(), mapped.end()));
  EXPECT_EQ(run_emulated(machine_, image, {"/bin/p"}).out, "conf=1 \n");
}

/// Of this machine, whose CPUs have levels.
TEST_F(ClosureTest, TheCacheHasTheVariantsThatLdconfigWouldList) {
  PACK_REQUIRE_ROOT();
  library("odd/libodd.so", "odd", 1, "-Wl,-soname,libodd.so");
  for (const char* level : {"x86-64-v2", "x86-64-v3", "x86-64-v4"})
    library(std::string("odd/glibc-hwcaps/") + level + "/libodd.so", "odd", level[8] - '0',
            "-Wl,-soname,libodd.so");
  program("prog", "odd", "-Lodd -lodd");
  const fs::path image = rootfs({at("prog"), "--library-path", at("odd")});
  const auto list = [&](const char* cache) {
    return listed(image,
                  run({.argv = {"/usr/sbin/ldconfig", "-p", "-C", (image / cache).string()}}));
  };
  write_file(image / "etc/ld.so.conf", at("odd") + "\n");
  ASSERT_TRUE(succeeded(
      run({.argv = {"/usr/sbin/ldconfig", "-X", "-r", image.string(), "-C", "/etc/made.cache"}})));
  EXPECT_EQ(list("etc/ld.so.cache"), list("etc/made.cache"));
  EXPECT_EQ(list("etc/ld.so.cache").count("libodd.so (libc6,x86-64, hwcap: \"x86-64-v3\")"), 1U);
  const std::string loader = "/lib64/ld-linux-x86-64.so.2";
  EXPECT_EQ(run_in_root(image, {loader, "--glibc-hwcaps-mask", "none", at("prog")}).out, "1\n");
  EXPECT_EQ(run_in_root(image, {loader, "--glibc-hwcaps-mask", "x86-64-v2", at("prog")}).out,
            "2\n");
}

/// Programs of two word sizes in one image: one cache for both of their loaders.
class BiarchLoaderCache : public ClosureTest {
 protected:
  void SetUp() override {
    PACK_REQUIRE_ROOT();
    PACK_REQUIRE(fs::exists("/lib/ld-linux.so.2") && fs::exists("/usr/lib32/libc.so.6"),
                 "libc6-i386");
  }

  void library32(const std::string& path, int value) const {
    compile(dir_, path, "int odd(void) { return " + std::to_string(value) + "; }",
            "-m32 -shared -fPIC -nostdlib -Wl,-soname,libodd.so");
  }

  /// Without the C library's development files for i386, which no package of this test has.
  void program32(const std::string& path, const std::string& flags) const {
    compile(dir_, path,
            "int printf(const char*, ...); void exit(int); int odd(void);\n"
            "__attribute__((force_align_arg_pointer)) void _start(void) "
            "{ printf(\"%d\\n\", odd()); exit(0); }",
            "-m32 -nostdlib -nostartfiles -no-pie -Wl,--dynamic-linker=/lib/ld-linux.so.2 " +
                flags + " /usr/lib32/libc.so.6");
  }
};

/// ldconfig marks such a library "ELF", not "libc6"; the loader of i386 takes both.
TEST_F(BiarchLoaderCache, ALibraryOfI386WithoutLibcThatTheRootsCacheNames) {
  const fs::path root = dir_ / "root";
  for (const char* folder : {"lib", "usr/lib32", "proc", "etc"})
    fs::create_directories(root / folder);
  fs::copy_file(fs::canonical("/lib/ld-linux.so.2"), root / "lib/ld-linux.so.2");
  fs::copy_file("/usr/lib32/libc.so.6", root / "usr/lib32/libc.so.6");
  library32("root/opt/libodd.so", 32);
  program32("root/bin/p", "-Lroot/opt -lodd");
  write_file(root / "etc/ld.so.conf", "/opt\n/usr/lib32\n");
  ASSERT_TRUE(succeeded(run({.argv = {"/usr/sbin/ldconfig", "-r", root.string()}})));
  EXPECT_TRUE(
      contains(run({.argv = {"/usr/sbin/ldconfig", "-p", "-C", at("root/etc/ld.so.cache")}}).out,
               "libodd.so (ELF)"));
  fs::remove(root / "etc/ld.so.conf");
  ASSERT_EQ(run_in_root(root, {"/bin/p"}).out, "32\n");
  const fs::path image = rootfs({"--root", root.string(), "/bin/p"});
  EXPECT_EQ(run_in_root(image, {"/bin/p"}).out, "32\n");
}

TEST_F(BiarchLoaderCache, ServesBothLoadersAndIsWhatLdconfigWrites) {
  library("odd/libodd.so", "odd", 64);
  library32("odd32/libodd.so", 32);
  program("p64", "odd", "-Lodd -lodd");
  program32("p32", "-Lodd32 -lodd");
  const std::string folders = at("odd32") + ":" + at("odd");
  const fs::path image = rootfs({at("p64"), at("p32"), "--library-path", folders});
  EXPECT_EQ(run_in_root(image, {at("p64")}).out, "64\n");
  const Outcome by32 = run_in_root(image, {at("p32")});
  EXPECT_EQ(by32.out, "32\n") << by32;

  std::set<std::string> expected = loaded_on_host(at("p64"), folders);
  for (const char* name : {"/usr/lib32/ld-linux.so.2", "/usr/lib32/libc.so.6"})
    expected.insert(name);
  expected.insert({at("p32"), at("odd32/libodd.so")});
  EXPECT_EQ(elf_files_in(image), expected);

  const auto list = [&](const std::string& cache) {
    return listed(image,
                  run({.argv = {"/usr/sbin/ldconfig", "-p", "-C", (image / cache).string()}}));
  };
  // In the image the folder is the merged one; ldconfig names a folder as it is told to.
  write_file(image / "etc/ld.so.conf",
             at("odd32") + "\n" + at("odd") + "\n" + read_file("/etc/ld.so.conf"));
  fs::copy("/etc/ld.so.conf.d", image / "etc/ld.so.conf.d", fs::copy_options::recursive);
  ASSERT_TRUE(succeeded(
      run({.argv = {"/usr/sbin/ldconfig", "-X", "-r", image.string(), "-C", "/etc/made.cache"}})));
  EXPECT_EQ(list("etc/ld.so.cache"), list("etc/made.cache"));
}

}  // namespace
}  // namespace pack
