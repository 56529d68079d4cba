// The oracles are umoci, which unpacks the layers over each other, and Docker with overlay folders,
// each for what it gets right; bad layers are written by hand.

#include "source/layer_tree.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/digest.h"
#include "source/disk_tree.h"
#include "source/layer_files.h"
#include "support/docker_engine.h"
#include "support/pack_test.h"
#include "support/shell.h"

namespace pack::test {
namespace {

struct Case {
  const char* name;
  Layers layers;
};

std::string whiteout(const std::string& path) { return raw_file(path, ""); }

std::string hard_link(const std::string& path, const std::string& target) {
  return raw_header({.name = path, .type = '1', .link_target = target});
}

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
       {layer({raw_file("a", "1"), hard_link("b", "a"), hard_link("c", "/b"),
               hard_link("d", "./a")})}},
      {"HardLinkToSymlink", {layer({raw_file("a", "1"), raw_link("l", "a"), hard_link("b", "l")})}},
      {"HardLinkReplaced",
       {layer({raw_file("a", "1"), hard_link("b", "a")}), layer({raw_file("a", "2")})}},
      {"HardLinkDeleted",
       {layer({raw_file("a", "1"), hard_link("b", "a"), hard_link("c", "a")}),
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
       {layer(
           {raw_folder("d/"), raw_file("d/a", "1"), raw_link("l", "d"), hard_link("b", "l/a")})}},
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
      {"HardLinkWithAnotherMode", {layer({raw_file("a", "1"), raw_link("b", "a", '1')})}},
      {"WhiteoutInNoFolder", {links, layer({whiteout("new/.wh.x")})}},
  };
}

/// As `docker save` writes images: each case is one, called after it.
std::string docker_archive(const std::vector<Case>& cases, const std::string& folder) {
  const auto joined = [](const std::string& list, const std::string& item) {
    return list + (list.empty() ? "" : ",") + item;
  };
  std::string images;
  for (const Case& each : cases) {
    const std::string name = each.name;
    std::string diff_ids;
    std::string tars;
    for (const std::string& tar : each.layers) {
      const std::string file = sha256(tar).hex() + ".tar";
      write_file(folder + "/" + file, tar);
      tars = joined(tars, '"' + file + '"');
      diff_ids = joined(diff_ids, '"' + sha256(tar).str() + '"');
    }
    write_file(folder + "/" + name + ".json",
               R"({"architecture":"amd64","os":"linux","config":{"Cmd":["/)" + name +
                   R"("]},"rootfs":{"type":"layers","diff_ids":[)" + diff_ids + "]}}");
    images = joined(images, R"({"Config":")" + name + R"(.json","RepoTags":["case:)" + name +
                                R"("],"Layers":[)" + tars + "]}");
  }
  write_file(folder + "/manifest.json", "[" + images + "]");
  const ToolRun made = run("cd " + folder + " && tar -cf image *");
  EXPECT_EQ(made.status, 0) << made.output;
  return folder + "/image";
}

TEST(LayerTree, IsWhatDockerMakesOfIt) {
  PACK_REQUIRE_TOOL("dockerd");
  PACK_REQUIRE_ROOT();
  std::vector<Case> cases = agreed();
  const std::vector<Case> more = overlaid();
  cases.insert(cases.end(), more.begin(), more.end());
  const TemporaryFolder folder;
  const DockerEngine engine;
  const Outcome loaded = engine.docker({"load", "-i", docker_archive(cases, folder.str())});
  ASSERT_EQ(loaded.status, 0) << loaded;
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const std::string name = each.name;
    const Outcome made = engine.docker({"create", "--name", name, "case:" + name});
    ASSERT_EQ(made.status, 0) << made;
    const std::string tree = folder.str() + "/" + name;
    ASSERT_EQ(engine.docker({"export", "-o", tree + ".tar", name}).status, 0);
    // Not what every container has.
    const ToolRun unpacked =
        run("mkdir " + tree + " && tar -xpf " + tree + ".tar -C " + tree +
            " --exclude=dev --exclude=proc --exclude=sys --exclude=etc" + " --exclude=.dockerenv");
    ASSERT_EQ(unpacked.status, 0) << unpacked.output;
    EXPECT_EQ(listing(*tree_of(each.layers)), listing(*open_disk_tree(tree)));
  }
}

/// What faults() says, a line each.
std::string faults(const Layers& layers) {
  std::string out;
  const auto tree = tree_of(layers);
  for (const LayerFault& fault : tree->faults())
    out += std::to_string(fault.layer) + ' ' + fault.path + ' ' + fault.what + '\n';
  return out;
}

