// Sysroots of other machines in the layout of Debian, packed on this one. The oracle is the
// machine's own loader, emulated with the root or the image as its root folder.

#include <nlohmann/json.hpp>
#include <sstream>

#include "support/bare_root.h"
#include "support/foreign_root.h"
#include "support/image_archive.h"
#include "support/pack_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

const std::string kRunpath = "-Wl,--enable-new-dtags,-rpath,";

std::set<std::string> as_set(const Texts& texts) { return {texts.begin(), texts.end()}; }

class DebianSysroot : public PackTest, public ::testing::WithParamInterface<ForeignMachine> {
 protected:
  void SetUp() override {
    PACK_REQUIRE(is_installed(machine_),
                 std::string("gcc-") + machine_.triplet + ", its libc6 and qemu-user-static");
    root_ = std::make_unique<ForeignRoot>(machine_, dir_ / "root");
  }

  Outcome pack_root(Texts arguments, const std::string& output = "rootfs:image") const {
    arguments.insert(arguments.begin(), {"--root", root_->path().string(), "-o", output});
    return run_pack(arguments);
  }

  /// Packs /bin/p; the image has the files that its loader maps there, and the program prints.
  fs::path starts_and_prints(const std::string& line, const Texts& options = {}) const {
    Texts arguments = {"/bin/p"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_TRUE(succeeded(pack_root(arguments)));
    const fs::path image = dir_ / "image";
    const Outcome there = run_emulated(machine_, image, {"/bin/p"});
    EXPECT_EQ(there.out, line) << there;
    EXPECT_EQ(elf_files_in(image), as_set(loaded_in(machine_, image, "/bin/p")));
    return image;
  }

  /// `pack tree` lists what the root's loader maps there, in its order. Returns that.
  Texts listed_as_by_loader(const std::string& program) const {
    const Texts expected = loaded_in(machine_, root_->path(), program);
    const Outcome tree = run_pack({"tree", "--root", root_->path().string(), "--list", program});
    EXPECT_TRUE(succeeded(tree));
    Texts listed;
    std::istringstream lines(tree.out);
    for (std::string line; std::getline(lines, line);)
      listed.push_back(path_inside(root_->path(), line));
    EXPECT_EQ(listed, expected);
    return expected;
  }

  const ForeignMachine& machine_ = GetParam();
  std::unique_ptr<ForeignRoot> root_;
};

INSTANTIATE_TEST_SUITE_P(Machines, DebianSysroot, ::testing::ValuesIn(foreign_machines()),
                         [](const auto& test) { return std::string(test.param.architecture); });

TEST_P(DebianSysroot, RunpathOfOriginAndOfLib) {
  const std::string triplet = machine_.triplet;
  root_->library("/opt/app/own/libown.so", "own", 1);
  root_->library("/opt/lib/" + triplet + "/libtoken.so", "token", 2);
  root_->program("/opt/app/bin/p", {"own", "token"},
                 "-Lopt/app/own -lown -Lopt/lib/" + triplet + " -ltoken " + kRunpath +
                     "$ORIGIN/../own:/opt/$LIB");
  write_symlink(root_->at("/usr/bin/p"), "/opt/app/bin/p");
  const Texts here = listed_as_by_loader("/opt/app/bin/p");
  const fs::path image = starts_and_prints("own=1 token=2 \n");
  EXPECT_EQ(elf_files_in(image), as_set(here));
}

TEST_P(DebianSysroot, DefaultFolderThroughAnAbsoluteSymlink) {
  root_->library("/opt/store/1.0/libdef.so", "def", 3);
  write_symlink(root_->at(root_->library_folder() + "/libdef.so"), "/opt/store/current/libdef.so");
  write_symlink(root_->at("/opt/store/current"), "/opt/store/1.0");
  root_->program("/bin/p", {"def"}, "-Lopt/store/1.0 -ldef");
  const Texts here = listed_as_by_loader("/bin/p");
  const fs::path image = starts_and_prints("def=3 \n");
  EXPECT_EQ(elf_files_in(image), as_set(here));
}

TEST_P(DebianSysroot, FoldersOfLdSoConfAndOfLibraryPathAreInTheImagesCache) {
  root_->library("/opt/conf/libconf.so", "conf", 4);
  root_->library("/opt/path/libpath.so", "path", 5);
  root_->program("/bin/p", {"conf", "path"}, "-Lopt/conf -lconf -Lopt/path -lpath");
  write_file(root_->path() / "etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n");
  write_file(root_->path() / "etc/ld.so.conf.d/opt.conf", "/opt/conf\n");
  const fs::path image = starts_and_prints("conf=4 path=5 \n", {"--library-path", "/opt/path"});
  const Outcome said = run_emulated(machine_, image, {"/bin/p"}, {"LD_DEBUG=libs"});
  for (const char* name : {"conf", "path"}) {
    const std::string found = std::string("/opt/") + name + "/lib" + name + ".so";
    const size_t asked = said.err.find(std::string("find library=lib") + name + ".so");
    const size_t by_cache = said.err.find("search cache=/etc/ld.so.cache", asked);
    ASSERT_NE(by_cache, said.err.npos) << said;
    // The line after it is the cache's answer.
    EXPECT_EQ(said.err.find("trying file=", by_cache), said.err.find("trying file=" + found))
        << said;
  }
  fs::remove(image / "etc/ld.so.cache");
  EXPECT_NE(run_emulated(machine_, image, {"/bin/p"}).status, 0) << "only the cache leads there";
}

TEST_P(DebianSysroot, NothingOfTheHostIsTaken) {
  // The same paths here and in the root; here other files of the same machine.
  const std::string place = (dir_ / "place").string();
  root_->library(place + "/libone.so", "one", 6);
  root_->library(place + "/libtwo.so", "two", 7);
  root_->library(place + "/own/libthree.so", "three", 8);
  write_symlink(root_->at("/opt/two"), place);
  write_symlink(root_->at(root_->library_folder() + "/libthree.so"), place + "/own/libthree.so");
  root_->program("/bin/p", {"one", "two", "three"},
                 "-L" + root_->at(place) + " -lone -ltwo -L" + root_->at(place) + "/own -lthree " +
                     kRunpath + place);
  const ForeignRoot here(machine_, dir_ / "decoy");
  for (const std::string name : {"one", "two", "three"}) {
    here.library("/lib" + name + ".so", name, 66);
    fs::create_directories(place + "/own");
    fs::copy_file(here.at("/lib" + name + ".so"), place + "/lib" + name + ".so");
    fs::copy_file(here.at("/lib" + name + ".so"), place + "/own/lib" + name + ".so");
  }
  starts_and_prints("one=6 two=7 three=8 \n");

  fs::remove(root_->at(place + "/libone.so"));
  EXPECT_TRUE(refused(pack_root({"/bin/p", "-t", "p:1"}, "p.tar"), 1, {"libone.so", place}));
}

TEST_P(DebianSysroot, NoFileOfTheHostIsEvenLookedAt) {
  PACK_REQUIRE_TOOL("strace");
  root_->library("/opt/conf/libconf.so", "conf", 4);
  write_file(root_->path() / "etc/ld.so.conf", "/opt/conf\n");
  root_->program("/bin/p", {"conf"}, "-Lopt/conf -lconf " + kRunpath + "/srv/none:$ORIGIN/none");
  Command command = pack_command({"--root", root_->path().string(), "/bin/p", "--dry-run"});
  command.argv.insert(command.argv.begin(), {"strace", "-f", "-o", (dir_ / "log").string(), "-e",
                                             "trace=file", "-E", "LC_ALL=C"});
  ASSERT_TRUE(succeeded(run(command)));
  std::istringstream lines(read_file(dir_ / "log"));
  size_t in_root = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("execve(") != line.npos) continue;
    in_root += line.find("openat(") != line.npos;
    // Until main() the host's loader looks for pack's own libraries.
    for (const char* path : {"\"/opt", "\"/srv", "\"/etc/ld.so.conf", "\"/bin/p", "\"/usr/bin/p"})
      EXPECT_EQ(line.find(path), line.npos) << line;
    EXPECT_EQ(line.find(std::string("\"/lib/") + machine_.triplet), line.npos) << line;
  }
  EXPECT_GT(in_root, 5U);
}

