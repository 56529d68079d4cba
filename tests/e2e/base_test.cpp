// One more layer over a base image. Bases are made by umoci and skopeo, from Debian's own files
// where that counts; what comes of it is looked at by them, and by running it.

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "support/bare_root.h"
#include "support/compile.h"
#include "support/debian_base.h"
#include "support/pack_test.h"
#include "support/require.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Texts = std::vector<std::string>;

const std::string kHello =
    "int puts(const char*);\nint main(void) { puts(\"hello\"); return 0; }\n";

class BaseTest : public PackTest {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("umoci");
    PACK_REQUIRE_TOOL("skopeo");
    PACK_REQUIRE_ROOT();  // umoci keeps owners only then
  }

  /// This machine's C library, a shell, merged /usr and a /tmp for everyone.
  fs::path small_root(const std::string& name = "root") const {
    const fs::path root = dir_ / name;
    make_sysroot(root);
    fs::copy_file("/bin/dash", root / "usr/bin/sh");
    fs::create_directories(root / "tmp");
    fs::permissions(root / "tmp", fs::perms::all | fs::perms::sticky_bit);
    return root;
  }

  fs::path tar_of(const fs::path& root) const {
    const fs::path tar = root.string() + ".tar";
    EXPECT_TRUE(succeeded(run({.argv = {"tar", "-cf", tar.string(), "-C", root.string(), "."}})));
    return tar;
  }

  void small_base(const std::string& config = "") const {
    make_layout(dir_, "base", tar_of(small_root()), config);
  }

  /// Changes the manifest `m` and the config `c` of small_base() by a statement of Python.
  void edit_base(const std::string& statement) const {
    PACK_REQUIRE_TOOL("python3");
    const std::string program =
        "import hashlib, json\n"
        "def read(d): return json.load(open('base/blobs/sha256/' + d[7:]))\n"
        "def store(v):\n"
        "  t = json.dumps(v).encode(); d = hashlib.sha256(t).hexdigest()\n"
        "  open('base/blobs/sha256/' + d, 'wb').write(t)\n"
        "  return {'digest': 'sha256:' + d, 'size': len(t)}\n"
        "i = json.load(open('base/index.json')); m = read(i['manifests'][0]['digest'])\n"
        "c = read(m['config']['digest'])\n" +
        statement +
        "\nm['config'].update(store(c)); i['manifests'][0].update(store(m))\n"
        "json.dump(i, open('base/index.json', 'w'))\n";
    EXPECT_TRUE(succeeded(run({.argv = {"python3", "-c", program}, .folder = dir_})));
  }

  json raw(const std::string& image) const {
    const Outcome out = run({.argv = {"skopeo", "inspect", "--raw", image}, .folder = dir_});
    EXPECT_TRUE(succeeded(out));
    return json::parse(out.out);
  }
  json config_of(const std::string& image) const {
    const Outcome out = run({.argv = {"skopeo", "inspect", "--config", image}, .folder = dir_});
    EXPECT_TRUE(succeeded(out));
    return json::parse(out.out);
  }

  /// The merged tree, by umoci.
  fs::path unpacked(const std::string& image, const std::string& name) const {
    EXPECT_TRUE(succeeded(run({.argv = {"umoci", "unpack", "--image", image, name},
                               .folder = dir_,
                               .timeout_seconds = 120})));
    return dir_ / name / "rootfs";
  }

  /// Type, mode, owner and target of every path.
  std::set<std::string> nodes_of(const fs::path& root) const {
    const Outcome found =
        run({.argv = {"find", ".", "-printf", "%y %m %U:%G %p %l\\n"}, .folder = root});
    std::istringstream lines(found.out);
    std::set<std::string> out;
    for (std::string line; std::getline(lines, line);) out.insert(line);
    return out;
  }

  Texts added(const fs::path& before, const fs::path& after) const {
    const auto old = nodes_of(before);
    const auto all = nodes_of(after);
    Texts out;
    std::set_difference(all.begin(), all.end(), old.begin(), old.end(), std::back_inserter(out));
    return out;
  }
};