TEST(LayerTree, GoodLayersHaveNoFaults) {
  for (const Case& each : agreed()) {
    if (std::string_view(each.name).find("Below") != std::string_view::npos) continue;
    EXPECT_EQ(faults(each.layers), "") << each.name;
  }
}

struct Fault {
  const char* name;
  Layers layers;
  const char* said;   ///< part of what faults() says
  const char* there;  ///< part of the listing
};

std::vector<Fault> faulty() {
  const std::string file = layer({raw_file("a", "1")});
  return {
      {"Twice", {layer({raw_file("a", "1"), raw_file("a", "2")})}, "0 /a is there twice", "/a = 2"},
      {"TwiceAsDotSlash",
       {layer({raw_file("a", "1"), raw_file("./a", "2")})},
       "/a is there twice",
       "/a = 2"},
      {"FolderTwice",
       {layer({raw_folder("d/"), raw_file("d/f", ""), raw_folder("d/", "700")})},
       "/d is there twice",
       "d700 /d\n-644 /d/f"},
      {"FlipToFile",
       {layer({raw_folder("d/"), raw_file("d/f", ""), raw_file("d", "1")})},
       "once as a folder",
       "/d = 1"},
      {"FlipToFolder",
       {layer({raw_file("d", "1"), raw_folder("d/")})},
       "once as a folder",
       "d755 /d"},
      {"ImpliedFolderIsAFile",
       {layer({raw_file("d/f", ""), raw_file("d", "1")})},
       "puts something into it",
       "/d = 1"},
      {"OpaqueOnAFile",
       {file, layer({whiteout("a/" + kOpaque)})},
       "1 /a becomes a folder",
       "d755 /a"},
      {"BelowAFile",
       {layer({raw_file("a", "1"), raw_file("a/b", "2")})},
       "/a/b lies below /a, which is no folder",
       "/a = 1"},
      {"BelowALowerFile", {file, layer({raw_file("a/b", "2")})}, "a file there", "/a/b = 2"},
      {"BelowASymlink",
       {layer({raw_folder("d/"), raw_link("l", "d"), raw_file("l/f", "1")})},
       "the symlink /l of the same layer",
       "/d/f = 1"},
      {"BelowASymlinkToTheOutside",
       {layer({raw_link("l", "../../etc"), raw_file("l/passwd", "1")})},
       "the symlink /l of the same layer",
       "/etc/passwd = 1"},
      {"BelowALinkLoop",
       {layer({raw_link("l", "l"), raw_file("l/f", "1")})},
       "is no folder, and is passed over",
       "/l -> l\n"},
      {"BelowALowerSymlink",
       {layer({raw_folder("d/"), raw_link("l", "d")}), layer({raw_file("l/f", "1")})},
       "1 /l becomes a folder",
       "/l/f = 1"},
      {"WhiteoutThroughASymlink",
       {layer({raw_folder("d/"), raw_file("d/f", "1"), raw_link("l", "d")}),
        layer({whiteout("l/.wh.f")})},
       "1 /l becomes a folder",
       "/d/f = 1"},
      {"WhiteoutThroughASymlinkOfTheSameLayer",
       {layer({raw_folder("d/"), raw_file("d/f", "1")}),
        layer({raw_link("l", "d"), whiteout("l/.wh.f")})},
       "/l/f lies below the symlink /l",
       "/d/f = 1"},
      {"DeletedAndMade",
       {file, layer({whiteout(".wh.a"), raw_file("a", "2")})},
       "1 /a is deleted and made",
       "/a = 2"},
      {"MadeAndDeleted",
       {file, layer({raw_file("a", "2"), whiteout(".wh.a")})},
       "1 /a is deleted and made",
       "/a = 2"},
      {"DeletedAndPutInto",
       {layer({raw_folder("d/", "700"), raw_file("d/old", "1")}),
        layer({raw_file("d/new", "2"), whiteout(".wh.d")})},
       "1 /d is deleted and made",
       "d755 /d\n-644 /d/new = 2\n"},
      {"HardLinkToNothing", {layer({hard_link("b", "a")})}, "which is no file", "d755 /\n"},
      {"HardLinkToLater",
       {layer({hard_link("b", "a"), raw_file("a", "1")})},
       "/b is a hard link to a, which is no file",
       "d755 /\n-644 /a = 1\n"},
      {"HardLinkToItself", {layer({hard_link("b", "b")})}, "which is no file", "d755 /\n"},
      {"HardLinkToAFolder",
       {layer({raw_folder("a/"), hard_link("b", "a")})},
       "which is no file",
       "d755 /a\n"},
      {"HardLinkOutside",
       {layer({hard_link("b", "../../etc/passwd")})},
       "out of the layer",
       "d755 /\n"},
      {"HardLinkToALowerLayer",
       {file, layer({hard_link("b", "a")})},
       "only a lower layer has",
       "/a = 1 links 2\n"},
      {"HardLinkWithAnotherMode",
       {layer({raw_file("a", "1"),
               raw_header({.name = "b", .type = '1', .mode = "600", .link_target = "a"})})},
       "another owner or mode",
       "-600 /a = 1 links 2"},
      {"AbsoluteName",
       {layer({raw_folder("/", "711"), raw_file("/etc/passwd", "1")})},
       "0 /etc/passwd is named by an absolute path",
       "d711 /\nd755 /etc\n-644 /etc/passwd = 1\n"},
      {"UnknownKind",
       {layer({raw_header({.name = "s", .type = 'Z'})})},
       "/s is of a kind",
       "d755 /\n"},
      {"NoUser", {layer({pax("uid", "4294967295"), raw_file("a", "1")})}, "4294967295", "/a = 1"},
      {"NoGroup", {layer({pax("gid", "4294967295"), raw_file("a", "1")})}, "4294967295", "/a = 1"},
      {"Aufs",
       {layer({raw_folder(".wh..wh.plnk/"), raw_file(".wh..wh.plnk/1.2", "x"),
               raw_file(".wh..wh.aufs", "")})},
       "AUFS",
       "d755 /\n"},
      {"BelowAWhiteout",
       {layer({raw_folder("b/"), raw_file("b/c", "1")}), layer({raw_file(".wh.b/c", "")})},
       "passed over",
       "/b/c = 1"},
      {"ResetFolder",
       {layer({raw_folder("tmp/", "1777")}), layer({raw_file("tmp/f", "1")})},
       "1 /tmp has something new in it but no entry",
       "d1777 /tmp"},
  };
}

