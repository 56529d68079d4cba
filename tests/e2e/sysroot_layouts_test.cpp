// Roots of this machine's architecture whose layout is not Debian's: the loader in the root decides
// what is searched, not the one of this machine.

#include <algorithm>
#include <cstring>

#include "support/bare_root.h"
#include "support/compile.h"
#include "support/foreign_root.h"
#include "support/pack_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
constexpr const char* kLibc = "/lib/x86_64-linux-gnu/libc.so.6";
const std::string kRunpath = "-Wl,--enable-new-dtags,-rpath,";

void replace_all(std::string& bytes, const std::string& old, std::string with) {
  with.resize(old.size(), '\0');
  size_t found = 0;
  for (size_t at = bytes.find(old); at != bytes.npos; at = bytes.find(old, at + 1), ++found)
    bytes.replace(at, old.size(), with);
  if (found == 0) throw std::runtime_error("this ld.so is not as Debian 12 builds it");
}

/// Debian's loader with the folders that Fedora compiles into its own: a table of strings, and one
/// of their lengths, of four places; two are there twice. The first length is in the code, too: it
/// has to stay, with a folder that nobody has.
std::string loader_of_fedora() {
  using namespace std::string_literals;
  std::string bytes = read_file(fs::canonical(kLoader));
  replace_all(bytes, "/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0"s,
              "/usr/lib64/no-package/\0/lib64/\0/usr/lib64/\0/lib64/\0"s);
  replace_all(bytes, "\0lib/x86_64-linux-gnu\0"s, "\0lib64\0"s);
  const auto lengths = [](std::initializer_list<uint64_t> values) {
    std::string text(values.size() * sizeof(uint64_t), '\0');
    std::memcpy(text.data(), values.begin(), text.size());
    return text;
  };
  replace_all(bytes, lengths({22, 26, 5, 9}), lengths({22, 7, 11, 7}));
  return bytes;
}

class LayoutTest : public PackTest {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("gcc");
    PACK_REQUIRE(fs::exists(kLoader) && fs::exists(kLibc), "a glibc for amd64");
  }

  void library(const std::string& path, int value, const std::string& flags = "") const {
    const std::string file = fs::path(path).filename();
    const std::string name = file.substr(3, file.find('.') - 3);
    compile(dir_ / "root", path, "int " + name + "(void) { return " + std::to_string(value) + "; }",
            "-shared -fPIC -Wl,-soname," + file + " " + flags);
  }

  void program(const std::string& path, const Texts& names, const std::string& flags) const {
    std::string declared = "#include <stdio.h>\n", printed;
    for (const std::string& name : names) {
      declared += "int " + name + "(void);\n";
      printed += "printf(\"" + name + "=%d \", " + name + "()); ";
    }
    compile(dir_ / "root", path, declared + "int main(void) { " + printed + "puts(\"\"); }", flags);
  }

  /// The image has what the root's loader maps in the root, and the program prints the same there.
  fs::path same_in_image(const std::string& program, const std::string& line) const {
    const Texts in_root = loaded_in(machine_, dir_ / "root", program);
    EXPECT_EQ(run_in_root(dir_ / "root", {program}).out, line);
    const fs::path image = rootfs({"--root", (dir_ / "root").string(), program});
    EXPECT_EQ(elf_files_in(image), std::set<std::string>(in_root.begin(), in_root.end()));
    const Outcome there = run_in_root(image, {program});
    EXPECT_EQ(there.out, line) << there;
    return image;
  }

  ForeignMachine machine_ = native_machine();
};

class FedoraTest : public LayoutTest {
 protected:
  void SetUp() override {
    LayoutTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    for (const char* folder : {"usr/bin", "usr/lib", "usr/lib64", "proc", "etc"})
      fs::create_directories(dir_ / "root" / folder);
    for (const char* name : {"bin", "lib", "lib64"})
      write_symlink(dir_ / "root" / name, std::string("usr/") + name);
    write_file(dir_ / "root/usr/lib64/ld-linux-x86-64.so.2", loader_of_fedora(), 0755);
    fs::copy_file(fs::canonical(kLibc), dir_ / "root/usr/lib64/libc.so.6");
  }
};

TEST_F(FedoraTest, DefaultFoldersAreThoseOfItsOwnLoader) {
  library("usr/lib64/libone.so.1", 1);
  program("usr/bin/p", {"one"}, "usr/lib64/libone.so.1");
  const fs::path image = same_in_image("/usr/bin/p", "one=1 \n");
  EXPECT_TRUE(fs::exists(image / "usr/lib64/libone.so.1"));
  EXPECT_TRUE(fs::is_symlink(image / "lib64"));
}

TEST_F(FedoraTest, DebiansFoldersAreNotSearched) {
  for (const std::string folder : {"usr/lib/x86_64-linux-gnu", "usr/lib"}) {
    library(folder + "/libone.so.1", 1);
    program("usr/bin/p", {"one"}, folder + "/libone.so.1");
    EXPECT_EQ(loaded_in(machine_, dir_ / "root", "/usr/bin/p").at(1), "!libone.so.1");
    EXPECT_TRUE(refused(run_pack({"--root", (dir_ / "root").string(), "/usr/bin/p", "-t", "p:1"}),
                        1, {"libone.so.1", "/lib64"}));
    fs::remove(dir_ / "root" / folder / "libone.so.1");
  }
}

TEST_F(FedoraTest, LibIsLib64) {
  library("opt/app/lib64/libtwo.so", 2);
  library("opt/app/lib/x86_64-linux-gnu/libtwo.so", 66);
  program("opt/app/bin/p", {"two"}, "opt/app/lib64/libtwo.so " + kRunpath + "$ORIGIN/../$LIB");
  same_in_image("/opt/app/bin/p", "two=2 \n");
}

