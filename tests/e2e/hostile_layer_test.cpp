// Layers that were made to hurt, by their members and their tar headers, through the real
// pack: as a base, unpacked as files, listed and verified. An error is one sentence and leaves
// nothing behind; what is read all the same is told by verify, and stays inside of the output.

#include "e2e/hostile_image.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using test::kTarEnd;
using test::padded;
using test::pax;
using test::pax_record;
using test::raw_extension;
using test::raw_file;
using test::raw_folder;
using test::raw_header;
using test::raw_link;

struct Hostile {
  const char* name;
  std::string members;
  const char* said;  ///< part of the sentence
};

void PrintTo(const Hostile& hostile, std::ostream* out) { *out << hostile.name; }

const auto kNameOf = [](const auto& each) { return std::string(each.param.name); };

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string number(const char* text, size_t size) { return {text, size}; }

std::vector<Hostile> refused_layers() {
  const std::string minus_one(12, '\xff');
  const std::string file = raw_file("a", "1");
  return {
      {"DotDot", raw_file("../outside/new", "x"), "\"..\""},
      {"DotDotInside", raw_file("a/../../outside/victim", "x"), "\"..\""},
      {"EmptyName", raw_file("", "x"), "empty name"},
      {"NulInName", pax("path", number("a\0b", 3)) + file, "NUL"},
      {"NameTooLong", pax("path", std::string(5000, 'p')) + file, "longer than"},
      {"WhiteoutOfNothing", raw_file(".wh.", ""), "deletes no name"},
      {"WhiteoutOfDot", raw_file(".wh..", ""), "deletes no name"},
      {"WhiteoutOfDotDot", raw_file("a/.wh...", ""), "deletes no name"},
      {"RootIsASymlink", raw_link("./", "../outside"), "root folder"},
      {"NegativeSize", raw_header({.name = "a", .size = minus_one}), "negative size"},
      {"MinusInSize", raw_header({.name = "a", .size = "-1"}), "no number"},
      {"OctalBehindTheEnd", raw_header({.name = "a", .size = "77777777777"}), "cut off"},
      {"Base256Overflow",
       raw_header({.name = "a", .size = number("\x80\0\0\1\0\0\0\0\0\0\0\0", 12)}), "too large"},
      {"Base256BehindTheEnd",
       raw_header({.name = "a", .size = number("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12)}),
       "cut off"},
      {"UserMinusOne", raw_header({.name = "a", .uid = minus_one}), "negative owner"},
      {"UserTooLarge", pax("uid", "4294967296") + file, "no user"},
      {"TimeTooLarge", raw_header({.name = "a", .mtime = "\x80\1" + std::string(10, '\0')}),
       "too large"},
      {"GiantPax", raw_header({.name = "x", .type = 'x', .size = "77777777777"}) + file,
       "take more than"},
      {"PaxLengthLies", raw_extension('x', "99 path=b\n") + file, "lies"},
      {"PaxSizeLies", pax("size", "9000000000000000000") + file, "cut off"},
      {"LongNameLoop", repeated(raw_extension('L', "name"), 5000) + file, "say the same"},
      {"PaxLoop", repeated(pax("comment", "c"), 5000) + file, "say the same"},
      {"GlobalLoop", repeated(raw_extension('g', ""), 5000) + file, "take more than"},
      {"SparseMapWithoutEnd",
       raw_extension('x', pax_record("GNU.sparse.major", "1") +
                              pax_record("GNU.sparse.minor", "0") +
                              pax_record("GNU.sparse.realsize", "2000000")) +
           raw_file("h", "1000000\n" + repeated("1\n1\n", 1'000'000)),
       "damaged"},
      {"NoTar", std::string(2048, 'x'), "no header"},
  };
}

class RefusedLayer : public HostileImageTest, public ::testing::WithParamInterface<Hostile> {};

TEST_P(RefusedLayer, ByOneSentenceAndNothingIsWritten) {
  image_of_layer(GetParam().members + kTarEnd);
  const auto before = outside();
  for (const Outcome& outcome : {copy_files(), build_over(), inspect()})
    expect_refused(outcome, GetParam().said);
  const Outcome verified = verify();
  EXPECT_EQ(verified.status, 3) << verified;
  EXPECT_TRUE(contains(verified.out, GetParam().said)) << verified;
  EXPECT_EQ(outside(), before);
}

INSTANTIATE_TEST_SUITE_P(HostileLayer, RefusedLayer, ::testing::ValuesIn(refused_layers()),
                         kNameOf);

std::vector<Hostile> faulty_layers() {
  const std::string file = raw_file("a", "1");
  return {
      {"AbsoluteName", raw_file("/pack-hostile-absolute", "x"), "absolute path"},
      {"ThroughASymlink", raw_link("l", "../outside") + raw_file("l/victim", "hit"),
       "the symlink /l of the same layer"},
      {"ThroughAnAbsoluteSymlink", raw_link("l", "/") + raw_file("l/pack-hostile-absolute", "hit"),
       "the symlink /l of the same layer"},
      {"ThroughALinkLoop", raw_link("l", "l") + raw_file("l/f", "1"), "is no folder"},
      {"HardLinkOutside", raw_link("h", "../outside/victim", '1'), "out of the layer"},
      {"HardLinkToTheHost", raw_link("h", "/etc/passwd", '1'), "which is no file"},
      {"HardLinkThroughASymlink", raw_link("l", "../outside") + raw_link("h", "l/victim", '1'),
       "which is no file"},
      {"WhiteoutThroughASymlink", raw_link("l", "../outside") + raw_file("l/.wh.victim", ""),
       "the symlink /l of the same layer"},
      {"OpaqueMarkerThroughASymlink", raw_link("l", "../outside") + raw_file("l/.wh..wh..opq", ""),
       "the symlink /l of the same layer"},
      {"OpaqueMarkerOnAFile", file + raw_file("a/.wh..wh..opq", ""), "no folder"},
      {"FileBecomesAFolder", file + raw_folder("a/"), "once as a folder"},
      {"FolderBecomesAFile", raw_folder("a/") + raw_file("a/f", "") + file, "once as a folder"},
      {"FolderBecomesASymlink",
       raw_folder("a/") + raw_link("a", "../outside") + raw_file("a/victim", "hit"),
       "once as a folder"},
      {"Twice", file + raw_file("a", "2"), "is there twice"},
      {"TwiceAsDotSlash", file + raw_file("./a", "2"), "is there twice"},
      {"UnknownType", raw_header({.name = "odd", .type = 'Z'}), "of a kind"},
      {"UserThatIsNone", pax("uid", "4294967295") + file, "4294967295"},
  };
}

class FaultyLayer : public HostileImageTest, public ::testing::WithParamInterface<Hostile> {};

TEST_P(FaultyLayer, IsToldAndStaysInside) {
  image_of_layer(GetParam().members + kTarEnd);
  const auto before = outside();
  const Outcome verified = verify();
  EXPECT_EQ(verified.status, 3) << verified;
  EXPECT_TRUE(contains(verified.out, GetParam().said)) << verified;
  EXPECT_TRUE(succeeded(inspect()));
  EXPECT_TRUE(succeeded(copy_files()));
  EXPECT_TRUE(succeeded(build_over()));
  EXPECT_EQ(outside(), before);
  EXPECT_FALSE(fs::exists("/pack-hostile-absolute"));
}

INSTANTIATE_TEST_SUITE_P(HostileLayer, FaultyLayer, ::testing::ValuesIn(faulty_layers()), kNameOf);

class HostileLayerTest : public HostileImageTest {};

TEST_F(HostileLayerTest, AWhiteoutThroughALowerLayersSymlinkDeletesNothingOutside) {
  const std::string type = image_.types("layer.v1.tar");
  const test::Described lower =
      image_.blob(type, raw_folder("d/") + raw_file("d/f", "kept") + raw_link("l", "d") +
                            raw_link("m", "../outside") + kTarEnd);
  const test::Described upper =
      image_.blob(type, raw_file("l/.wh.f", "") + raw_file("m/.wh.victim", "") +
                            raw_file("m/new", "1") + kTarEnd);
  image_of_config(image_.config({lower.digest, upper.digest}), {lower, upper});
  const auto before = outside();
  EXPECT_TRUE(succeeded(copy_files()));
  EXPECT_EQ(outside(), before);
  EXPECT_EQ(read_file(dir_ / "a/work/out/d/f"), "kept");
  EXPECT_EQ(read_file(dir_ / "a/work/out/m/new"), "1");
  EXPECT_FALSE(fs::is_symlink(dir_ / "a/work/out/m"));
}

TEST_F(HostileLayerTest, HugeTimesAreNoHarm) {
  image_of_layer(pax("mtime", "9000000000000000000") + raw_file("late", "") +
                 pax("mtime", "-9000000000000000000") + raw_file("early", "") + kTarEnd);
  EXPECT_TRUE(succeeded(inspect()));
  EXPECT_TRUE(succeeded(build_over()));
  EXPECT_TRUE(succeeded(copy_files()));
}

TEST_F(HostileLayerTest, GigabytesOfZeroesBehindTheEndAreNotRead) {
  const test::Described small =
      image_.blob(image_.types("layer.v1.tar"), raw_file("a", "1") + kTarEnd);
  fs::resize_file(image_.blob_file(small), uintmax_t{1} << 40);
  test::Described layer = small;
  layer.size = size_t{1} << 40;
  image_of_config(image_.config({layer.digest}), {layer});
  const Outcome listed = inspect();
  EXPECT_TRUE(succeeded(listed));
  EXPECT_TRUE(contains(listed.out, "/a")) << listed;
}

/// A file of 8 EiB, of which the tar holds a byte.
TEST_F(HostileLayerTest, ASparseBombIsNotUnpacked) {
  image_of_layer(raw_extension('x', pax_record("GNU.sparse.major", "1") +
                                        pax_record("GNU.sparse.minor", "0") +
                                        pax_record("GNU.sparse.name", "bomb") +
                                        pax_record("GNU.sparse.realsize", "9000000000000000000")) +
                 raw_file("h", padded("1\n8999999999999999999\n1\n") + "x") + kTarEnd);
  const auto before = outside();
  expect_refused(copy_files(), "sparse");
  EXPECT_EQ(outside(), before);
  EXPECT_TRUE(succeeded(build_over()));
}

/// Where pack wants to read a program, accounts, the loader's settings: none of them is opened.
class NoFile : public HostileImageTest, public ::testing::WithParamInterface<char> {};

TEST_P(NoFile, WhereAFileIsExpectedIsNotOpened) {
  std::string members = raw_folder("bin/") + raw_folder("etc/") + raw_folder("lib64/");
  for (const char* path : {"bin/hello", "etc/passwd", "etc/group", "etc/ld.so.cache",
                           "etc/ld.so.conf", "lib64/ld-linux-x86-64.so.2", "hi"})
    members += raw_header({.name = path, .type = GetParam(), .mode = "755"});
  image_of_layer(members + kTarEnd);
  const Outcome verified = verify();
  EXPECT_EQ(verified.status, 3) << verified;
  EXPECT_TRUE(contains(verified.out, "/hi")) << verified;
  expect_refused(build_over({"-u", "app"}), "/etc/passwd");
  EXPECT_TRUE(succeeded(inspect()));
  EXPECT_TRUE(refused(run_bounded({"/hi", "--root", image(), "-o", "made.tar"}), 1, {"/hi"}));
  EXPECT_TRUE(succeeded(build_over()));
}

INSTANTIATE_TEST_SUITE_P(HostileLayer, NoFile, ::testing::Values('3', '4', '6'),
                         [](const auto& each) {
                           return each.param == '6'   ? "Fifo"
                                  : each.param == '3' ? "CharacterDevice"
                                                      : "BlockDevice";
                         });

}  // namespace
}  // namespace pack