class Faulty : public ::testing::TestWithParam<Fault> {};

TEST_P(Faulty, IsToldAndReadAllTheSame) {
  const Fault& each = GetParam();
  EXPECT_NE(faults(each.layers).find(each.said), std::string::npos) << faults(each.layers);
  const std::string tree = listing(*tree_of(each.layers));
  EXPECT_NE(tree.find(each.there), std::string::npos) << tree;
}

INSTANTIATE_TEST_SUITE_P(LayerTree, Faulty, ::testing::ValuesIn(faulty()),
                         [](const auto& each) { return each.param.name; });

TEST(LayerTree, NamesThatNoLayerMayHoldAreErrors) {
  for (const std::string name :
       {"../x", "a/../../x", "a/..", ".wh.", "a/.wh.", ".wh..", ".wh...", "a/.wh..."}) {
    try {
      tree_of({layer({raw_file(name, "x")})});
      FAIL() << name << " was read";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("reading layer layer0"), std::string::npos)
          << error.what();
      EXPECT_NE(std::string(error.what()).find(quoted(name)), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(tree_of({layer({raw_file("", "x")})}), Error);
  EXPECT_THROW(tree_of({layer({raw_file("./", "x")})}), Error);
  EXPECT_THROW(tree_of({layer({raw_link("./", "x")})}), Error);
}

TEST(LayerTree, TheRootFolderHasItsEntrysMode) {
  EXPECT_EQ(listing(*tree_of({layer({raw_folder("./", "711"), raw_file("./a", "x")})})),
            "d711 /\n-644 /a = x\n");
}

TEST(LayerTree, OwnersTimesAndXattrsAreTheTopmostLayers) {
  const std::string capability("\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  const std::string lower =
      layer({raw_header({.name = "d/", .type = '5', .uid = "1"}), raw_file("f", "old")});
  const std::string upper =
      layer({raw_header({.name = "d/", .type = '5', .uid = "12", .gid = "34", .mtime = "100"}),
             pax("SCHILY.xattr.security.capability", capability), raw_file("f", "new"),
             raw_file("n/m", "")});
  const auto tree = tree_of({lower, upper});
  const LayerNode& folder = tree->node(ImagePath("/d"));
  EXPECT_EQ(folder.uid, 10u);
  EXPECT_EQ(folder.gid, 28u);
  EXPECT_EQ(folder.mtime, 64);
  EXPECT_EQ(tree->status(ImagePath("/d"))->modified_ns, 64'000'000'000);
  EXPECT_EQ(tree->node(ImagePath("/f")).layer, 1u);
  EXPECT_EQ(tree->open(ImagePath("/f"))->capabilities(), capability);
  EXPECT_EQ(tree->node(ImagePath("/n")).uid, 0u);
  EXPECT_EQ(tree->status(ImagePath("/n"))->mode, 0755u);
}

TEST(LayerTree, FilesAreToldApartByTheirIds) {
  const Layers layers{layer({raw_file("a", "1"), hard_link("b", "a"), raw_file("c", "1")})};
  const auto tree = tree_of(layers);
  const auto id = [](const LayerTree& of, const char* path) {
    return of.status(ImagePath(path))->id;
  };
  EXPECT_EQ(id(*tree, "/a"), id(*tree, "/b"));
  EXPECT_NE(id(*tree, "/a"), id(*tree, "/c"));
  EXPECT_NE(id(*tree, "/a"), id(*tree_of(layers), "/a"));
}

TEST(LayerTree, HugeTimesAreNoTrouble) {
  const auto tree = tree_of({layer({pax("mtime", "9000000000000000000"), raw_file("late", ""),
                                    pax("mtime", "-9000000000000000000"), raw_file("early", "")})});
  EXPECT_GT(tree->status(ImagePath("/late"))->modified_ns,
            tree->status(ImagePath("/early"))->modified_ns);
}

TEST(LayerTree, DevicesAreListedNotOpened) {
  const auto tree = tree_of(
      {layer({raw_header({.name = "null", .type = '3'}), raw_header({.name = "disk", .type = '4'}),
              raw_header({.name = "pipe", .type = '6'})})});
  EXPECT_EQ(listing(*tree), "d755 /\nb644 /disk\nc644 /null\np644 /pipe\n");
  EXPECT_THROW(tree->open(ImagePath("/null")), Error);
  EXPECT_THROW(tree->open(ImagePath("/nope")), Error);
  EXPECT_THROW(tree->read_link(ImagePath("/null")), Error);
}

TEST(LayerTree, ASparseFileIsNotOpened) {
  PACK_REQUIRE_TOOL("tar");
  const TemporaryFolder folder;
  ASSERT_EQ(
      run("cd " + folder.str() + " && truncate -s 1M s && printf z >> s && tar -S -cf t.tar s")
          .status,
      0);
  const auto tree = tree_of({read_file(folder / "t.tar")});
  EXPECT_EQ(tree->status(ImagePath("/s"))->size, (1u << 20) + 1);
  EXPECT_THROW(tree->open(ImagePath("/s")), Error);
}

/// A tar of empty files that is made while it is read.
class ManyFiles : public File {
 public:
  static constexpr uint64_t kCount = 30'000;
  size_t read_at(uint64_t offset, std::span<std::byte> into) const override {
    std::string bytes;
    for (uint64_t at = offset / 512; bytes.size() < into.size(); ++at)
      bytes += at < kCount ? header(at) : std::string(512, '\0');
    std::memcpy(into.data(), bytes.data(), into.size());
    return into.size();
  }
  FileStatus status() const override { return {.size = kCount * 512 + kTarEnd.size()}; }
  static std::string path(uint64_t file) {
    return "usr/share/doc/package" + std::to_string(file / 10) + "/file" + std::to_string(file);
  }

 private:
  static std::string header(uint64_t file) { return raw_header({.name = path(file)}); }
};

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  return 0;
}

TEST(LayerTree, ThirtyThousandFilesTakeLittleMemory) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's memory is not the tree's";
  const long before = resident_kib();
  const auto tree = open_layer_tree({{"many", std::make_shared<ManyFiles>()}});
  EXPECT_LT(resident_kib() - before, 20 * 1024);
  EXPECT_EQ(tree->list(ImagePath("/usr/share/doc")).size(), ManyFiles::kCount / 10);
  EXPECT_TRUE(tree->status(ImagePath("/" + ManyFiles::path(29'999))));
}

TEST(LayerTree, DeepPathsAreBoundedInMemory) {
  // Each member is 1 KiB and would make 2,000 folders with names of 2 KiB on average.
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += "a/";
  std::string members;
  for (int i = 0; i < 2000; ++i)
    members += pax("path", std::to_string(i) + '/' + deep) + raw_folder("d/");
  EXPECT_THROW(tree_of({members + kTarEnd}), Error);
}

}  // namespace
}  // namespace pack::test
