// Golden digests: images made wholly from text and hand-written ELF files, so that the bytes are
// the same on every machine and for good. PACK_ACCEPT_GOLDEN=1 writes the file anew.

#include <stdlib.h>

#include "support/bare_root.h"
#include "support/image_archive.h"
#include "support/pack_test.h"
#include "support/small_elf.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

class GoldenTest : public PackTest {
 protected:
  /// A root with a static program, and a dynamic one whose library ld.so.conf names.
  void SetUp() override {
    const std::string loader = "/lib64/ld-linux-x86-64.so.2";
    const fs::path root = dir_ / "root";
    write_file(root / "bin/hello", elf_bytes({.code = hello_code()}), 0755);
    write_file(root / "bin/dynamic",
               elf_bytes({.interpreter = loader,
                          .needed = {"libk.so.1", "libr.so"},
                          .runpath = "$ORIGIN/../lib",
                          .code = hello_code()}),
               0755);
    write_file(root / loader.substr(1), elf_bytes({.type = 3, .soname = "ld-linux-x86-64.so.2"}),
               0755);
    write_file(root / "opt/k/libk.so.1.2", elf_bytes({.type = 3, .soname = "libk.so.1"}), 0644);
    write_symlink(root / "opt/k/libk.so.1", "libk.so.1.2");
    write_file(root / "lib/libr.so", elf_bytes({.type = 3, .needed = {"libk.so.1"}}), 0644);
    write_file(root / "etc/ld.so.conf", "/opt/k\n");
    write_file(root / "script", "#!/bin/hello -x\n", 0755);
    write_file(root / "data" / std::string(180, 'n'), "a name that ustar cannot hold\n");
    write_file(root / "data/large", std::string(300000, '0'));
  }

  /// One line for an image: the digests that are promised for good.
  std::string line(const std::string& name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"--root", (dir_ / "root").string(), "-t", "golden:1", "-o", "golden.tar"});
    EXPECT_TRUE(succeeded(run_pack(arguments))) << name;
    const ImageArchive image = open_archive(dir_ / "golden.tar", dir_ / ("opened-" + name));
    write_file(dir_ / "config", image.config);
    return name + " diff_id " + sha256_of(image.layer) + " config " + sha256_of(dir_ / "config") +
           " archive " + sha256_of(dir_ / "golden.tar") + "\n";
  }
};

TEST_F(GoldenTest, DigestsAreWhatTheyHaveAlwaysBeen) {
  const std::string lines =
      line("static", {"/bin/hello"}) + line("bare", {"--bare", "/bin/hello"}) +
      line("dynamic", {"/bin/dynamic"}) + line("script", {"/script"}) +
      line("config",
           {"/bin/hello", "-e",       "K=V", "-w",           "/srv",     "-u",    "1000:1000",
            "-p",         "80",       "-l",  "a=b",          "--volume", "/data", "--stop-signal",
            "SIGINT",     "--author", "me",  "--annotation", "x=y",      "--",    "one",
            "two"}) +
      line("entries", {"/bin/hello", "-a", "/data", "--symlink", "/l:data", "--mkdir", "/m:0700",
                       "--chown", "/data:7:8", "--chmod", "large:0600"});
  const fs::path file = fs::path(PACK_GOLDEN_DIR) / "images.txt";
  if (getenv("PACK_ACCEPT_GOLDEN") && !HasFailure()) write_file(file, lines);
  EXPECT_EQ(lines, read_file(file)) << "if the change is meant, PACK_ACCEPT_GOLDEN=1 accepts it";
}

TEST_F(GoldenTest, TheHandWrittenProgramRuns) {
  const fs::path image = rootfs({"--root", (dir_ / "root").string(), "/bin/hello"});
  EXPECT_EQ(run_in_root(image, {"/bin/hello"}, Proc::none).out, "hello\n");
  EXPECT_EQ(run_in_root(image, {"/bin/hello"}).status, 0);
}

}  // namespace
}  // namespace pack