TEST_F(BaseTest, OneLayerOverDebianChangesNothingElse) {
  const auto tar = debian_tar();
  PACK_REQUIRE(tar, "mmdebstrap and Debian's archive");
  make_layout(dir_, "base", *tar, "--config.env A=b --config.cmd /bin/bash");
  compile(dir_, "hello", kHello);
  write_file(dir_ / "note", "added");
  ASSERT_TRUE(succeeded(run_pack({"./hello", "--base", "oci:base:base", "-o", "oci:made:v1", "-a",
                                  "note:/tmp/note", "-a", "note:/lib/note"})));
  const json before = raw("oci:base:base");
  const json after = raw("oci:made:v1");
  ASSERT_EQ(after["layers"].size(), 2U);
  EXPECT_EQ(after["layers"][0]["digest"], before["layers"][0]["digest"]);
  EXPECT_EQ(after["layers"][0]["mediaType"], before["layers"][0]["mediaType"]);

  const fs::path old_root = unpacked("base:base", "old");
  const fs::path new_root = unpacked("made:v1", "new");
  const std::string home = dir_.string();
  Texts expected;
  fs::path parent;
  for (const fs::path& part : fs::path(home).relative_path()) {
    parent /= part;
    if (parent != "tmp") expected.push_back("d 755 0:0 ./" + parent.string() + " ");
  }
  expected.push_back("f 755 0:0 ./" + parent.string() + "/hello ");
  expected.push_back("f 644 0:0 ./tmp/note ");
  expected.push_back("f 644 0:0 ./usr/lib/note ");
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(added(old_root, new_root), expected);
  EXPECT_EQ(added(new_root, old_root), Texts{});

  EXPECT_EQ(run_in_root(new_root, {home + "/hello"}).out, "hello\n");
  EXPECT_TRUE(
      contains(run_in_root(new_root, {"/bin/sh", "-c", "ls -ld /lib /tmp"}).out, "drwxrwxrwt"));
}

TEST_F(BaseTest, TheConfigIsInheritedAndOverridden) {
  small_base(
      "--config.env A=1 --config.env PATH=/opt/bin:/bin --config.user 7:8 --config.workingdir /srv "
      "--config.label k=base --config.entrypoint /bin/sh --config.cmd=-c --config.exposedports "
      "80/tcp");
  compile(dir_, "hello", kHello);
  ASSERT_TRUE(succeeded(run_pack({"./hello", "--base", "oci:base:base", "-o", "oci:made:v1", "-e",
                                  "A=2", "-e", "B=3", "-l", "own=1", "-p", "81"})));
  const json before = config_of("oci:base:base");
  const json after = config_of("oci:made:v1");
  const json& config = after["config"];
  EXPECT_EQ(config["Env"], json({"A=2", "PATH=/opt/bin:/bin", "B=3"}));
  EXPECT_EQ(config["User"], "7:8");
  EXPECT_EQ(config["WorkingDir"], "/srv");
  EXPECT_EQ(config["Labels"], json({{"k", "base"}, {"own", "1"}}));
  EXPECT_EQ(config["Entrypoint"], json({(dir_ / "hello").string()}));
  EXPECT_FALSE(config.contains("Cmd"));
  EXPECT_EQ(config["ExposedPorts"], json({{"80/tcp", json::object()}, {"81/tcp", json::object()}}));
  // The base's history is kept, and one entry more.
  const size_t entries = before["history"].size();
  ASSERT_EQ(after["history"].size(), entries + 1);
  for (size_t i = 0; i < entries; ++i) EXPECT_EQ(after["history"][i], before["history"][i]);
  EXPECT_EQ(after["rootfs"]["diff_ids"][0], before["rootfs"]["diff_ids"][0]);
}

