// The options that change what is in the image.

#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/closure_test.h"
#include "support/image_archive.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class OptionsTest : public ClosureTest {
 protected:
  void SetUp() override {
    write_file(dir_ / "data/one.txt", "one");
    write_file(dir_ / "data/two.txt", "two");
    write_file(dir_ / "data/sub/three.txt", "three");
    write_file(dir_ / "tool", "#!/bin/sh\necho tool\n", 0755);
  }

  static int mode_of(const fs::path& path) {
    struct stat status = {};
    EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
    return static_cast<int>(status.st_mode & 07777);
  }

  /// The owner and mode columns of a path in the layer.
  std::string tar_owner(const std::vector<std::string>& options, const std::string& path) {
    std::vector<std::string> arguments = {"/bin/cat", "-t", "o:1"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_TRUE(succeeded(run_pack(arguments)));
    for (const std::string& line : tar_lines(open_archive(dir_ / "o.tar", dir_ / "opened").layer))
      if (line.ends_with(" " + path)) return line.substr(0, line.find(' ', 12));
    return "not there";
  }
};

TEST_F(OptionsTest, AddWithoutPlaceKeepsThePath) {
  const fs::path image = rootfs({"/bin/cat", "--add", at("data/one.txt")});
  EXPECT_EQ(read_file(image.string() + at("data/one.txt")), "one");
}

TEST_F(OptionsTest, AddUnderAnotherName) {
  const fs::path image = rootfs({"/bin/cat", "-a", at("data/one.txt") + ":/etc/app/conf"});
  EXPECT_EQ(run_in_root(image, {"/bin/cat", "/etc/app/conf"}).out, "one");
  EXPECT_EQ(mode_of(image / "etc/app"), 0755);
}

TEST_F(OptionsTest, AddIntoAFolder) {
  const fs::path image = rootfs({"/bin/cat", "-a", at("data/one.txt") + ":/etc/app/"});
  EXPECT_EQ(read_file(image / "etc/app/one.txt"), "one");
}

TEST_F(OptionsTest, AddAWholeFolder) {
  write_symlink(dir_ / "data/link", "one.txt");
  const fs::path image = rootfs({"/bin/cat", "-a", at("data") + ":/srv/data"});
  EXPECT_EQ(tree_of(image / "srv/data"), tree_of(dir_ / "data"));
}

TEST_F(OptionsTest, AddWhatAGlobMatches) {
  const fs::path image = rootfs({"/bin/cat", "-a", at("data") + "/*.txt:/srv"});
  EXPECT_EQ(names_in(image / "srv"), (std::vector<std::string>{"one.txt", "two.txt"}));
}

TEST_F(OptionsTest, AGlobThatMatchesNothingIsAnError) {
  EXPECT_TRUE(
      refused(run_pack({"/bin/cat", "-t", "g", "-a", at("data") + "/*.none"}), 1, {"*.none"}));
}

TEST_F(OptionsTest, ARelativeSourceIsRelativeToTheWorkingFolder) {
  const fs::path image = rootfs({"/bin/cat", "-a", "data/one.txt:/one"});
  EXPECT_EQ(read_file(image / "one"), "one");
}

TEST_F(OptionsTest, AnAddedProgramBringsItsClosure) {
  library("l/libx.so", "x", 12);
  program("prog", "x", "-Wl,--enable-new-dtags,-rpath," + at("l") + " -Ll -lx");
  const fs::path image = rootfs({"/bin/cat", "--add", at("prog") + ":/opt/prog"});
  const Outcome there = run_in_root(image, {"/opt/prog"});
  EXPECT_EQ(there.out, "12\n") << there;
}

TEST_F(OptionsTest, AnAddedScriptBringsItsInterpreter) {
  const fs::path image = rootfs({"/bin/cat", "--add", at("tool")});
  EXPECT_EQ(run_in_root(image, {at("tool")}).out, "tool\n");
}

TEST_F(OptionsTest, AnAddedLibraryBringsItsClosure) {
  library("l/libinner.so", "inner", 1, "-Wl,-soname,libinner.so");
  library_using("l/libplugin.so", "plugin", "inner", 1,
                "-Wl,--enable-new-dtags,-rpath,$ORIGIN -Ll -linner");
  const fs::path image = rootfs({"/bin/cat", "--add", at("l/libplugin.so")});
  EXPECT_TRUE(fs::exists(image.string() + at("l/libinner.so")));
}

