// `pack tree`, against what the real loader, ldd(1), readelf(1) and a terminal say.

#include <stdlib.h>

#include <algorithm>
#include <functional>
#include <sstream>

#include "support/closure_test.h"
#include "support/loader_trace.h"

namespace pack {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";

Texts lines_of(const std::string& text) {
  Texts lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool has_line(const std::string& text, const std::string& line) {
  const Texts lines = lines_of(text);
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

class TreeTest : public ClosureTest {
 protected:
  void SetUp() override { PACK_REQUIRE(fs::exists(kLoader), "an amd64 glibc host"); }

  Outcome tree(Texts arguments) const {
    arguments.insert(arguments.begin(), "tree");
    return run_pack(arguments);
  }

  /// The loader's list, as `pack tree --list` is to have it: the program in front, and the
  /// interpreter, which the loader may leave out, in its place or at the end.
  static Texts list_of_the_loader(const std::string& program, const Texts& options = {}) {
    Texts loader = {kLoader};
    loader.insert(loader.end(), options.begin(), options.end());
    const LoaderTrace trace = trace_loader(loader, fs::canonical(program).string());
    EXPECT_EQ(trace.error, "");
    Texts list = {program};
    list.insert(list.end(), trace.files.begin(), trace.files.end());
    if (std::find(list.begin(), list.end(), kLoader) == list.end()) list.push_back(kLoader);
    return list;
  }

  /// /app RUNPATH own: libouter.so, which needs libinner.so.
  void two_libraries() const {
    fs::create_directories(dir_ / "own");
    library("own/libinner.so", "inner", 1, "-Wl,-soname,libinner.so");
    library_using("own/libouter.so", "outer", "inner", 2,
                  "-Wl,-soname,libouter.so -Lown -linner -Wl,-rpath,$ORIGIN");
    program("app", "outer", "-Lown -louter -Wl,-rpath,$ORIGIN/own");
  }

  /// Runs a shell line in which $PACK is the binary.
  Outcome shell(const std::string& line, const std::string& no_color = "") const {
    Command command = pack_command({});
    command.argv = {"sh", "-c", line};
    command.environment["PACK"] = pack_binary().string();
    command.environment["TERM"] = "xterm";
    command.environment["NO_COLOR"] = no_color;
    return run(command);
  }
};

TEST_F(TreeTest, ListIsWhatTheLoaderMapsInItsOrder) {
  int compared = 0;
  for (const char* program :
       {"/usr/bin/bash", "/usr/bin/python3", "/usr/bin/java", "/usr/bin/systemctl", "/usr/bin/gdb",
        "/usr/bin/apt-get", "/usr/bin/clang", "/usr/sbin/nginx", "/usr/bin/skopeo"}) {
    if (!fs::exists(program)) continue;
    const Outcome list = tree({"--list", program});
    ASSERT_TRUE(succeeded(list));
    EXPECT_EQ(lines_of(list.out), list_of_the_loader(program, {"--glibc-hwcaps-mask", "none"}));
    EXPECT_EQ(list.err, "");
    ++compared;
  }
  EXPECT_GE(compared, 3);
}

TEST_F(TreeTest, LibrariesAreLoadedAlone) {
  two_libraries();
  for (const std::string& library :
       {at("own/libouter.so"), std::string("/lib64/") + "../lib/x86_64-linux-gnu/libc.so.6"}) {
    const Outcome list = tree({"--list", library});
    ASSERT_TRUE(succeeded(list));
    EXPECT_EQ(real_files(lines_of(list.out)), real_files(list_of_the_loader(library)));
  }
}

TEST_F(TreeTest, SeveralProgramsMakeOneListWithEachPathOnce) {
  two_libraries();
  const Texts both = lines_of(tree({"--list", at("app"), "/bin/cat", at("app")}).out);
  Texts expected = lines_of(tree({"--list", at("app")}).out);
  expected.push_back("/bin/cat");
  EXPECT_EQ(both, expected);
}

TEST_F(TreeTest, VariantsForBetterCpusAreListedWhenAskedFor) {
  fs::create_directories(dir_ / "l/glibc-hwcaps/x86-64-v2");
  library("l/libh.so", "h", 1, "-Wl,-soname,libh.so");
  library("l/glibc-hwcaps/x86-64-v2/libh.so", "h", 2, "-Wl,-soname,libh.so");
  program("app", "h", "-Ll -lh -Wl,-rpath,$ORIGIN/l");
  const std::string variant = at("l/glibc-hwcaps/x86-64-v2/libh.so");

  const Outcome base = tree({"--list", at("app")});
  EXPECT_EQ(lines_of(base.out), list_of_the_loader(at("app"), {"--glibc-hwcaps-mask", "none"}));
  EXPECT_FALSE(has_line(base.out, variant));
  for (const Texts& asked : {Texts{"--hwcaps", "all"}, Texts{"--hwcaps", "x86-64-v2"}}) {
    Texts words = {"--list", at("app")};
    words.insert(words.end(), asked.begin(), asked.end());
    const Outcome list = tree(words);
    EXPECT_TRUE(has_line(list.out, variant)) << list;
    EXPECT_TRUE(has_line(list.out, at("l/libh.so"))) << list;
  }
  EXPECT_FALSE(has_line(tree({"--list", at("app"), "--hwcaps", "x86-64-v3"}).out, variant));
  EXPECT_TRUE(contains(tree({at("app")}).out, "for CPUs of x86-64-v2"));
  EXPECT_FALSE(contains(tree({at("app"), "--hwcaps", "none"}).out, "x86-64-v2"));
}

TEST_F(TreeTest, AScriptBringsWhatRunsIt) {
  write_file(dir_ / "script", "#!/bin/cat -n\n", 0755);
  const Outcome list = tree({"--list", at("script")});
  ASSERT_TRUE(succeeded(list));
  Texts expected = list_of_the_loader("/bin/cat");
  expected.insert(expected.begin(), at("script"));
  EXPECT_EQ(lines_of(list.out), expected);
  EXPECT_TRUE(contains(tree({at("script")}).out, "runs /bin/cat"));
}

TEST_F(TreeTest, BareNamesAreLookedUpOnThePath) {
  two_libraries();
  Command command = pack_command({"tree", "--list", "app"});
  command.environment["PATH"] = dir_.string() + ":/usr/bin:/bin";
  EXPECT_EQ(lines_of(run(command).out), lines_of(tree({"--list", "./app"}).out));
  EXPECT_EQ(lines_of(run(command).out).front(), at("app"));
}

/// What readelf says that a file needs.
Texts needed_by(const std::string& file) {
  Texts names;
  for (const std::string& line : lines_of(run({.argv = {"readelf", "-dW", file}}).out))
    if (contains(line, "(NEEDED)"))
      names.push_back(line.substr(line.find('[') + 1, line.rfind(']') - line.find('[') - 1));
  return names;
}

TEST_F(TreeTest, WhyShowsAllChainsThatReadelfShows) {
  const std::string program = "/usr/bin/apt-get";
  PACK_REQUIRE(fs::exists(program), program);
  std::map<std::string, Texts> needed;
  for (const std::string& file : lines_of(tree({"--list", program}).out))
    needed[file == program ? file : fs::path(file).filename().string()] = needed_by(file);
  Texts expected;
  Texts way = {program};
  const std::function<void()> go = [&] {
    if (way.back() == "libz.so.1") {
      std::string line;
      for (const std::string& name : way) line += (line.empty() ? "" : " -> ") + name;
      expected.push_back(line);
      return;
    }
    for (const std::string& next : Texts(needed[way.back()])) {
      if (std::find(way.begin(), way.end(), next) != way.end()) continue;
      way.push_back(next);
      go();
      way.pop_back();
    }
  };
  go();
  ASSERT_GE(expected.size(), 2u);

  const Outcome why = tree({program, "--why", "libz.so.1"});
  ASSERT_TRUE(succeeded(why));
  Texts chains = lines_of(why.out);
  for (std::string& chain : chains) chain = chain.substr(0, chain.find(" ["));
  std::sort(chains.begin(), chains.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(chains, expected);
}

TEST_F(TreeTest, WhyOfWhatIsNotLoadedFails) {
  const Outcome why = tree({"/bin/cat", "--why", "libz.so.99"});
  EXPECT_TRUE(refused(why, 1, {"libz.so.99"}));
}

TEST_F(TreeTest, WhatIsMissingIsToldTwiceAndFails) {
  two_libraries();
  fs::remove(dir_ / "own/libinner.so");
  EXPECT_TRUE(contains(run({.argv = {"ldd", at("app")}}).out, "libinner.so => not found"));
  const Outcome shown = tree({at("app"), "/bin/cat"});
  EXPECT_EQ(shown.status, 1);
  EXPECT_TRUE(contains(shown.out, "libinner.so not found\n")) << shown;
  EXPECT_TRUE(contains(shown.out, "/bin/cat")) << shown;
  for (const std::string& part :
       {std::string("libinner.so not found"), "needed by " + at("own/libouter.so"), at("own")})
    EXPECT_TRUE(contains(shown.err, part)) << part << " in " << shown;

  const Outcome list = tree({"--list", at("app")});
  EXPECT_EQ(list.status, 1);
  EXPECT_TRUE(has_line(list.out, at("own/libouter.so")));
  EXPECT_FALSE(contains(list.out, "libinner.so"));
  EXPECT_TRUE(contains(list.err, "libinner.so"));
  EXPECT_EQ(tree({"--json", at("app")}).status, 1);
  const Outcome quiet = tree({"-q", at("app")});
  EXPECT_TRUE(refused(quiet, 1, {"libinner.so"}));
  EXPECT_EQ(tree({"-q", "/bin/cat"}).out + tree({"-q", "/bin/cat"}).err, "");
}

TEST_F(TreeTest, OneBadArgumentDoesNotHideTheOthers) {
  two_libraries();
  write_file(dir_ / "notes.txt", "just text\n", 0755);
  write_file(dir_ / "broken",
             "\x7f"
             "ELF and nothing else",
             0755);
  compile(dir_, "object.o", "int x;", "-c");
  const Outcome shown = tree({"./notes.txt", "/bin/cat", "./broken", dir_.string(), "/none",
                              "./object.o", "no-such-program", "./app"});
  EXPECT_EQ(shown.status, 1);
  for (const std::string& name :
       {at("notes.txt"), at("broken"), dir_.string() + " is a folder", std::string("/none"),
        at("object.o"), std::string("no-such-program is not on the PATH")})
    EXPECT_TRUE(contains(shown.err, "pack: " + name)) << name << " in " << shown;
  EXPECT_TRUE(contains(shown.out, "/bin/cat\n├── ")) << shown;
  EXPECT_TRUE(contains(shown.out, at("own/libinner.so"))) << shown;
  const Outcome list = tree({"--list", "./broken", "/bin/cat", "/none"});
  EXPECT_EQ(lines_of(list.out), list_of_the_loader("/bin/cat"));
  EXPECT_EQ(list.status, 1);
}

TEST_F(TreeTest, VerboseShowsThePlacesThatTheLoaderTries) {
  two_libraries();
  const Outcome shown = tree({"-v", at("app")});
  ASSERT_TRUE(succeeded(shown));
  // The loader's own account of its search for libc.so.6.
  Command debug{.argv = {at("app")}};
  debug.environment = {{"LD_DEBUG", "libs"}, {"LD_LIBRARY_PATH", std::nullopt}};
  const std::string account = run(debug).err;
  const std::string place = at("own/libc.so.6");
  EXPECT_TRUE(contains(account, "trying file=" + place)) << account;
  EXPECT_TRUE(contains(shown.out, place)) << shown;
  EXPECT_TRUE(contains(shown.out, fs::canonical("/lib/x86_64-linux-gnu/libc.so.6").string()))
      << shown;
}

TEST_F(TreeTest, JsonIsTheSameGraph) {
  PACK_REQUIRE_TOOL("python3");
  two_libraries();
  Command check{.argv = {"python3", "-c", R"(
import json, sys
all = json.load(sys.stdin)
for program in all['programs']:
    paths = [it['path'] for it in program['objects']]
    assert len(set(paths)) == len(paths)
    for edge in program['edges']:
        assert edge['from'] in paths and edge['to'] in paths and edge['rule']
    led_to = {edge['to'] for edge in program['edges']}
    assert led_to | {program['program']} == set(paths), 'an object that nothing leads to'
    assert program['interpreter'] in paths
    assert program['unresolved'] == [] and program['missing_versions'] == []
    print('\n'.join(paths))
)"}};
  for (const std::string& program : {at("app"), std::string("/usr/bin/python3")}) {
    check.input = tree({"--json", program, "--hwcaps", "none"}).out;
    const Outcome checked = run(check);
    ASSERT_TRUE(succeeded(checked));
    EXPECT_EQ(checked.out, tree({"--list", program}).out);
  }
}

TEST_F(TreeTest, ColourIsForTerminals) {
  PACK_REQUIRE_TOOL("script");
  const auto coloured = [](const Outcome& outcome) { return contains(outcome.out, "\x1b["); };
  const auto terminal = [&](const std::string& line, const std::string& no_color = "") {
    return shell("script -qec '" + line + "' /dev/null </dev/null", no_color);
  };
  EXPECT_TRUE(coloured(terminal("$PACK tree /bin/cat")));
  EXPECT_TRUE(coloured(terminal("$PACK tree /bin/cat /none >/dev/null")));
  EXPECT_FALSE(coloured(terminal("$PACK tree /bin/cat", "1")));
  EXPECT_TRUE(coloured(terminal("$PACK tree /bin/cat --color always", "1")));
  EXPECT_FALSE(coloured(terminal("$PACK tree /bin/cat --color never")));
  EXPECT_FALSE(coloured(terminal("TERM=dumb $PACK tree /bin/cat")));
  EXPECT_FALSE(coloured(shell("$PACK tree /bin/cat")));
  EXPECT_TRUE(coloured(shell("$PACK tree /bin/cat --color=always")));
  EXPECT_FALSE(coloured(shell("$PACK tree --list /bin/cat --color=always")));
  EXPECT_FALSE(coloured(shell("$PACK tree --json /bin/cat --color=always")));
}

TEST_F(TreeTest, AResultThatCannotBeWrittenIsAFailure) {
  for (const char* view : {"", "--list", "--json", "--why libc.so.6"})
    for (const char* place : {"/dev/full", "&-"}) {
      const Outcome outcome =
          shell("$PACK tree /bin/cat " + std::string(view) + " >" + std::string(place));
      EXPECT_EQ(outcome.status, 1) << view << ' ' << place;
      EXPECT_TRUE(contains(outcome.err, "pack: writing the result")) << outcome;
    }
}

TEST_F(TreeTest, AMissingSymbolVersionIsWhatTheLoaderDiesOf) {
  fs::create_directories(dir_ / "new");
  fs::create_directories(dir_ / "old");
  write_file(dir_ / "new.map", "V_1 { one; }; V_2 { f; };\n");
  write_file(dir_ / "old.map", "V_1 { one; f; };\n");
  const std::string source = "int one(void) { return 1; } int f(void) { return 2; }";
  compile(dir_, "new/libv.so", source,
          "-shared -fPIC -Wl,-soname,libv.so -Wl,--version-script=new.map");
  compile(dir_, "old/libv.so", source,
          "-shared -fPIC -Wl,-soname,libv.so -Wl,--version-script=old.map");
  program("app", "f", "-Lnew -lv -Wl,-rpath,$ORIGIN/old");
  const Outcome started = run({.argv = {at("app")}});
  EXPECT_EQ(started.status, 1);
  EXPECT_TRUE(contains(started.err, "version `V_2' not found")) << started;

  for (const Texts& view : {Texts{}, Texts{"--list"}, Texts{"--json"}, Texts{"-q"}}) {
    Texts words = view;
    words.push_back(at("app"));
    const Outcome shown = tree(words);
    EXPECT_EQ(shown.status, 1);
    EXPECT_TRUE(contains(shown.err, "version `V_2' not found")) << shown;
    EXPECT_TRUE(contains(shown.err, at("old/libv.so"))) << shown;
  }
  EXPECT_TRUE(contains(tree({at("app")}).out, "1 symbol version missing"));
}

TEST_F(TreeTest, UndefinedSymbolsAreThoseOfLddR) {
  library_using("libu.so", "u", "defined_nowhere", 1, "-Wl,-soname,libu.so");
  program("app", "u", "-L. -lu -Wl,-rpath,$ORIGIN");
  const Outcome ldd = run({.argv = {"ldd", "-r", at("app")}});
  EXPECT_TRUE(contains(ldd.out + ldd.err, "undefined symbol: defined_nowhere")) << ldd;
  const Outcome checked = tree({"--check-symbols", at("app")});
  EXPECT_EQ(checked.status, 1);
  EXPECT_TRUE(contains(checked.err, "undefined symbol: defined_nowhere")) << checked;
  EXPECT_TRUE(contains(checked.err, at("libu.so"))) << checked;
  EXPECT_TRUE(succeeded(tree({at("app")})));
  EXPECT_TRUE(succeeded(tree({"--check-symbols", "/bin/bash"})));
}

TEST_F(TreeTest, AnotherRootIsReadAsIfItWereSlash) {
  make_sysroot(dir_ / "root");
  two_libraries();
  fs::create_directories(dir_ / "root/opt");
  fs::copy(dir_ / "app", dir_ / "root/opt/app");
  fs::copy(dir_ / "own", dir_ / "root/opt/own");
  const Outcome list = tree({"--list", "--root", at("root"), "/opt/app"});
  ASSERT_TRUE(succeeded(list));
  Texts routes = lines_of(list.out);
  EXPECT_EQ(routes.front(), "/opt/app");
  EXPECT_TRUE(has_line(list.out, "/opt/own/libinner.so"));
  for (const std::string& route : routes)
    EXPECT_TRUE(fs::is_regular_file(dir_ / "root" / route.substr(1))) << route;
  EXPECT_EQ(run_in_root(dir_ / "root", {"/opt/app"}).out, "3\n");
  EXPECT_EQ(tree({"--list", "--root", at("root"), "/usr/bin/python3"}).status, 1);
}

TEST_F(TreeTest, MistakesOnTheCommandLine) {
  EXPECT_TRUE(refused(tree({}), 2, {"pack tree PROGRAM"}));
  EXPECT_TRUE(refused(tree({"--list", "--json", "/bin/cat"}), 2, {"--list", "--json"}));
  EXPECT_TRUE(refused(tree({"--color", "blue", "/bin/cat"}), 2, {"--color blue", "never"}));
  EXPECT_TRUE(refused(tree({"--tag", "x", "/bin/cat"}), 2, {"--tag", "pack tree --help"}));
  EXPECT_TRUE(refused(tree({"--root", "/none", "/bin/cat"}), 1, {"/none"}));
}

TEST_F(TreeTest, OnlyTheFirstWordNamesTheCommand) {
  write_file(dir_ / "tree", "#!/bin/cat\n", 0755);
  EXPECT_TRUE(succeeded(run_pack({"./tree", "-t", "x:1", "--dry-run"})));
  EXPECT_TRUE(refused(run_pack({"-t", "x:1", "--dry-run", "no-such-tree"}), 1, {"no-such-tree"}));
}

// The text of help is an interface, too. PACK_ACCEPT_GOLDEN=1 writes the files anew.
TEST_F(TreeTest, HelpIsWhatItWas) {
  const std::map<std::string, Texts> helps = {{"help.txt", {"--help"}},
                                              {"help-copy.txt", {"copy", "--help"}},
                                              {"help-inspect.txt", {"inspect", "--help"}},
                                              {"help-tree.txt", {"tree", "--help"}},
                                              {"help-verify.txt", {"verify", "--help"}}};
  for (const auto& [name, words] : helps) {
    const Outcome help = run_pack(words);
    ASSERT_TRUE(succeeded(help));
    EXPECT_TRUE(help.out.starts_with("Examples:\n  pack ")) << help;
    for (const std::string& line : lines_of(help.out)) EXPECT_LE(line.size(), 100u) << line;
    const fs::path file = fs::path(PACK_GOLDEN_DIR) / name;
    if (getenv("PACK_ACCEPT_GOLDEN")) write_file(file, help.out);
    EXPECT_EQ(help.out, read_file(file)) << "if meant, PACK_ACCEPT_GOLDEN=1 accepts it";
  }
}

}  // namespace
}  // namespace pack
