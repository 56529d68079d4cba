// Programs of other machines pack on this one; the image says whose they are.

#include <elf.h>

#include <nlohmann/json.hpp>

#include "support/closure_test.h"
#include "support/image_archive.h"
#include "support/small_elf.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ForeignMachineTest : public ClosureTest {
 protected:
  json config_of(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {"-t", "foreign:1"});
    EXPECT_TRUE(succeeded(run_pack(all)));
    const ImageArchive image = open_archive(dir_ / "foreign.tar", dir_ / "opened");
    fs::remove_all(dir_ / "opened");
    json config = json::parse(image.config);
    const json platform = json::parse(image.index).at("manifests").at(0).at("platform");
    EXPECT_EQ(platform.at("architecture"), config.at("architecture"));
    EXPECT_EQ(platform.at("os"), config.at("os"));
    EXPECT_EQ(platform.value("variant", ""), config.value("variant", ""));
    return config;
  }
};

struct Machine {
  const char* platform;
  SmallElf elf;
};

TEST_F(ForeignMachineTest, ThePlatformComesFromTheElfHeader) {
  const Machine machines[] = {
      {"amd64", {.machine = EM_X86_64}},
      {"arm64", {.machine = EM_AARCH64}},
      {"riscv64", {.machine = EM_RISCV}},
      {"s390x", {.machine = EM_S390, .big_endian = true}},
      {"ppc64le", {.machine = EM_PPC64, .flags = 2}},
      {"ppc64", {.machine = EM_PPC64, .big_endian = true, .flags = 1}},
      {"386", {.machine = EM_386, .is_64 = false}},
      {"arm",
       {.machine = EM_ARM, .is_64 = false, .flags = EF_ARM_EABI_VER5 | EF_ARM_ABI_FLOAT_HARD}},
      {"mips64le", {.machine = EM_MIPS, .flags = 0x80000000}},
      {"loong64", {.machine = 258}},
  };
  for (const auto& [platform, elf] : machines) {
    write_file(dir_ / "prog", elf_bytes(elf), 0755);
    const json config = config_of({at("prog")});
    EXPECT_EQ(config.at("architecture"), platform);
    EXPECT_EQ(config.at("os"), "linux");
  }
}

TEST_F(ForeignMachineTest, HardFloatArmIsVersion7) {
  write_file(
      dir_ / "prog",
      elf_bytes(
          {.machine = EM_ARM, .is_64 = false, .flags = EF_ARM_EABI_VER5 | EF_ARM_ABI_FLOAT_HARD}),
      0755);
  EXPECT_EQ(config_of({at("prog")}).at("variant"), "v7");
}

TEST_F(ForeignMachineTest, AnArm64ProgramWithTheLibrariesOfASysroot) {
  const fs::path libraries = "/usr/aarch64-linux-gnu/lib";
  PACK_REQUIRE(fs::exists(libraries / "libc.so.6"), "libc6-arm64-cross");
  fs::create_directories(dir_ / "root/usr/bin");
  fs::create_directories(dir_ / "root/lib");
  for (const char* name : {"ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6"})
    fs::copy_file(libraries / name, dir_ / "root/lib" / name);
  write_file(dir_ / "root/usr/bin/prog",
             elf_bytes({.machine = EM_AARCH64,
                        .type = ET_DYN,
                        .interpreter = "/lib/ld-linux-aarch64.so.1",
                        .needed = {"libm.so.6"}}),
             0755);
  const fs::path image = rootfs({"--root", at("root"), "/usr/bin/prog"});
  EXPECT_EQ(elf_files_in(image),
            (std::set<std::string>{"/usr/bin/prog", "/lib/ld-linux-aarch64.so.1", "/lib/libc.so.6",
                                   "/lib/libm.so.6"}));
  EXPECT_EQ(config_of({"--root", at("root"), "/usr/bin/prog"}).at("architecture"), "arm64");
  const Outcome listed =
      run({.argv = {"/usr/sbin/ldconfig", "-p", "-C", (image / "etc/ld.so.cache").string()}});
  EXPECT_TRUE(contains(listed.out, "libm.so.6 (libc6,AArch64) => /lib/libm.so.6")) << listed;
}

TEST_F(ForeignMachineTest, AForeignProgramDoesNotTakeThisMachinesLibraries) {
  write_file(
      dir_ / "prog",
      elf_bytes(
          {.machine = EM_AARCH64, .interpreter = at("ld-foreign.so"), .needed = {"libc.so.6"}}),
      0755);
  write_file(dir_ / "ld-foreign.so", elf_bytes({.machine = EM_AARCH64, .type = ET_DYN}), 0755);
  EXPECT_TRUE(refused(run_pack({at("prog"), "-t", "foreign:1"}), 1, {"libc.so.6"}));
}

TEST_F(ForeignMachineTest, AGoProgramForArm64) {
  PACK_REQUIRE_TOOL("go");
  PACK_REQUIRE_TOOL("skopeo");
  write_file(dir_ / "hello.go", "package main\nfunc main() { println(\"go\") }\n");
  ASSERT_TRUE(succeeded(run({.argv = {"go", "build", "-o", "prog", "hello.go"},
                             .environment = {{"CGO_ENABLED", "0"},
                                             {"GOARCH", "arm64"},
                                             {"GOCACHE", (dir_ / "cache").string()},
                                             {"GO111MODULE", "off"}},
                             .folder = dir_,
                             .timeout_seconds = 200})));
  EXPECT_EQ(config_of({at("prog")}).at("architecture"), "arm64");
  // skopeo takes only an image of the machine that it is asked for.
  EXPECT_TRUE(succeeded(
      run({.argv = {"skopeo", "--override-arch", "arm64", "inspect", "docker-archive:foreign.tar"},
           .folder = dir_})));
}

TEST_F(ForeignMachineTest, AProgramOfAnotherMachineThanTheImagesIsSaid) {
  write_file(dir_ / "one", elf_bytes({.machine = EM_X86_64}), 0755);
  write_file(dir_ / "two", elf_bytes({.machine = EM_AARCH64}), 0755);
  const Outcome outcome = run_pack({at("one"), at("two"), "-t", "foreign:1"});
  EXPECT_TRUE(contains(outcome.err, at("two"))) << outcome;
}

TEST_F(ForeignMachineTest, ThePlatformOptionOverrides) {
  write_file(dir_ / "prog", elf_bytes({.machine = EM_AARCH64}), 0755);
  const json config = config_of({at("prog"), "--platform", "linux/arm64/v9"});
  EXPECT_EQ(config.at("variant"), "v9");
}

}  // namespace
}  // namespace pack
