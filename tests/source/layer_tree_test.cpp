// The oracles are umoci, which unpacks the layers over each other, and Docker with overlay folders,
// each for what it gets right; bad layers are written by hand.

#include "source/layer_tree.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/digest.h"
#include "source/disk_tree.h"
#include "source/layer_files.h"
#include "support/docker_engine.h"
#include "support/shell.h"

namespace pack::test {
namespace {

struct Case {
  const char* name;
  Layers layers;
};

std::string whiteout(const std::string& path) { return raw_file(path, ""); }

const std::string kOpaque = ".wh..wh..opq";

/// What umoci and the specification agree on, and Docker, unless it refuses the layer.
std::vector<Case> agreed() {
  const std::string links =
      layer({raw_folder("usr/"), raw_folder("usr/lib/"), raw_file("usr/lib/libc", "c"),
             raw_link("lib", "usr/lib"), raw_link("bin", "/usr/bin")});
  const std::string folder = layer({raw_folder("a/", "700"), raw_file("a/old", "1"),
                                    raw_folder("a/d/"), raw_file("a/d/x", "1")});
  return {
      {"Nothing", {kTarEnd}},
      {"OneLayer", {links}},
      {"FileReplaced",
       {links,
        layer({raw_folder("usr/"), raw_folder("usr/lib/"), raw_file("usr/lib/libc", "new")})}},
      {"FolderOverSymlink", {links, layer({raw_folder("lib/", "700"), raw_file("lib/x", "x")})}},
      {"SymlinkOverFolder", {folder, layer({raw_link("a", "b")})}},
      {"FileOverFolder", {folder, layer({raw_file("a", "1")})}},
      {"FolderOverFile",
       {layer({raw_file("a", "1")}), layer({raw_folder("a/"), raw_file("a/b", "2")})}},
      {"FolderOverFolder", {folder, layer({raw_folder("a/", "711"), raw_file("a/new", "2")})}},
      {"Sticky",
       {layer({raw_folder("tmp/", "1777")}),
        layer({raw_folder("tmp/", "1777"), raw_file("tmp/f", "x")})}},
      {"Whiteout", {folder, layer({raw_folder("a/", "700"), whiteout("a/.wh.old")})}},
      {"WhiteoutOfFolder", {folder, layer({whiteout(".wh.a")})}},
      {"WhiteoutOfNothing", {folder, layer({whiteout(".wh.nope")})}},
      {"WhiteoutThenMadeAgain",
       {folder, layer({whiteout(".wh.a")}), layer({raw_folder("a/"), raw_file("a/n", "n")})}},
      {"WhiteoutIsAFolder", {folder, layer({raw_folder(".wh.a/")})}},
      {"OpaqueFirst",
       {folder, layer({raw_folder("a/", "711"), whiteout("a/" + kOpaque), raw_file("a/new", "2"),
                       raw_file("a/d/y", "3")})}},
      {"OpaqueLast",
       {folder, layer({raw_folder("a/", "711"), raw_file("a/new", "2"), raw_folder("a/d/"),
                       raw_file("a/d/y", "3"), whiteout("a/" + kOpaque)})}},
      {"HardLinks",
       {layer({raw_file("a", "1"), raw_link("b", "a", '1'), raw_link("c", "/b", '1'),
               raw_link("d", "./a", '1')})}},
      {"HardLinkToSymlink",
       {layer({raw_file("a", "1"), raw_link("l", "a"), raw_link("b", "l", '1')})}},
      {"HardLinkReplaced",
       {layer({raw_file("a", "1"), raw_link("b", "a", '1')}), layer({raw_file("a", "2")})}},
      {"HardLinkDeleted",
       {layer({raw_file("a", "1"), raw_link("b", "a", '1'), raw_link("c", "a", '1')}),
        layer({whiteout(".wh.b")})}},
      {"ImpliedParents", {layer({raw_file("a/b/c", "x")})}},
      {"DotSlash",
       {layer({raw_folder("./a/"), raw_file("./a/b", "x"), raw_file("c//d", "y"),
               raw_file("e/./f", "z")})}},
      {"NamesThatSortBetween",
       {layer({raw_folder("a/"), raw_file("a/x", "1"), raw_file("a-b", "2"), raw_file("a.c", "3"),
               raw_file("a0", "4"), raw_folder("a-d/"), raw_file("a-d/x", "5")}),
        layer({whiteout(".wh.a")})}},
      {"SetUserId", {layer({raw_header({.name = "su", .mode = "4755"})})}},
      {"BelowASymlinkOfTheSameLayer",
       {layer({raw_folder("usr/"), raw_folder("usr/lib/"), raw_link("lib", "usr/lib"),
               raw_file("lib/x", "x")})}},
      {"BelowAnAbsoluteSymlinkOfTheSameLayer",
       {layer({raw_folder("usr/"), raw_folder("usr/lib/"), raw_link("usr/lib64", "/usr/lib"),
               raw_file("usr/lib64/x", "x")})}},
      {"HardLinkBelowASymlink",
       {layer({raw_folder("d/"), raw_file("d/a", "1"), raw_link("l", "d"),
               raw_link("b", "l/a", '1')})}},
  };
}

class LayersTest : public ::testing::TestWithParam<Case> {
 protected:
  TemporaryFolder folder_;
};

class AsUmoci : public LayersTest {};

TEST_P(AsUmoci, TheMergedTreeIsTheUnpackedOne) {
  PACK_REQUIRE_TOOL("umoci");
  PACK_REQUIRE_ROOT();
  std::string line = "cd " + folder_.str() + " && umoci init --layout L && umoci new --image L:t";
  const Layers& layers = GetParam().layers;
  for (size_t i = 0; i < layers.size(); ++i) {
    const std::string name = std::to_string(i) + ".tar";
    write_file(folder_ / name, layers[i]);
    line += " && umoci raw add-layer --image L:t " + name;
  }
  const ToolRun unpacked = run(line + " && umoci unpack --image L:t B");
  ASSERT_EQ(unpacked.status, 0) << unpacked.output;
  EXPECT_EQ(listing(*tree_of(layers)), listing(*open_disk_tree(folder_.str() + "/B/rootfs")));
}

INSTANTIATE_TEST_SUITE_P(LayerTree, AsUmoci, ::testing::ValuesIn(agreed()),
                         [](const auto& each) { return each.param.name; });

/// Where umoci, which sees lower layers while it unpacks, does otherwise than engines.
std::vector<Case> overlaid() {
  const std::string links =
      layer({raw_folder("usr/"), raw_folder("usr/lib/"), raw_file("usr/lib/libc", "c"),
             raw_link("lib", "usr/lib"), raw_file("file", "f")});
  return {
      {"BelowALowerSymlink", {links, layer({raw_file("lib/x", "x")})}},
      {"BelowALowerFile", {links, layer({raw_file("file/x", "x")})}},
      {"WhiteoutBelowALowerSymlink", {links, layer({whiteout("lib/.wh.libc")})}},
      {"OpaqueMarkerOnALowerFile", {links, layer({whiteout("file/" + kOpaque)})}},
      {"OpaqueMarkerOnALowerSymlink", {links, layer({whiteout("lib/" + kOpaque)})}},
      {"WhiteoutInNoFolder", {links, layer({whiteout("new/.wh.x")})}},
  };
}

std::string docker_archive(const Layers& layers, const std::string& folder) {
  std::string diff_ids;
  std::string names;
  for (size_t i = 0; i < layers.size(); ++i) {
    const std::string name = std::to_string(i) + ".tar";
    write_file(folder + "/" + name, layers[i]);
    const std::string comma = i == 0 ? "" : ",";
    names += comma + '"' + name + '"';
    diff_ids += comma + '"' + sha256(layers[i]).str() + '"';
  }
  write_file(folder + "/config.json",
             R"({"architecture":"amd64","os":"linux","config":{"Cmd":["/x"]},)"
             R"("rootfs":{"type":"layers","diff_ids":[)" +
                 diff_ids + "]}}");
  write_file(folder + "/manifest.json",
             R"([{"Config":"config.json","RepoTags":["hand:made"],"Layers":[)" + names + "]}]");
  const ToolRun made = run("cd " + folder + " && tar -cf image *");
  EXPECT_EQ(made.status, 0) << made.output;
  return folder + "/image";
}

TEST(LayerTree, IsWhatDockerMakesOfIt) {
  PACK_REQUIRE_TOOL("dockerd");
  PACK_REQUIRE_ROOT();
  const DockerEngine engine;
  std::vector<Case> cases = agreed();
  const std::vector<Case> more = overlaid();
  cases.insert(cases.end(), more.begin(), more.end());
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const TemporaryFolder folder;
    const Outcome loaded = engine.docker({"load", "-i", docker_archive(each.layers, folder.str())});
    ASSERT_EQ(loaded.status, 0) << loaded;
    const Outcome made = engine.docker({"create", "--name", "it", "hand:made"});
    ASSERT_EQ(made.status, 0) << made;
    const std::string tar = folder.str() + "/tree.tar";
    ASSERT_EQ(engine.docker({"export", "-o", tar, "it"}).status, 0);
    ASSERT_EQ(engine.docker({"rm", "it"}).status, 0);
    ASSERT_EQ(engine.docker({"rmi", "hand:made"}).status, 0);
    // What every container has.
    const ToolRun unpacked =
        run("cd " + folder.str() + " && mkdir tree && tar -xpf tree.tar -C tree --exclude=dev " +
            "--exclude=proc --exclude=sys --exclude=etc --exclude=.dockerenv");
    ASSERT_EQ(unpacked.status, 0) << unpacked.output;
    EXPECT_EQ(listing(*tree_of(each.layers)), listing(*open_disk_tree(folder.str() + "/tree")));
  }
}

}  // namespace
}  // namespace pack::test