TEST_F(OptionsTest, AMissingSourceIsAnError) {
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "m", "-a", at("none")}), 1, {at("none")}));
  EXPECT_FALSE(fs::exists(dir_ / "m.tar"));
}

TEST_F(OptionsTest, ExtraSymlinksAndFolders) {
  const fs::path image =
      rootfs({"/bin/cat", "--symlink", "/usr/bin/kitten:cat", "--mkdir", "/var/spool/x", "--mkdir",
              "/var/private:0700", "--mkdir", "/var/drop:1777"});
  EXPECT_EQ(fs::read_symlink(image / "usr/bin/kitten"), "cat");
  EXPECT_TRUE(succeeded(run_in_root(image, {"/usr/bin/kitten", "/etc/passwd"})));
  EXPECT_EQ(mode_of(image / "var/spool/x"), 0755);
  EXPECT_EQ(mode_of(image / "var/spool"), 0755);
  EXPECT_EQ(mode_of(image / "var/private"), 0700);
  EXPECT_EQ(mode_of(image / "var/drop"), 01777);
}

TEST_F(OptionsTest, ChmodByPathAndByGlob) {
  const std::vector<std::string> add = {"/bin/cat", "-a", at("data") + ":/srv"};
  std::vector<std::string> arguments = add;
  arguments.insert(arguments.end(), {"--chmod", "/srv/one.txt:0600", "--chmod", "two.*:0444"});
  const fs::path image = rootfs(arguments);
  EXPECT_EQ(mode_of(image / "srv/one.txt"), 0600);
  EXPECT_EQ(mode_of(image / "srv/two.txt"), 0444);
  EXPECT_EQ(mode_of(image / "srv/sub/three.txt"), 0644);
}

TEST_F(OptionsTest, ChownByPath) {
  EXPECT_EQ(
      tar_owner({"-a", at("data") + ":/srv", "--chown", "/srv/one.txt:1000:2000"}, "srv/one.txt"),
      "-rw-r--r-- 1000/2000");
  EXPECT_EQ(
      tar_owner({"-a", at("data") + ":/srv", "--chown", "/srv/one.txt:1000:2000"}, "srv/two.txt"),
      "-rw-r--r-- 0/0");
}

TEST_F(OptionsTest, ChownByFolderReachesWhatIsBelow) {
  EXPECT_EQ(tar_owner({"-a", at("data") + ":/srv", "--chown", "/srv:7:8"}, "srv/sub/three.txt"),
            "-rw-r--r-- 7/8");
}

TEST_F(OptionsTest, AChmodThatMatchesNothingIsSaid) {
  const Outcome outcome = run_pack({"/bin/cat", "-t", "c", "--chmod", "/no/such/path:0600"});
  EXPECT_TRUE(contains(outcome.err, "/no/such/path")) << outcome;
}

TEST_F(OptionsTest, ExcludeLeavesOutAndSaysSo) {
  const Outcome outcome = run_pack({"/bin/cat", "-a", at("data") + ":/srv", "--exclude", "/srv/sub",
                                    "--exclude", "two.*", "-o", "rootfs:image"});
  ASSERT_TRUE(succeeded(outcome));
  EXPECT_EQ(names_in(dir_ / "image/srv"), std::vector<std::string>{"one.txt"});
  EXPECT_TRUE(contains(outcome.err + outcome.out, "/srv/two.txt")) << outcome;
}

TEST_F(OptionsTest, AStarDoesNotCrossFolders) {
  const fs::path image =
      rootfs({"/bin/cat", "-a", at("data") + ":/srv", "--exclude", "/srv/*.txt"});
  EXPECT_EQ(names_in(image / "srv"), std::vector<std::string>{"sub"});
  EXPECT_TRUE(fs::exists(image / "srv/sub/three.txt"));
}

TEST_F(OptionsTest, DryRunWritesNothingAndShowsThePlan) {
  const Outcome outcome = run_pack({"/bin/bash", "-t", "plan:1", "--dry-run"});
  EXPECT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.out, "/usr/bin/bash")) << outcome;
  EXPECT_TRUE(contains(outcome.out, "libtinfo.so.6")) << outcome;
  EXPECT_FALSE(fs::exists(dir_ / "plan.tar"));
}

