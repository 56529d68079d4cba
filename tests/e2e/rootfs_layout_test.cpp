// The image's root filesystem: symlinks, modes, essentials, and the loader's cache.

#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "support/closure_test.h"
#include "support/image_archive.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

class RootfsLayoutTest : public ClosureTest {
 protected:
  /// `tar -tv` lines of the layer of an image with these arguments.
  std::vector<std::string> layer_of(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-t", "layer:1"});
    Command command = pack_command(arguments);
    command.umask = 077;
    EXPECT_TRUE(succeeded(run(command)));
    return tar_lines(open_archive(dir_ / "layer.tar", dir_ / "opened").layer);
  }

  /// The line of one path, "" when it is not in the layer.
  static std::string line_of(const std::vector<std::string>& lines, const std::string& path) {
    for (const std::string& line : lines)
      if (line.ends_with(" " + path) || contains(line, " " + path + " -> ")) return line;
    return "";
  }

  /// Libraries that `ldconfig -p -C` lists, "NAME => PATH".
  static std::vector<std::string> cache_of(const fs::path& root) {
    const Outcome listed =
        run({.argv = {"/usr/sbin/ldconfig", "-p", "-C", (root / "etc/ld.so.cache").string()},
             .environment = {{"LC_ALL", "C"}}});
    EXPECT_TRUE(succeeded(listed));
    std::vector<std::string> result;
    std::istringstream lines(listed.out);
    for (std::string line; std::getline(lines, line);) {
      const size_t blank = line.find(' '), arrow = line.find("=> ");
      if (line.starts_with('\t') && arrow != std::string::npos)
        result.push_back(line.substr(1, blank) + line.substr(arrow));
    }
    return result;
  }

  /// The library /opt/k/libk.so, `which` tells what made it known to the root's loader.
  void make_root_with_library_in_opt(const std::string& ld_so_conf) {
    make_sysroot(dir_ / "root");
    library("root/opt/k/libk.so", "k", 21);
    program("root/bin/prog", "k", "-Lroot/opt/k -lk");
    write_file(dir_ / "root/etc/ld.so.conf", ld_so_conf);
  }
};

TEST_F(RootfsLayoutTest, FoldersAreOpenToAllWhateverTheUmask) {
  for (const std::string& line : layer_of({"/bin/bash"})) {
    if (!line.starts_with('d') || line.ends_with(" tmp/")) continue;
    EXPECT_TRUE(line.starts_with("drwxr-xr-x 0/0 ")) << line;
  }
}

TEST_F(RootfsLayoutTest, FilesKeepTheirModes) {
  compile(dir_, "prog", "int main(void) { return 0; }", "-static");
  fs::permissions(dir_ / "prog", fs::perms(0751));
  const std::vector<std::string> lines = layer_of({at("prog")});
  EXPECT_TRUE(line_of(lines, at("prog").substr(1)).starts_with("-rwxr-x--x 0/0 ")) << lines.size();
}

TEST_F(RootfsLayoutTest, TheEssentialsAreThere) {
  const std::vector<std::string> lines = layer_of({"/bin/bash"});
  EXPECT_TRUE(line_of(lines, "tmp/").starts_with("drwxrwxrwt 0/0 "));
  for (const char* folder : {"dev/", "proc/", "sys/", "etc/"})
    EXPECT_TRUE(line_of(lines, folder).starts_with("drwxr-xr-x 0/0 ")) << folder;
  for (const char* file : {"etc/passwd", "etc/group"})
    EXPECT_TRUE(line_of(lines, file).starts_with("-rw-r--r-- 0/0 ")) << file;
}

TEST_F(RootfsLayoutTest, RootAndNobodyHaveNames) {
  const fs::path image = rootfs({"/usr/bin/id"});
  const Outcome root = run_in_root(image, {"/usr/bin/id", "root"});
  EXPECT_EQ(root.out, "uid=0(root) gid=0(root) groups=0(root)\n") << root;
  const Outcome nobody = run_in_root(image, {"/usr/bin/id", "-u", "nobody"});
  EXPECT_EQ(nobody.out, "65534\n") << nobody;
  EXPECT_TRUE(contains("\n" + read_file(image / "etc/group"), "\nroot:"));
}

TEST_F(RootfsLayoutTest, BareIsTheClosureAndNothingElse) {
  compile(dir_, "prog", "int main(void) { return 0; }", "-static");
  const std::vector<std::string> lines = layer_of({"--bare", at("prog")});
  std::vector<std::string> expected;
  for (fs::path path = at("prog"); path != "/"; path = path.parent_path())
    expected.push_back(path.string().substr(1) + (path == at("prog") ? "" : "/"));
  ASSERT_EQ(lines.size(), expected.size());
  for (const std::string& path : expected) EXPECT_NE(line_of(lines, path), "") << path;
}

TEST_F(RootfsLayoutTest, ABareImageOfADynamicProgramStarts) {
  const fs::path image = rootfs({"--bare", "/bin/bash"});
  EXPECT_FALSE(fs::exists(image / "proc"));
  EXPECT_FALSE(fs::exists(image / "etc/passwd"));
  EXPECT_EQ(run_in_root(image, {"/bin/bash", "-c", "echo hello"}, Proc::none).out, "hello\n");
}

TEST_F(RootfsLayoutTest, MergedUsrStaysMerged) {
  PACK_REQUIRE(fs::is_symlink("/bin") && fs::is_symlink("/lib64"), "a host with merged /usr");
  const fs::path image = rootfs({"/bin/bash"});
  for (const char* link : {"bin", "lib64", "lib"})
    EXPECT_EQ(fs::read_symlink(image / link), fs::read_symlink(fs::path("/") / link)) << link;
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(image / "usr/bin/bash")));
}