TEST_F(BaseTest, ADockerArchiveIsABase) {
  small_base();
  compile(dir_, "hello", kHello);
  ASSERT_TRUE(
      succeeded(run({.argv = {"skopeo", "copy", "oci:base:base", "docker-archive:base.tar:base:1"},
                     .folder = dir_})));
  ASSERT_TRUE(succeeded(run_pack({"./hello", "--base", "base.tar", "-o", "oci:made:v1"})));
  const json made = raw("oci:made:v1");
  ASSERT_EQ(made["layers"].size(), 2U);
  // A layer of that archive has its diff_id for a name.
  EXPECT_EQ(made["layers"][0]["digest"], config_of("oci:base:base")["rootfs"]["diff_ids"][0]);
  EXPECT_EQ(run_in_root(unpacked("made:v1", "new"), {(dir_ / "hello").string()}).out, "hello\n");
}

TEST_F(BaseTest, ALibraryMayBeTheBasesAlone) {
  const fs::path root = small_root();
  compile(dir_, "libown.so", "int own(void) { return 7; }\n",
          "-shared -fPIC -Wl,-soname,libown.so");
  compile(dir_, "p", "int own(void); int main(void) { return own(); }\n", "-L. -lown");
  EXPECT_TRUE(refused(run_pack({"./p", "-t", "p", "--dry-run"}), 1, {"libown.so"}));
  fs::copy_file(dir_ / "libown.so", root / "usr/lib/libown.so");
  fs::remove(dir_ / "libown.so");
  make_layout(dir_, "base", tar_of(root));
  ASSERT_TRUE(succeeded(run_pack({"./p", "--base", "oci:base:base", "-o", "oci:made:v1"})));
  EXPECT_EQ(run_in_root(unpacked("made:v1", "new"), {(dir_ / "p").string()}).status, 7);
}

TEST_F(BaseTest, AScriptRunsOnTheBasesInterpreter) {
  const fs::path root = small_root();
  fs::copy_file("/bin/dash", root / "usr/bin/only-there");
  make_layout(dir_, "base", tar_of(root));
  write_file(dir_ / "run", "#!/usr/bin/only-there\necho from the base\n", 0755);
  EXPECT_TRUE(refused(run_pack({"./run", "-t", "p", "--dry-run"}), 1, {"only-there"}));
  ASSERT_TRUE(succeeded(run_pack({"./run", "--base", "oci:base:base", "-o", "oci:made:v1"})));
  EXPECT_EQ(run_in_root(unpacked("made:v1", "new"), {(dir_ / "run").string()}).out,
            "from the base\n");
}

TEST_F(BaseTest, EachCLibraryBringsItsOwnLoaderOverABaseOfTheOther) {
  PACK_REQUIRE_TOOL("musl-gcc");
  small_base();
  write_file(dir_ / "hello.c", kHello);
  ASSERT_TRUE(succeeded(run({.argv = {"musl-gcc", "-o", "musl", "hello.c"}, .folder = dir_})));
  compile(dir_, "glibc", kHello);
  ASSERT_TRUE(succeeded(run_pack({"./musl", "--base", "oci:base:base", "-o", "oci:over:v1"})));
  const fs::path over_glibc = unpacked("over:v1", "one");
  EXPECT_EQ(run_in_root(over_glibc, {(dir_ / "musl").string()}).out, "hello\n");
  EXPECT_EQ(run_in_root(over_glibc, {"/bin/sh", "-c", "echo both"}).out, "both\n");
  // As Alpine has it: /lib is a folder, and there is no /lib64.
  fs::create_directories(dir_ / "alpine/lib");
  fs::copy_file("/lib/ld-musl-x86_64.so.1", dir_ / "alpine/lib/ld-musl-x86_64.so.1");
  fs::create_directories(dir_ / "alpine/bin");
  fs::copy_file(dir_ / "musl", dir_ / "alpine/bin/hello");
  fs::create_directories(dir_ / "alpine/proc");
  make_layout(dir_, "musl-base", tar_of(dir_ / "alpine"));
  ASSERT_TRUE(
      succeeded(run_pack({"./glibc", "--base", "oci:musl-base:base", "-o", "oci:both:v1"})));
  const fs::path over_musl = unpacked("both:v1", "two");
  EXPECT_EQ(run_in_root(over_musl, {(dir_ / "glibc").string()}).out, "hello\n");
  EXPECT_EQ(run_in_root(over_musl, {"/bin/hello"}).out, "hello\n");
}

