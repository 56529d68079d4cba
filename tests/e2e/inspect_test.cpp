// `pack inspect`, held against what skopeo, umoci, tar and sha256sum say of the same images.

#include <set>
#include <sstream>

#include "e2e/small_images.h"
#include "support/bare_root.h"
#include "support/compile.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class InspectTest : public SmallImagesTest {
 protected:
  Outcome inspect(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "inspect");
    return run_pack(arguments);
  }

  std::string text(const std::vector<std::string>& arguments) const {
    const Outcome outcome = inspect(arguments);
    EXPECT_TRUE(succeeded(outcome)) << ::testing::PrintToString(arguments);
    return outcome.out;
  }

  /// An image of three layers: what pack makes, a file more, and one that is gone again.
  void make_layers() const {
    pack_into({"oci:l:v1"});
    shell(
        "echo more > more && chmod 640 more && umoci insert --rootless --image l:v1 more /more && "
        "umoci insert --rootless --image l:v1 --whiteout /data");
  }
};

TEST_F(InspectTest, RawBytesAreWhatOthersRead) {
  PACK_REQUIRE_TOOL("skopeo");
  pack_into({"oci:l:v1", "a.tar"});
  EXPECT_EQ(text({"oci:l:v1", "--manifest"}), raw("oci:l:v1"));
  EXPECT_EQ(text({"oci:l:v1", "--config"}), shell("skopeo inspect --raw --config oci:l:v1"));
  EXPECT_EQ(text({"a.tar", "--config"}),
            shell("skopeo inspect --raw --config docker-archive:a.tar"));
}

TEST_F(InspectTest, JsonSaysWhatSkopeoSays) {
  PACK_REQUIRE_TOOL("skopeo");
  PACK_REQUIRE_TOOL("umoci");
  make_layers();
  const Json ours = Json::parse(text({"oci:l:v1", "--json"}));
  const Json theirs = Json::parse(shell("skopeo inspect oci:l:v1"));
  EXPECT_EQ(ours["digest"], theirs["Digest"]);
  EXPECT_EQ(ours["platform"], "linux/" + theirs["Architecture"].get<std::string>());
  const Json manifest = raw_json("oci:l:v1");
  ASSERT_EQ(ours["layers"].size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(ours["layers"][i]["digest"], theirs["Layers"][i]);
    EXPECT_EQ(ours["layers"][i]["size"], manifest["layers"][i]["size"]);
    EXPECT_EQ(ours["layers"][i]["media_type"], manifest["layers"][i]["mediaType"]);
  }
  EXPECT_EQ(ours["config"], Json::parse(shell("skopeo inspect --config --raw oci:l:v1")));
  const Json stat = Json::parse(shell("umoci stat --json --image l:v1"));
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(ours["layers"][i]["created_by"], stat["history"][i]["created_by"]);
}

TEST_F(InspectTest, FilesAreThoseThatUmociUnpacks) {
  PACK_REQUIRE_TOOL("umoci");
  make_layers();
  shell("umoci unpack --rootless --image l:v1 bundle");
  const std::string found =
      shell("find bundle/rootfs -mindepth 1 -printf '%M %y %s /%P\\n' | sort -k4");
  std::set<std::string> theirs, ours;
  std::istringstream lines(found);
  for (std::string mode, kind, size, path; lines >> mode >> kind >> size >> path;)
    theirs.insert(mode + " " + (kind == "f" ? size : "-") + " " + path);
  std::istringstream rows(text({"oci:l:v1", "--files"}));
  for (std::string row; std::getline(rows, row);) {
    std::istringstream words(row);
    std::string mode, owner, size, layer, path;
    words >> mode >> owner >> size >> layer >> path;
    ours.insert(mode + " " + size + " " + path);
    EXPECT_EQ(layer, path == "/more" ? "2" : "1") << row;
  }
  EXPECT_EQ(ours, theirs);
  EXPECT_FALSE(contains(text({"oci:l:v1", "--files"}), "/data"));
}

TEST_F(InspectTest, FilesHaveTheLayersOwners) {
  pack_into({"a.tar"}, "hello", {"--chown", "/data:7:8", "--chmod", "/data:4711"});
  EXPECT_TRUE(contains(text({"a.tar", "--files"}), "-rws--x--x 7:8 "))
      << text({"a.tar", "--files"});
  const Json files = Json::parse(text({"a.tar", "--files", "--json"}))["files"];
  std::set<std::string> ours;
  for (const Json& file : files) ours.insert(file["path"].get<std::string>());
  const ImageArchive image = open_archive(dir_ / "a.tar", dir_ / "opened");
  std::set<std::string> theirs;
  std::istringstream names(shell("tar tf " + image.layer.string() + " | sed 's|^|/|; s|/$||'"));
  for (std::string name; std::getline(names, name);) theirs.insert(name);
  EXPECT_EQ(ours, theirs);
}

TEST_F(InspectTest, TextIsForPeople) {
  pack_into({"a.tar"}, "hello",
            {"-e", "K=V W", "-p", "80", "-u", "7:8", "-l", "who=me", "-w", "/srv", "--", "one"});
  const std::string seen = text({"a.tar"});
  const Json theirs = Json::parse(text({"a.tar", "--json"}));
  for (const std::string& part :
       {std::string("a.tar\n"), std::string("small:v1"), std::string("linux/amd64"),
        std::string("entrypoint  /bin/hello"), std::string("cmd         one"),
        std::string("\"K=V W\""), std::string("80/tcp"), std::string("7:8"), std::string("who=me"),
        std::string("1 layer, "), std::string("pack /bin/hello"),
        theirs["digest"].get<std::string>(), theirs["layers"][0]["digest"].get<std::string>()})
    EXPECT_TRUE(contains(seen, part)) << part << '\n' << seen;
  EXPECT_FALSE(contains(seen, "\x1b"));
}

