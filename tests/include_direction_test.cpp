// The rooms of src/ and who may know whom. A file may include its own room, base, and what its row
// leads to (a room that is allowed brings along the rooms that it is allowed). A foreign library
// has one home; its includes elsewhere would let its types or errors spread.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace pack {
namespace {

namespace fs = std::filesystem;
using Rooms = std::set<std::string>;

const Rooms kStages = {"archive", "image",  "source", "elf",       "closure",
                       "needs",   "rootfs", "layer",  "transport", "packages"};

Rooms joined(Rooms rooms, const Rooms& others) {
  rooms.insert(others.begin(), others.end());
  return rooms;
}

Rooms with(Rooms rooms, const std::string& room) {
  rooms.insert(room);
  return rooms;
}

/// The spines, one for each command (src/pack.*, src/trees.*, ...), and the parts of src/pack.*.
const Rooms kSpines = {"pack",   "base_image", "program_platform", "trees",
                       "copies", "inspection", "verification"};

/// "main" is src/main.cpp; the spines are added below.
const std::map<std::string, Rooms> kMayInclude = [] {
  std::map<std::string, Rooms> table = {
      {"main", {"cli"}},
      {"cli", joined(kStages, kSpines)},
      {"base", {}},
      {"archive", {"base"}},
      {"image", {"base"}},
      {"source", {"base", "archive", "image"}},
      {"elf", {"source"}},
      {"closure", {"elf", "source"}},
      {"needs", {"closure", "elf", "source"}},
      {"rootfs", {"closure", "needs", "source"}},
      {"layer", {"rootfs", "source", "archive"}},
      {"transport", {"image", "layer", "archive"}},
      {"packages", {"rootfs", "source", "image"}},
  };
  const Rooms parts = {"base_image", "program_platform"};
  for (const std::string& spine : kSpines) table.emplace(spine, joined(kStages, parts));
  return table;
}();

/// How the includes of a foreign library begin, and the room where it lives.
const std::map<std::string, std::string> kForeign = {
    {"LIEF/", "elf"},      {"archive.h", "archive"}, {"archive_entry.h", "archive"},
    {"zlib.h", "archive"}, {"zstd", "archive"},      {"libdeflate.h", "archive"},
    {"openssl/", "base"},  {"CLI/", "cli"},          {"boost/", "transport"},
    {"toml++/", "cli"},    {"toml.hpp", "cli"},      {"sqlite3.h", "packages"},
};

/// All rooms that a file of `room` may include.
Rooms reachable(const std::string& room) {
  Rooms seen = {room};
  std::vector<std::string> open = {room};
  while (!open.empty()) {
    const std::string at = open.back();
    open.pop_back();
    for (const std::string& next : kMayInclude.at(at))
      if (seen.insert(next).second) open.push_back(next);
  }
  if (room != "main") return with(seen, "base");
  return {"main", "cli"};
}

/// The room of a path below src/: its folder, or "pack" or "main"; empty for another file of src/.
std::string room_of(const fs::path& path) {
  if (std::distance(path.begin(), path.end()) > 1) return path.begin()->string();
  const std::string stem = path.stem().string();
  return stem == "main" || kSpines.contains(stem) ? stem : "";
}

/// What is wrong with one include; empty when nothing is.
std::string check_include(const fs::path& file, const std::string& target, bool is_quoted) {
  const std::string room = room_of(file);
  for (const auto& [start, home] : kForeign)
    if (target.starts_with(start) && room != home) return "belongs into " + home + "/";
  if (target.starts_with("nlohmann/") && file.extension() != ".cpp")
    return "belongs into .cpp files";
  if (!is_quoted) return "";
  const std::string other = room_of(target);
  if (!kMayInclude.contains(other)) return "is no path from src/ into a room";
  return reachable(room).contains(other) ? "" : "runs against the room table";
}

/// Every wrong include of one file, as "FILE:LINE: TARGET WHY".
std::vector<std::string> check_file(const fs::path& file, const std::string& text) {
  if (!kMayInclude.contains(room_of(file)))
    return {file.string() + ": its room is not in the table"};
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  std::vector<std::string> out;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (!std::regex_match(line, match, kInclude)) continue;
    const std::string why = check_include(file, match[2], match[1] == "\"");
    if (!why.empty())
      out.push_back(file.string() + ":" + std::to_string(number) + ": " + match[2].str() + " " +
                    why);
  }
  return out;
}