// What an old distribution's libc.so.6 is to a new program: without the versions that it wants.
TEST_F(BaseTest, AnOlderLibcIsAnErrorThatSaysSo) {
  const fs::path root = small_root();
  const fs::path libc = fs::canonical(root / "usr/lib/x86_64-linux-gnu/libc.so.6");
  fs::remove(libc);
  write_file(dir_ / "old.map", "GLIBC_2.2.5 { puts; };\nGLIBC_PRIVATE { };\n");
  compile(root, libc.string(), "int puts(const char* s) { return !s; }\n",
          "-shared -fPIC -nostdlib -Wl,-soname,libc.so.6 -Wl,--version-script=" +
              (dir_ / "old.map").string());
  make_layout(dir_, "base", tar_of(root));
  compile(dir_, "hello", kHello);
  EXPECT_TRUE(refused(run_pack({"./hello", "--base", "oci:base:base", "-o", "oci:made:v1"}), 1,
                      {"libc.so.6", "GLIBC_2.34", "base image", "newer base"}));
  EXPECT_FALSE(fs::exists(dir_ / "made"));
}

// Debian 11 has glibc 2.31; programs linked here want 2.34.
TEST_F(BaseTest, AProgramOfTodayOverDebian11IsAnError) {
  const auto tar = debian_tar("bullseye");
  if (!tar) GTEST_SKIP() << "Debian's mirror has no bullseye any more";
  make_layout(dir_, "base", *tar);
  compile(dir_, "hello", kHello);
  EXPECT_TRUE(refused(run_pack({"./hello", "--base", "oci:base:base", "-o", "oci:made:v1"}), 1,
                      {"libc.so.6", "GLIBC_2.34", "newer base"}));
}

TEST_F(BaseTest, ABaseOfAnotherMachineIsAnError) {
  small_base("--architecture arm64");
  compile(dir_, "hello", kHello);
  EXPECT_TRUE(refused(run_pack({"./hello", "--base", "oci:base:base", "-o", "oci:made:v1"}), 1,
                      {"arm64", "amd64"}));
}

TEST_F(BaseTest, TheBasesVariantStaysWhereItsPlatformIsNamed) {
  small_base("--architecture arm64");
  edit_base("c['variant'] = 'v8'");
  compile(dir_, "hello", kHello);
  for (const char* platform : {"linux/arm64", "linux/arm64/v8"}) {
    ASSERT_TRUE(succeeded(run_pack({"./hello", "--base", "oci:base:base", "--platform", platform,
                                    "--allow-missing", "-o", "oci:made:v1"})));
    EXPECT_TRUE(contains(run_pack({"inspect", "--config", "oci:made:v1"}).out, "\"v8\""));
  }
}

TEST_F(BaseTest, MoreThan125LayersAreRefused) {
  small_base();
  compile(dir_, "hello", kHello);
  edit_base("m['layers'] *= 125; c['rootfs']['diff_ids'] *= 125; c['history'] = []");
  EXPECT_TRUE(refused(run_pack({"./hello", "--base", "oci:base:base", "-o", "oci:made:v1"}), 1,
                      {"125 layers"}));
}

TEST_F(BaseTest, ReportsTellWhatTheBaseHas) {
  small_base();
  compile(dir_, "hello", kHello);
  const Outcome dry = run_pack(
      {"./hello", "--base", "oci:base:base", "-t", "made", "--bare", "--dry-run", "--json"});
  ASSERT_TRUE(succeeded(dry));
  const json plan = json::parse(dry.out);
  EXPECT_EQ(plan["files"], 1);
  EXPECT_EQ(plan["base"]["layers"], 1);
  std::set<std::string> in_base;
  for (const json& file : plan["in_base"]) in_base.insert(file["path"]);
  EXPECT_TRUE(in_base.contains("/usr/lib/x86_64-linux-gnu/libc.so.6")) << plan["in_base"];
  const Outcome text = run_pack({"./hello", "--base", "oci:base:base", "-t", "made", "--dry-run"});
  EXPECT_TRUE(contains(text.out, "(in the base image)   /usr/lib/x86_64-linux-gnu/libc.so.6"))
      << text;
  EXPECT_TRUE(contains(text.out, " used from there)")) << text;
}