TEST_F(InspectTest, WhyNamesTheChainOfLibraries) {
  compile(dir_, "libb.so", "int b(void) { return 0; }", "-shared -fPIC -Wl,-soname,libb.so");
  compile(dir_, "liba.so", "int b(void); int a(void) { return b(); }",
          "-shared -fPIC -Wl,-soname,liba.so -L. -lb -Wl,-rpath,$ORIGIN");
  compile(dir_, "prog", "int a(void); int main(void) { return a(); }",
          "-L. -la -Wl,-rpath,$ORIGIN -Wl,-rpath-link,.");
  write_file(dir_ / "other", "text");
  ASSERT_TRUE(
      succeeded(run_pack({"./prog", "-a", "other", "--symlink",
                          "/link:" + (dir_ / "libb.so").string(), "-t", "why:v1", "-o", "w.tar"})));
  const std::string prog = (dir_ / "prog").string();
  const std::string why = text({"w.tar", "--why", (dir_ / "libb.so").string()});
  EXPECT_TRUE(contains(why, prog + " -> liba.so -> libb.so [RUNPATH of ")) << why;
  EXPECT_TRUE(contains(why, "from layer 1 of 1 (sha256:")) << why;
  EXPECT_TRUE(contains(why, "made by \"pack ")) << why;
  EXPECT_TRUE(contains(text({"w.tar", "--why", "/link"}), " -> liba.so -> libb.so"));
  EXPECT_TRUE(contains(text({"w.tar", "--why", prog}), "is what starts"));
  EXPECT_TRUE(contains(text({"w.tar", "--why", "/lib64/ld-linux-x86-64.so.2"}), prog));
  EXPECT_TRUE(contains(text({"w.tar", "--why", (dir_ / "other").string()}),
                       "nothing that starts the image needs it"));
  const Json json =
      Json::parse(text({"w.tar", "--json", "--why", (dir_ / "libb.so").string()}))["why"];
  EXPECT_EQ(json["chains"], Json::parse("[[\"" + prog + "\",\"liba.so\",\"libb.so\"]]"));
  EXPECT_TRUE(refused(inspect({"w.tar", "--why", "/none"}), 1, {"/none is not in the image"}));
}

TEST_F(InspectTest, WhyKnowsScripts) {
  write_file(dir_ / "root/script", "#!/bin/hello\n", 0755);
  ASSERT_TRUE(succeeded(run_pack({"--root", "root", "/script", "-t", "script:v1", "-o", "s.tar"})));
  EXPECT_TRUE(contains(text({"s.tar", "--why", "/bin/hello"}), "runs /script (#!/bin/hello)") ||
              contains(text({"s.tar", "--why", "/bin/hello"}), "runs /script (\"#!/bin/hello\")"))
      << text({"s.tar", "--why", "/bin/hello"});
  EXPECT_TRUE(contains(text({"s.tar", "--why", "/script"}), "is what starts"));
}

TEST_F(InspectTest, AnIndexListsItsPlatforms) {
  PACK_REQUIRE_TOOL("skopeo");
  pack_into({"oci:amd:v1"});
  pack_into({"oci:arm:v1"}, "arm");
  ASSERT_TRUE(succeeded(copy({"oci:amd:v1", "oci:arm:v1", "oci:l:both"})));
  const Json seen = Json::parse(text({"oci:l:both", "--json"}));
  EXPECT_EQ(seen["platforms"].size(), 2U);
  const std::string index = text({"oci:l:both", "--manifest"});
  EXPECT_EQ(index, raw("oci:l:both"));
  EXPECT_EQ(seen["index"], "sha256:" + sha256_text(index));
  const std::string arm = text({"oci:l:both", "--platform", "linux/arm64", "--manifest"});
  EXPECT_EQ(arm, raw("oci:arm:v1"));
  const std::string people = text({"oci:l:both"});
  EXPECT_TRUE(contains(people, "linux/arm64")) << people;
  EXPECT_TRUE(contains(people, "  sha256:" + sha256_text(arm))) << people;
  EXPECT_TRUE(refused(inspect({"oci:l:both", "--platform", "linux/s390x"}), 1, {"linux/amd64"}));
}

TEST_F(InspectTest, ReadsAStream) {
  pack_into({"a.tar"});
  const std::string pack = pack_binary().string();
  EXPECT_EQ(Json::parse(shell(pack + " inspect --json - <a.tar"))["digest"],
            Json::parse(text({"a.tar", "--json"}))["digest"]);
  EXPECT_EQ(shell(pack + " inspect --files - <a.tar"), text({"a.tar", "--files"}));
}

TEST_F(InspectTest, MistakesOnTheCommandLine) {
  EXPECT_TRUE(refused(inspect({}), 2, {"no image"}));
  EXPECT_TRUE(refused(inspect({"a.tar", "--files", "--config"}), 2));
  EXPECT_TRUE(refused(inspect({"a.tar", "--json", "--config"}), 2));
  EXPECT_TRUE(refused(inspect({"a.tar", "--platform", "x"}), 2));
  EXPECT_TRUE(refused(inspect({"a.tar"}), 1, {"a.tar"}));
}

}  // namespace
}  // namespace pack