TEST(IncludeDirection, SourcesFollowTheRoomTable) {
  const fs::path root = PACK_SOURCE_DIR;
  const std::set<std::string> kCode = {".h", ".hpp", ".cpp", ".cc", ".c", ".inc"};
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file() || !kCode.contains(entry.path().extension())) continue;
    std::ifstream in(entry.path());
    const std::string text = (std::ostringstream() << in.rdbuf()).str();
    for (const std::string& wrong : check_file(fs::relative(entry.path(), root), text))
      ADD_FAILURE() << wrong;
    ++files;
  }
  EXPECT_GT(files, 10) << "no sources in " << root;
}

using Findings = std::vector<std::string>;

TEST(IncludeDirection, PlantedViolationsAreFound) {
  EXPECT_EQ(check_file("elf/a.cpp", "#pragma once\n#include \"closure/x.h\"\n"),
            Findings{"elf/a.cpp:2: closure/x.h runs against the room table"});
  EXPECT_EQ(check_file("base/a.h", "  #  include \"image/x.h\" // why"),
            Findings{"base/a.h:1: image/x.h runs against the room table"});
  EXPECT_EQ(check_file("image/a.cpp", "#include \"archive/x.h\""),
            Findings{"image/a.cpp:1: archive/x.h runs against the room table"});
  EXPECT_EQ(check_file("pack.cpp", "#include \"cli/x.h\""),
            Findings{"pack.cpp:1: cli/x.h runs against the room table"});
  EXPECT_EQ(check_file("layer/a.cpp", "#include \"pack.h\""),
            Findings{"layer/a.cpp:1: pack.h runs against the room table"});
  EXPECT_EQ(check_file("main.cpp", "#include \"base/error.h\""),
            Findings{"main.cpp:1: base/error.h runs against the room table"});
  EXPECT_EQ(check_file("elf/a.cpp", "#include \"elf.h\""),
            Findings{"elf/a.cpp:1: elf.h is no path from src/ into a room"});
  EXPECT_EQ(check_file("elf/a.cpp", "#include \"../base/error.h\""),
            Findings{"elf/a.cpp:1: ../base/error.h is no path from src/ into a room"});
  EXPECT_EQ(check_file("utils/a.cpp", ""), Findings{"utils/a.cpp: its room is not in the table"});
}

TEST(IncludeDirection, ForeignLibrariesAwayFromHomeAreFound) {
  for (const auto* target : {"LIEF/ELF.hpp", "archive.h", "archive_entry.h", "zlib.h", "zstd.h",
                             "zstd_errors.h", "libdeflate.h", "openssl/evp.h", "CLI/CLI.hpp",
                             "boost/beast.hpp", "toml++/toml.h", "toml.hpp", "sqlite3.h"}) {
    EXPECT_EQ(check_file("closure/a.cpp", std::string("#include <") + target + ">").size(), 1U)
        << target;
    EXPECT_EQ(check_file("closure/a.cpp", std::string("#include \"") + target + "\"").size(), 1U)
        << target;
  }
  EXPECT_EQ(check_file("image/a.h", "#include <nlohmann/json.hpp>"),
            Findings{"image/a.h:1: nlohmann/json.hpp belongs into .cpp files"});
  EXPECT_EQ(check_file("image/a.h", "#include <nlohmann/json_fwd.hpp>").size(), 1U);
}

TEST(IncludeDirection, WhatTheTableAllowsIsNotFound) {
  EXPECT_EQ(check_file("main.cpp", "#include \"cli/main.h\"\n#include <cstdio>"), Findings{});
  EXPECT_EQ(check_file("pack.cpp", "#include \"pack.h\"\n#include \"transport/x.h\""), Findings{});
  EXPECT_EQ(check_file("cli/a.cpp", "#include <CLI/CLI.hpp>\n#include \"pack.h\""), Findings{});
  EXPECT_EQ(check_file("elf/a.cpp",
                       "#include <LIEF/ELF.hpp>\n#include <elf.h>\n"
                       "#include \"base/bytes.h\"\n#include \"elf/elf.h\""),
            Findings{});
  EXPECT_EQ(check_file("layer/a.cpp", "#include \"elf/elf.h\""), Findings{});  // through rootfs
  EXPECT_EQ(check_file("image/a.cpp", "#include <nlohmann/json.hpp>"), Findings{});
}

}  // namespace
}  // namespace pack