TEST_F(RootfsLayoutTest, TheLibrarysVersionSymlinkIsKept) {
  const fs::path name = "/lib/x86_64-linux-gnu/libtinfo.so.6";
  PACK_REQUIRE(fs::is_symlink(name), "libtinfo.so.6 as a symlink");
  const fs::path image = rootfs({"/bin/bash"});
  EXPECT_EQ(fs::read_symlink(image.string() + name.string()), fs::read_symlink(name));
}

TEST_F(RootfsLayoutTest, AProgramReachedThroughAlternativesKeepsItsName) {
  PACK_REQUIRE(fs::is_symlink("/usr/bin/awk"), "awk as an alternative");
  const fs::path image = rootfs({"/usr/bin/awk"});
  const Outcome there = run_in_root(image, {"/usr/bin/awk", "BEGIN { print 1 + 1 }"});
  EXPECT_EQ(there.out, "2\n") << there;
  EXPECT_EQ(fs::read_symlink(image / "usr/bin/awk"), fs::read_symlink("/usr/bin/awk"));
  EXPECT_EQ(fs::read_symlink(image / "etc/alternatives/awk"),
            fs::read_symlink("/etc/alternatives/awk"));
}

TEST_F(RootfsLayoutTest, LdconfigReadsTheCache) {
  const fs::path image = rootfs({"/bin/bash"});
  const std::vector<std::string> cache = cache_of(image);
  const auto lists = [&](const std::string& entry) {
    return std::find(cache.begin(), cache.end(), entry) != cache.end();
  };
  EXPECT_TRUE(lists("libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6"))
      << ::testing::PrintToString(cache);
  EXPECT_TRUE(lists("libtinfo.so.6 => /lib/x86_64-linux-gnu/libtinfo.so.6"));
}

TEST_F(RootfsLayoutTest, TheLoaderUsesTheCache) {
  library("odd/libodd.so", "odd", 3);
  program("prog", "odd", "-Lodd -lodd");
  const fs::path image = rootfs({at("prog"), "--library-path", at("odd")});
  EXPECT_EQ(run_in_root(image, {at("prog")}).out, "3\n");
  fs::remove(image / "etc/ld.so.cache");
  EXPECT_EQ(run_in_root(image, {at("prog")}).status, 127) << "only the cache leads to it";
}

TEST_F(RootfsLayoutTest, ALibraryThatOnlyLdSoConfNames) {
  make_root_with_library_in_opt("/opt/k\n");
  const fs::path image = rootfs({"--root", at("root"), "/bin/prog"});
  EXPECT_EQ(run_in_root(image, {"/bin/prog"}).out, "21\n");
}

TEST_F(RootfsLayoutTest, ALibraryThatAnIncludedFileNames) {
  make_root_with_library_in_opt("# ours\ninclude ld.so.conf.d/*.conf\n");
  write_file(dir_ / "root/etc/ld.so.conf.d/k.conf", "/opt/k # here\n");
  const fs::path image = rootfs({"--root", at("root"), "/bin/prog"});
  EXPECT_EQ(run_in_root(image, {"/bin/prog"}).out, "21\n");
}

TEST_F(RootfsLayoutTest, ALibraryThatTheRootsCacheNames) {
  make_root_with_library_in_opt("/opt/k\n");
  ASSERT_TRUE(succeeded(run({.argv = {"/usr/sbin/ldconfig", "-r", at("root")}})));
  fs::remove(dir_ / "root/etc/ld.so.conf");
  ASSERT_EQ(run_in_root(dir_ / "root", {"/bin/prog"}).out, "21\n") << "in the root itself";
  const fs::path image = rootfs({"--root", at("root"), "/bin/prog"});
  EXPECT_EQ(run_in_root(image, {"/bin/prog"}).out, "21\n");
}

TEST_F(RootfsLayoutTest, AnAbsoluteSymlinkStaysInsideTheRoot) {
  make_root_with_library_in_opt("/opt/link\n");
  write_symlink(dir_ / "root/opt/link", "/opt/k");
  const fs::path image = rootfs({"--root", at("root"), "/bin/prog"});
  EXPECT_EQ(run_in_root(image, {"/bin/prog"}).out, "21\n");
}

TEST_F(RootfsLayoutTest, ThePreloadFileOfTheHostStaysThere) {
  make_root_with_library_in_opt("/opt/k\n");
  write_file(dir_ / "root/etc/ld.so.preload", "/opt/k/libk.so\n");
  const fs::path image = rootfs({"--root", at("root"), "/bin/prog"});
  EXPECT_FALSE(fs::exists(image / "etc/ld.so.preload"));
}

TEST_F(RootfsLayoutTest, OddNamesArriveAsTheyAre) {
  const std::string odd = "a b\nc\xff";
  const std::string deep = std::string(120, 'd') + "/" + std::string(200, 'e') + "/" + odd;
  write_file(dir_ / "data" / deep, "odd");
  const fs::path image = rootfs({"/bin/cat", "--add", at("data") + ":/data"});
  EXPECT_EQ(read_file(image / "data" / deep), "odd");
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "--add", at("data") + ":/data", "-t", "odd"})));
  const ImageArchive archive = open_archive(dir_ / "odd.tar", dir_ / "opened");
  fs::create_directory(dir_ / "unpacked");
  ASSERT_TRUE(
      succeeded(run({.argv = {"tar", "-xf", archive.layer.string(), "-C", at("unpacked")}})));
  EXPECT_EQ(read_file(dir_ / "unpacked/data" / deep), "odd");
}

TEST_F(RootfsLayoutTest, AWhiteoutNameCannotBeInALayer) {
  write_file(dir_ / "data/.wh.gone", "");
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "--add", at("data"), "-t", "wh"}), 1, {".wh.gone"}));
}

}  // namespace
}  // namespace pack