TEST_P(DebianSysroot, TheImageIsOfThatMachine) {
  root_->program("/bin/p", {}, "");
  ASSERT_TRUE(succeeded(pack_root({"/bin/p", "-t", "p:1"}, "p.tar")));
  const ImageArchive image = open_archive(dir_ / "p.tar", dir_ / "opened");
  EXPECT_EQ(nlohmann::json::parse(image.config).at("architecture"), machine_.platform);
}

TEST_P(DebianSysroot, AMissingLibraryIsSaidWithThatRootsFolders) {
  root_->library("/opt/gone/libgone.so", "gone", 1);
  root_->program("/bin/p", {"gone"}, "-Lopt/gone -lgone");
  fs::remove(root_->at("/opt/gone/libgone.so"));
  EXPECT_EQ(loaded_in(machine_, root_->path(), "/bin/p").at(1), "!libgone.so");
  EXPECT_TRUE(refused(pack_root({"/bin/p", "-t", "p:1"}, "p.tar"), 1,
                      {"libgone.so", "/bin/p", std::string("/lib/") + machine_.triplet}));
}

/// Until 2.36, glibc also searches folders named after what its CPU can do. Whether the emulated
/// one can, its loader knows: the image has to print what the root prints.
TEST_P(DebianSysroot, LegacyFoldersForBetterProcessors) {
  root_->library("/l/libv.so", "v", 1);
  root_->library("/spare/libv.so", "v", 2);
  root_->program("/bin/p", {"v"}, "-Ll -lv " + kRunpath + "/l");
  size_t searched = 0;
  for (const char* folder : {"tls", "aarch64", "atomics", "aarch64/atomics", "tls/atomics", "v8l",
                             "neon", "neon/vfp", "vx", "vxe/vx", "zarch", "altivec", "dfp"}) {
    const std::string place = root_->at(std::string("/l/") + folder);
    fs::create_directories(place);
    fs::copy_file(root_->at("/spare/libv.so"), place + "/libv.so");
    const std::string here = run_emulated(machine_, root_->path(), {"/bin/p"}).out;
    searched += here == "v=2 \n";
    ASSERT_TRUE(succeeded(pack_root({"/bin/p"})));
    EXPECT_EQ(run_emulated(machine_, dir_ / "image", {"/bin/p"}).out, here) << folder;
    fs::remove_all(dir_ / "image");
    fs::remove(place + "/libv.so");
  }
  EXPECT_GT(searched, 0U);
}

