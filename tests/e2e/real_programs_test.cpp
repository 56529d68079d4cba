// Real packages with private library folders, plug-ins and chains of alternatives: the loader of
// this machine says what they load, and in the image they start.

#include <algorithm>

#include "support/closure_test.h"
#include "support/loader_trace.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

const fs::path kLibraries = "/usr/lib/x86_64-linux-gnu";

class RealProgramsTest : public ClosureTest {
 protected:
  /// The image has exactly the ELF files that the loader maps here.
  fs::path has_what_is_loaded(const std::string& program, const Texts& options = {}) const {
    Texts arguments = {program};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const fs::path image = rootfs(arguments);
    EXPECT_EQ(elf_files_in(image), loaded_on_host(program));
    return image;
  }

  static std::string java_home() {
    return fs::canonical("/usr/bin/java").parent_path().parent_path().string();
  }
};

TEST_F(RealProgramsTest, PostgresServer) {
  const std::string server = "/usr/lib/postgresql/15/bin/postgres";
  PACK_REQUIRE(fs::exists(server), "postgresql-15");
  const fs::path image = has_what_is_loaded(server);
  const Outcome there = run_in_root(image, {server, "--version"}, Proc::none);
  EXPECT_EQ(there.out, run({.argv = {server, "--version"}}).out) << there;
}

TEST_F(RealProgramsTest, SystemdsPrivateLibraries) {
  PACK_REQUIRE(fs::exists("/usr/bin/systemd-analyze"), "systemd");
  const fs::path image = has_what_is_loaded("/usr/bin/systemd-analyze");
  EXPECT_TRUE(
      contains(run({.argv = {"readelf", "-d", "/usr/bin/systemd-analyze"}}).out, "systemd]"))
      << "its RUNPATH is what the test is about";
  const Outcome there = run_in_root(image, {"/usr/bin/systemd-analyze", "--version"});
  EXPECT_TRUE(contains(there.out, "systemd 2")) << there;
}

TEST_F(RealProgramsTest, SambasPrivateLibraries) {
  const fs::path folder = kLibraries / "samba";
  PACK_REQUIRE(fs::exists(folder), "samba-libs");
  // The package has no program of its own: one that needs two of its public libraries.
  Texts public_ones;
  for (const char* name : {"libsmbconf.so.0", "libnetapi.so.1"})
    if (fs::exists(kLibraries / name)) public_ones.push_back((kLibraries / name).string());
  PACK_REQUIRE(!public_ones.empty(), "libsmbconf or libnetapi of samba-libs");
  std::string flags = "-Wl,--no-as-needed -Wl,--allow-shlib-undefined";
  for (const std::string& file : public_ones) flags += " " + file;
  compile(dir_, "prog", "#include <stdio.h>\nint main(void) { puts(\"samba\"); }", flags);
  const fs::path image = has_what_is_loaded(at("prog"));
  EXPECT_TRUE(fs::exists(image.string() + folder.string())) << "a private library is used";
  const Outcome there = run_in_root(image, {at("prog")});
  EXPECT_EQ(there.out, "samba\n") << there;
}

TEST_F(RealProgramsTest, JavaThroughItsAlternatives) {
  PACK_REQUIRE(fs::exists("/usr/bin/java"), "openjdk-17-jre-headless");
  const fs::path image = has_what_is_loaded("/usr/bin/java");
  EXPECT_EQ(fs::read_symlink(image / "usr/bin/java"), "/etc/alternatives/java");
  EXPECT_EQ(fs::read_symlink(image / "etc/alternatives/java"), java_home() + "/bin/java");
}

TEST_F(RealProgramsTest, JavaStartsWithItsPlugins) {
  PACK_REQUIRE(fs::exists("/usr/bin/java"), "openjdk-17-jre-headless");
  const std::string libraries = java_home() + "/lib";
  // What it opens by computed names; each of them needs libjvm.so, which it opens before.
  Texts arguments = {"/usr/bin/java", "--library-path", libraries + "/server"};
  for (const char* name : {"modules", "jvm.cfg", "libjava.so", "libjimage.so", "libnio.so",
                           "libnet.so", "libzip.so", "server/libjvm.so"})
    arguments.insert(arguments.end(), {"--add", libraries + "/" + name});
  const fs::path image = rootfs(arguments);
  const Outcome there = run_in_root(image, {"/usr/bin/java", "-Xshare:off", "-version"});
  EXPECT_TRUE(succeeded(there));
  EXPECT_TRUE(contains(there.err, "openjdk version \"17")) << there;
  for (const std::string& file : trace_loader({"/lib64/ld-linux-x86-64.so.2"},
                                              libraries + "/libzip.so", libraries + "/server")
                                     .files)
    EXPECT_TRUE(fs::exists(image.string() + fs::canonical(file).string())) << file;
}

TEST_F(RealProgramsTest, EveryHopOfBlasAndLapackAlternatives) {
  const fs::path lapack = kLibraries / "liblapack.so.3";
  PACK_REQUIRE(fs::exists(lapack) && fs::is_symlink(lapack), "liblapack3 and libblas3");
  compile(dir_, "prog",
          "#include <stdio.h>\ndouble dnrm2_(int*, double*, int*);\n"
          "int ilaver_(int*, int*, int*);\n"
          "int main(void) { int n = 2, one = 1, a, b, c; double x[] = {3, 4};\n"
          "  ilaver_(&a, &b, &c); printf(\"%.0f %d\\n\", dnrm2_(&n, x, &one), a); }",
          lapack.string() + " " + (kLibraries / "libblas.so.3").string());
  const fs::path image = same_as_here("prog");
  for (const char* name : {"liblapack.so.3", "libblas.so.3"}) {
    // liblapack.so.3 -> /etc/alternatives/... -> /usr/lib/.../lapack/liblapack.so.3 -> ...3.11.0
    size_t hops = 0;
    for (fs::path link = kLibraries / name; fs::is_symlink(link); ++hops) {
      EXPECT_EQ(fs::read_symlink(image.string() + link.string()), fs::read_symlink(link)) << link;
      link = (link.parent_path() / fs::read_symlink(link)).lexically_normal();
    }
    EXPECT_GE(hops, 3U);
  }
  EXPECT_FALSE(elf_files_in(image).empty());
}

}  // namespace
}  // namespace pack