TEST_F(BaseTest, UsersAreThoseOfTheMergedTree) {
  const fs::path root = small_root();
  write_file(root / "etc/passwd", "app:x:7:7::/:\n");
  make_layout(dir_, "base", tar_of(root));
  compile(dir_, "hello", kHello);
  const Texts with_base = {"./hello", "--base", "oci:base:base", "-o", "oci:made:v1", "-u"};
  const auto as = [&](const std::string& user) {
    Texts arguments = with_base;
    arguments.push_back(user);
    return run_pack(arguments);
  };
  EXPECT_TRUE(succeeded(as("app")));
  EXPECT_TRUE(refused(as("nobody-of-it"), 1, {"nobody-of-it", "/etc/passwd"}));
}

TEST_F(BaseTest, APasswdThatLeadsOutOfTheImageIsNotReadOnTheHost) {
  const fs::path root = small_root();
  write_file(dir_ / "secret", "spy:x:99:99::/:\n");
  write_symlink(root / "etc/passwd", "../../../../../../../../.." + (dir_ / "secret").string());
  make_layout(dir_, "base", tar_of(root));
  compile(dir_, "hello", kHello);
  EXPECT_TRUE(
      refused(run_pack({"./hello", "--base", "oci:base:base", "-o", "oci:made:v1", "-u", "spy"}), 1,
              {"spy", "/etc/passwd"}));
}

TEST_F(BaseTest, TheRootMayBeAnImage) {
  small_base();
  ASSERT_TRUE(succeeded(run_pack({"/bin/sh", "--root", "oci:base:base", "-o", "rootfs:made"})));
  EXPECT_EQ(run_in_root(dir_ / "made", {"/bin/sh", "-c", "echo out of an image"}).out,
            "out of an image\n");
  ASSERT_TRUE(succeeded(run({.argv = {"cp", "-a", "base", "copy"}, .folder = dir_})));
  EXPECT_TRUE(succeeded(run_pack({"/bin/sh", "--root", "copy", "-o", "rootfs:again"})));
  EXPECT_TRUE(refused(run_pack({"/bin/sh", "--root", "gone", "-o", "rootfs:x"}), 1, {"gone"}));
}

// The layer's headers are read, and what is compared; nothing else of the base is.
TEST_F(BaseTest, AHugeUncompressedBaseCostsLittle) {
  constexpr uintmax_t kBytes = uintmax_t{500} << 20;
  write_file(dir_ / "big", "x");
  fs::resize_file(dir_ / "big", kBytes);
  ASSERT_TRUE(succeeded(run_pack(
      {"/bin/sh", "--add", (dir_ / "big").string(), "--compress", "none", "-o", "oci:base:base"})));
  compile(dir_, "hello", kHello);
  const Outcome planned =
      run_pack({"./hello", "--base", "oci:base:base", "-t", "made", "--dry-run"});
  ASSERT_TRUE(succeeded(planned));
  if (!kSanitized) {
    EXPECT_LT(planned.peak_kib, 64 << 10);
  }
  const Outcome made = run_pack({"./hello", "--base", "oci:base:base", "-o", "oci:made:v1"});
  ASSERT_TRUE(succeeded(made));
  if (!kSanitized) {
    EXPECT_LT(made.peak_kib, 64 << 10);
  }
  EXPECT_EQ(raw("oci:made:v1")["layers"][0]["size"], raw("oci:base:base")["layers"][0]["size"]);
}

}  // namespace
}  // namespace pack