TEST_F(FedoraTest, ItsCacheLeadsToFoldersElsewhere) {
  PACK_REQUIRE_ROOT();
  library("usr/lib64/mysql/libthree.so.3", 3);
  program("usr/bin/p", {"three"}, "usr/lib64/mysql/libthree.so.3");
  write_file(dir_ / "root/etc/ld.so.conf", "include ld.so.conf.d/*.conf\n");
  write_file(dir_ / "root/etc/ld.so.conf.d/mysql.conf", "/usr/lib64/mysql\n");
  ASSERT_TRUE(succeeded(run({.argv = {"/usr/sbin/ldconfig", "-r", (dir_ / "root").string()}})));
  same_in_image("/usr/bin/p", "three=3 \n");
}

/// Every package in a folder of its own; programs name their loader and libraries by it.
class NixTest : public LayoutTest {
 protected:
  const std::string glibc_ = "/nix/store/4nlgxhb09sdr51nc9hdm8az5b08vzkgx-glibc-2.36";
  const std::string zlib_ = "/nix/store/pxrqf8cp5b5xnfcd5sbs0dm8vzqhq4n2-zlib-1.2.13";
  const std::string app_ = "/nix/store/1qvlwnwrc4bmnrq5cdlb0fqs3ds8w4dn-app-1.0";

  void SetUp() override {
    LayoutTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    interpreter_ = glibc_ + "/lib/ld-linux-x86-64.so.2";
    machine_.interpreter = interpreter_.c_str();
    const std::string root = (dir_ / "root").string();
    fs::create_directories(root + glibc_ + "/lib");
    fs::create_directories(root + "/proc");
    fs::copy_file(fs::canonical(kLoader), root + interpreter_);
    fs::copy_file(fs::canonical(kLibc), root + glibc_ + "/lib/libc.so.6");
    library(zlib_.substr(1) + "/lib/libz2.so.1.2.13", 2, "-Wl,-soname,libz2.so.1 ");
    write_symlink(root + zlib_ + "/lib/libz2.so.1", "libz2.so.1.2.13");
    program(app_.substr(1) + "/bin/p", {"z2"},
            root + zlib_ + "/lib/libz2.so.1.2.13 -Wl,--dynamic-linker=" + interpreter_ + " " +
                kRunpath + glibc_ + "/lib:" + zlib_ + "/lib");
  }

  std::string interpreter_;
};

TEST_F(NixTest, LoaderAndLibrariesUnderTheStore) {
  const fs::path image = same_in_image(app_ + "/bin/p", "z2=2 \n");
  for (const char* folder : {"lib", "lib64", "usr"}) EXPECT_FALSE(fs::exists(image / folder));
}

TEST_F(NixTest, ThroughTheProfilesSymlinks) {
  const std::string root = (dir_ / "root").string();
  write_symlink(root + "/run/current-system/sw", "/nix/store/system");
  write_symlink(root + "/nix/store/system/bin/p", app_ + "/bin/p");
  const fs::path image = same_in_image("/run/current-system/sw/bin/p", "z2=2 \n");
  EXPECT_EQ(fs::read_symlink(image / "nix/store/system/bin/p"), app_ + "/bin/p");
}

TEST_F(NixTest, TheHostsCLibraryIsNotTaken) {
  fs::remove((dir_ / "root").string() + glibc_ + "/lib/libc.so.6");
  const Texts in_root = loaded_in(machine_, dir_ / "root", app_ + "/bin/p");
  EXPECT_NE(std::find(in_root.begin(), in_root.end(), "!libc.so.6"), in_root.end());
  EXPECT_TRUE(refused(run_pack({"--root", (dir_ / "root").string(), app_ + "/bin/p", "-t", "p:1"}),
                      1, {"libc.so.6", glibc_}));
}

/// Its own tests are in musl_test.cpp; here the layout.
TEST_F(LayoutTest, AnAlpineLikeRoot) {
  PACK_REQUIRE_TOOL("musl-gcc");
  const fs::path root = dir_ / "root";
  fs::create_directories(root / "proc");
  fs::create_directories(root / "lib");
  fs::copy_file(fs::canonical("/lib/ld-musl-x86_64.so.1"), root / "lib/ld-musl-x86_64.so.1");
  const auto musl = [&](const std::string& path, const std::string& source, const Texts& flags) {
    fs::create_directories((root / path).parent_path());
    Command command{.argv = {"musl-gcc", "-o", path, "-x", "c", "-", "-x", "none"},
                    .folder = root,
                    .input = source};
    command.argv.insert(command.argv.end(), flags.begin(), flags.end());
    ASSERT_TRUE(succeeded(run(command)));
  };
  musl("usr/lib/libone.so.1", "int one(void) { return 1; }",
       {"-shared", "-fPIC", "-Wl,-soname,libone.so.1"});
  musl("usr/bin/p",
       "#include <stdio.h>\nint one(void);\nint main(void) { printf(\"one=%d\\n\", one()); }",
       {"usr/lib/libone.so.1"});
  ASSERT_EQ(run_in_root(root, {"/usr/bin/p"}).out, "one=1\n");
  const fs::path image = rootfs({"--root", root.string(), "/usr/bin/p"});
  EXPECT_EQ(elf_files_in(image), (std::set<std::string>{"/usr/bin/p", "/usr/lib/libone.so.1",
                                                        "/lib/ld-musl-x86_64.so.1"}));
  EXPECT_EQ(run_in_root(image, {"/usr/bin/p"}).out, "one=1\n");
  EXPECT_FALSE(fs::exists(image / "etc/ld.so.cache")) << "musl reads none";
}

}  // namespace
}  // namespace pack