TEST_F(OptionsTest, DryRunAsJsonListsWhatTheImageWillHold) {
  const Outcome outcome = run_pack({"/bin/bash", "-t", "plan:1", "--dry-run", "--json"});
  ASSERT_TRUE(succeeded(outcome));
  const json plan = json::parse(outcome.out);
  EXPECT_FALSE(plan.contains("digest") && plan.at("digest").is_string());
  const fs::path image = rootfs({"/bin/bash"});
  std::set<std::string> planned, written;
  for (const json& entry : plan.at("entries")) {
    planned.insert(entry.at("path").get<std::string>());
    EXPECT_FALSE(entry.at("reason").empty()) << entry;
    EXPECT_TRUE(entry.contains("type") && entry.contains("mode")) << entry;
    EXPECT_EQ(entry.contains("size"), entry.at("type") == "file") << entry;
  }
  for (const auto& [path, content] : tree_of(image)) written.insert("/" + path);
  EXPECT_EQ(planned, written);
}

TEST_F(OptionsTest, JsonIsTheResultAsOneObject) {
  const Outcome outcome =
      run_pack({"/bin/bash", "-t", "j:1", "-o", "j.tar", "-o", "oci:layout:1", "--json"});
  ASSERT_TRUE(succeeded(outcome));
  const json result = json::parse(outcome.out);
  const ImageArchive image = open_archive(dir_ / "j.tar", dir_ / "opened");
  EXPECT_EQ(result.at("references"), json({"docker.io/library/j:1"}));
  EXPECT_EQ(result.at("diff_id"), "sha256:" + sha256_of(image.layer));
  write_file(dir_ / "config", image.config);
  EXPECT_EQ(result.at("config_digest"), "sha256:" + sha256_of(dir_ / "config"));
  write_file(dir_ / "manifest", image.manifest);
  EXPECT_EQ(result.at("digest"), "sha256:" + sha256_of(dir_ / "manifest"));
  const std::vector<std::string> lines = tar_lines(image.layer);
  EXPECT_EQ(result.at("files"), std::count_if(lines.begin(), lines.end(), [](const auto& line) {
              return line.starts_with('-');
            }));
  EXPECT_EQ(result.at("size"), fs::file_size(image.layer));
  EXPECT_EQ(result.at("platform"), "linux/amd64");
  EXPECT_EQ(result.at("entrypoint"), json({"/bin/bash"}));
  ASSERT_EQ(result.at("destinations").size(), 2u);
  EXPECT_TRUE(contains(result.at("destinations")[0].at("path").get<std::string>(), "j.tar"));
  EXPECT_TRUE(result.at("notes").is_array());
}

TEST_F(OptionsTest, TheResultIsForPeople) {
  const Outcome outcome = run_pack({"/bin/bash", "-t", "people:1"});
  ASSERT_TRUE(succeeded(outcome));
  for (const char* text : {"people:1", "sha256:", "people.tar", "docker load"})
    EXPECT_TRUE(contains(outcome.out, text)) << text << "\n" << outcome;
}

TEST_F(OptionsTest, QuietIsTheDigestAlone) {
  const Outcome outcome = run_pack({"/bin/bash", "-t", "quiet:1", "-q"});
  ASSERT_TRUE(succeeded(outcome));
  write_file(dir_ / "manifest", open_archive(dir_ / "quiet.tar", dir_ / "opened").manifest);
  EXPECT_EQ(outcome.out, "sha256:" + sha256_of(dir_ / "manifest") + "\n");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(OptionsTest, VerboseSaysWhy) {
  const Outcome outcome = run_pack({"/bin/bash", "-t", "verbose:1", "-v"});
  ASSERT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.err, "libtinfo.so.6")) << outcome;
}

TEST_F(OptionsTest, AConfigFileIsTheSameOptions) {
  write_file(dir_ / "image.toml",
             "tag = [\"toml:1\", \"toml:2\"]\n"
             "env = [\"K=V\"]\n"
             "workdir = \"/srv\"\n"
             "add = [\"data/one.txt:/one\"]\n");
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "--config", "image.toml"})));
  ASSERT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "toml:1", "-t", "toml:2", "-e", "K=V", "-w",
                                  "/srv", "-a", "data/one.txt:/one", "-o", "line.tar"})));
  EXPECT_EQ(sha256_of(dir_ / "toml.tar"), sha256_of(dir_ / "line.tar"));
}