/// Of the five, glibc 2.36 knows levels of s390x alone.
class SysrootWithLevels : public DebianSysroot {};

INSTANTIATE_TEST_SUITE_P(Machines, SysrootWithLevels, ::testing::Values(foreign_machines().at(3)),
                         [](const auto& test) { return std::string(test.param.architecture); });

TEST_P(SysrootWithLevels, VariantsForBetterProcessors) {
  ASSERT_EQ(std::string(machine_.architecture), "s390x");
  root_->library("/opt/h/libh.so", "h", 1);
  root_->library("/opt/h/glibc-hwcaps/z13/libh.so", "h", 13);
  write_file(root_->path() / "etc/ld.so.conf", "/opt/h\n");
  root_->library("/opt/r/libr.so", "r", 1);
  root_->library("/opt/r/glibc-hwcaps/z13/libr.so", "r", 13);
  root_->program("/bin/p", {"h", "r"}, "-Lopt/h -lh -Lopt/r -lr " + kRunpath + "/opt/r");
  ASSERT_TRUE(succeeded(pack_root({"/bin/p"})));
  const fs::path image = dir_ / "image";
  const Texts masked = {machine_.interpreter, "--glibc-hwcaps-mask", "none", "/bin/p"};
  EXPECT_EQ(run_emulated(machine_, image, masked).out, "h=1 r=1 \n");
  const Outcome help = run_emulated(machine_, image, {machine_.interpreter, "--help"});
  PACK_REQUIRE(contains(help.out, "z13 (supported"), "an emulator of a z13");
  EXPECT_EQ(run_emulated(machine_, image, {"/bin/p"}).out, "h=13 r=13 \n");
}

}  // namespace
}  // namespace pack