TEST_F(OptionsTest, AnUnknownKeyInTheConfigFileIsNamed) {
  write_file(dir_ / "image.toml", "tagg = \"toml:1\"\n");
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "x", "--config", "image.toml"}), 2, {"tagg"}));
  EXPECT_FALSE(fs::exists(dir_ / "x.tar"));
}

TEST_F(OptionsTest, TheWorkingFolderOfTheImageExists) {
  EXPECT_TRUE(fs::is_directory(rootfs({"/bin/cat", "-w", "/srv/deep/er"}) / "srv/deep/er"));
}

TEST_F(OptionsTest, AUserNameMustBeKnownInTheImage) {
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "u", "-u", "stranger"}), 1, {"stranger"}));
  EXPECT_TRUE(succeeded(run_pack({"/bin/cat", "-t", "u", "-u", "nobody"})));
}

TEST_F(OptionsTest, SetuidIsKeptAndSaid) {
  PACK_REQUIRE_ROOT();
  compile(dir_, "prog", "int main(void) { return 0; }", "-static");
  fs::permissions(dir_ / "prog", fs::perms(04755));
  const Outcome outcome = run_pack({at("prog"), "-t", "suid:1"});
  ASSERT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.err + outcome.out, "setuid")) << outcome;
  bool kept = false;
  for (const std::string& line : tar_lines(open_archive(dir_ / "suid.tar", dir_ / "opened").layer))
    kept |= line.starts_with("-rwsr-xr-x ") && line.ends_with("/prog");
  EXPECT_TRUE(kept);
}

TEST_F(OptionsTest, WhatIsExcludedBringsNothingAlong) {
  write_file(dir_ / "tree/bad.sh", "#!/no/such/interpreter\n", 0755);
  write_file(dir_ / "tree/good", "x");
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "x", "-a", at("tree") + ":/t"}), 1,
                      {"/no/such/interpreter"}));
  const fs::path image = rootfs({"/bin/cat", "-a", at("tree") + ":/t", "--exclude", "bad.sh"});
  EXPECT_TRUE(fs::exists(image / "t/good"));
  EXPECT_FALSE(fs::exists(image / "t/bad.sh"));
}

TEST_F(OptionsTest, TheLoadersCacheCanBeExcluded) {
  const fs::path image = rootfs({"/bin/cat", "--exclude", "/etc/ld.so.cache"});
  EXPECT_FALSE(fs::exists(image / "etc/ld.so.cache"));
  EXPECT_TRUE(fs::exists(image / "etc/passwd"));
}

TEST_F(OptionsTest, TheModeOfAFolderIsItsOwn) {
  const fs::path image = rootfs({"/bin/cat", "--chmod", "/etc:0700"});
  EXPECT_EQ(fs::status(image / "etc").permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(image / "etc/passwd").permissions(), fs::perms(0644));
}

TEST_F(OptionsTest, AnImageDoesNotHoldItsFormerSelf) {
  const auto pack_folder = [&] {
    const Outcome outcome = run_pack({"/bin/cat", "-t", "app:1", "-a", at("") + ":/srv"});
    EXPECT_TRUE(succeeded(outcome));
    return fs::file_size(dir_ / "app.tar");
  };
  const auto first = pack_folder();
  EXPECT_EQ(pack_folder(), first);
}

TEST_F(OptionsTest, AFileIsNoWorkingFolder) {
  EXPECT_TRUE(refused(run_pack({"/bin/cat", "-t", "w", "-w", "/bin/cat"}), 1, {"/bin/cat"}));
}

TEST_F(OptionsTest, AStrangeFileInAFolderIsDataAndSaid) {
  write_file(dir_ / "tree/odd", "#!perl\n", 0755);
  const Outcome outcome = run_pack({"/bin/cat", "-o", "rootfs:odd", "-a", at("tree") + ":/t"});
  EXPECT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.err, "perl")) << outcome;
  EXPECT_TRUE(fs::exists(dir_ / "odd/t/odd"));
}

}  // namespace
}  // namespace pack
