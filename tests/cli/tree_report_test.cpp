// The reports of `pack tree` over processes that are literals.

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "cli/tree_chains.h"
#include "cli/tree_faults.h"
#include "cli/tree_json.h"
#include "cli/tree_text.h"

namespace pack {
namespace {

using nlohmann::json;

struct ObjectLiteral {
  std::string route;
  std::vector<std::string> needed = {};
  std::string soname = {};
  std::string real = {};  ///< empty: as the route
  std::string interpreter = {};
  std::string hwcaps_level = {};
  uint64_t size = 1000;
};

LoadedObject object(const ObjectLiteral& it) {
  Walk walk;
  walk.end = WalkEnd::found;
  walk.real = ImagePath(it.real.empty() ? it.route : it.real);
  walk.status.size = it.size;
  ElfFacts facts;
  facts.machine.number = 62;
  facts.type = ElfType::shared;
  for (const std::string& name : it.needed) facts.dependencies.push_back({.name = name});
  if (!it.soname.empty()) facts.soname = it.soname;
  if (!it.interpreter.empty()) facts.interpreter = it.interpreter;
  return {.route = it.route,
          .walk = std::make_shared<const Walk>(walk),
          .facts = std::make_shared<const ElfFacts>(facts),
          .hwcaps_level = it.hwcaps_level};
}

Edge edge(size_t from, size_t to, const std::string& name, SearchRule rule,
          const std::string& route = "") {
  Edge it;
  it.from = from;
  it.to = to;
  it.name = name;
  it.rule = rule;
  it.route = route;
  return it;
}

constexpr const char* kLoader = "/lib64/ld.so";

/// /app needs liba, libb, libgone and libc; liba needs libb, libc and liblost; libb needs liba.
Process app() {
  Process process;
  process.objects = {
      object({.route = "/app",
              .needed = {"liba.so", "libgone.so", "libb.so", "libc.so.6"},
              .interpreter = kLoader}),
      object({.route = "/own/liba.so",
              .needed = {"libb.so", "libc.so.6", "liblost.so"},
              .real = "/own/liba.so.1.2"}),
      object({.route = "/lib/other.so", .needed = {"liba.so"}}),
      object({.route = "/lib/libc.so.6", .needed = {"ld.so"}, .soname = "libc.so.6"}),
      object({.route = kLoader, .soname = "ld.so"})};
  process.interpreter = 4;
  process.edges = {edge(0, 1, "liba.so", SearchRule::runpath, "/own/liba.so"),
                   edge(0, 2, "libb.so", SearchRule::ld_so_cache, "/lib/other.so"),
                   edge(0, 3, "libc.so.6", SearchRule::default_directory, "/lib/libc.so.6"),
                   edge(1, 2, "libb.so", SearchRule::already_loaded),
                   edge(1, 3, "libc.so.6", SearchRule::already_loaded),
                   edge(2, 1, "liba.so", SearchRule::already_loaded),
                   edge(0, 4, kLoader, SearchRule::interpreter, kLoader),
                   edge(3, 4, "ld.so", SearchRule::already_loaded)};
  process.edges[0].searched = {{"/nowhere/liba.so", SearchRule::rpath, "no such file", "/app"}};
  process.unresolved = {
      {.name = "libgone.so",
       .needed_by = "/app",
       .broken = {},
       .searched = {{"/lib/libgone.so", SearchRule::default_directory, "no such file", {}}}},
      {.name = "liblost.so",
       .needed_by = "/own/liba.so",
       .broken = "/lib/liblost.so: file too short",
       .searched = {}}};
  return process;
}

Trees trees_of(std::vector<Process> processes) {
  Trees trees;
  for (Process& process : processes) {
    const size_t index = trees.processes.size();
    trees.arguments.push_back({.name = process.objects.front().route, .processes = {index}});
    trees.processes.push_back({.process = std::move(process)});
  }
  return trees;
}

const Paint kPlain(Colours::none);
const TreeStyle kStyle{.paint = kPlain};

TEST(TreeText, EachObjectOnceBelowTheOneThatBroughtItInWhatIsMissingInItsPlace) {
  EXPECT_EQ(tree_text(trees_of({app()}), kStyle),
            "/app\n"
            "├── /own/liba.so [RUNPATH of /app] + libb.so\n"
            "│   └── liblost.so cannot be loaded: /lib/liblost.so: file too short\n"
            "├── libgone.so not found\n"
            "├── libb.so => /lib/other.so [ld.so.cache] + liba.so\n"
            "├── /lib/libc.so.6 [default directory]\n"
            "└── /lib64/ld.so [PT_INTERP]\n"
            "5 files, 5.00 kB, 2 not found\n");
}

TEST(TreeText, EverythingHasEveryEdgeThePlacesBeforeAndRealPaths) {
  EXPECT_EQ(tree_text(trees_of({app()}), {.paint = kPlain, .detail = TreeDetail::everything}),
            "/app\n"
            "├── /own/liba.so [RUNPATH of /app] -> /own/liba.so.1.2\n"
            "│   │ searched /nowhere/liba.so [RPATH of /app]: no such file\n"
            "│   ├── libb.so => /lib/other.so [already loaded]\n"
            "│   ├── libc.so.6 => /lib/libc.so.6 [already loaded]\n"
            "│   └── liblost.so cannot be loaded: /lib/liblost.so: file too short\n"
            "├── libgone.so not found\n"
            "│     searched /lib/libgone.so [default directory]: no such file\n"
            "├── libb.so => /lib/other.so [ld.so.cache]\n"
            "│   └── liba.so => /own/liba.so [already loaded]\n"
            "├── /lib/libc.so.6 [default directory]\n"
            "│   └── ld.so => /lib64/ld.so [already loaded]\n"
            "└── /lib64/ld.so [PT_INTERP]\n"
            "5 files, 5.00 kB, 2 not found\n");
}

TEST(TreeText, VariantsForBetterCpusAreShownAsSuch) {
  Process process;
  process.objects = {
      object({.route = "/app", .needed = {"libh.so"}, .interpreter = kLoader}),
      object({.route = "/l/libh.so"}),
      object({.route = "/l/glibc-hwcaps/x86-64-v3/libh.so", .hwcaps_level = "x86-64-v3"})};
  process.edges = {edge(0, 1, "libh.so", SearchRule::runpath, "/l/libh.so"),
                   edge(0, 2, "libh.so", SearchRule::runpath, "/l/glibc-hwcaps/x86-64-v3/libh.so")};
  const std::string text = tree_text(trees_of({process}), kStyle);
  EXPECT_NE(text.find("x86-64-v3/libh.so [RUNPATH of /app] for CPUs of x86-64-v3\n"), text.npos)
      << text;
}

TEST(TreeText, LibrariesStaticProgramsAndSymlinksSaySo) {
  Process library;
  library.objects = {object({.route = "/l/libx.so"})};
  Process fixed;
  fixed.objects = {object({.route = "/s", .real = "/t"})};
  ElfFacts facts;
  facts.type = ElfType::executable;
  fixed.objects[0].facts = std::make_shared<const ElfFacts>(facts);
  EXPECT_EQ(tree_text(trees_of({library, fixed}), kStyle),
            "/l/libx.so (library)\n"
            "1 file, 1.00 kB\n"
            "\n"
            "/s -> /t\n"
            "statically linked: 1 file, 1.00 kB\n");
}

TEST(TreeText, AScriptNamesWhatRunsItAndAProgramIsShownOnce) {
  Trees trees = trees_of({app()});
  trees.processes[0].process.unresolved.clear();
  trees.arguments.push_back(
      {.name = "/s", .processes = {0}, .scripts = {{"/s", "#!/app -x", "/app"}}});
  trees.arguments.push_back(
      {.name = "/t", .missing = {{.name = "/no", .needed_by = "/t (#!/no)"}}});
  trees.arguments.push_back({.name = "/a b", .error = "\"/a b\": no such file"});
  const std::string text = tree_text(trees, kStyle);
  EXPECT_NE(text.find("\n\n/s runs /app [\"#!/app -x\"]\n/app (shown above)\n\n"), text.npos)
      << text;
  EXPECT_NE(text.find("/no not found\n\n\"/a b\": cannot be loaded\n"), text.npos) << text;
}

TEST(TreeText, ManyMentionsAreCounted) {
  Process process = app();
  for (const char* name : {"l1", "l2", "l3", "l4"}) {
    process.objects.push_back(object({.route = std::string("/l/") + name}));
    const size_t it = process.objects.size() - 1;
    process.edges.push_back(edge(0, it, name, SearchRule::ld_so_cache, std::string("/l/") + name));
    process.edges.push_back(edge(2, it, name, SearchRule::already_loaded));
  }
  const std::string text = tree_text(trees_of({process}), kStyle);
  EXPECT_NE(text.find("[ld.so.cache] + liba.so, l1, l2 and 2 more\n"), text.npos) << text;
}

TEST(TreeText, ColoursAreOnlyAddedNeverInstead) {
  const std::string coloured = tree_text(trees_of({app()}), {.paint = Paint(Colours::ansi)});
  EXPECT_NE(coloured.find("\x1b[1;31mlibgone.so not found\x1b[0m"), coloured.npos);
  std::string stripped;
  for (size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') i = coloured.find('m', i) + 1;
    while (coloured[i] == '\x1b') i = coloured.find('m', i) + 1;
    if (i < coloured.size()) stripped += coloured[i];
  }
  EXPECT_EQ(stripped, tree_text(trees_of({app()}), kStyle));
}

TEST(TreeList, TheUnionInOrderOfFirstOccurrence) {
  Process other = app();
  other.objects[0] = object({.route = "/other app", .interpreter = kLoader});
  other.objects.push_back(object({.route = "/lib/more.so"}));
  EXPECT_EQ(tree_list(trees_of({app(), other})),
            "/app\n/own/liba.so\n/lib/other.so\n/lib/libc.so.6\n/lib64/ld.so\n"
            "/other app\n/lib/more.so\n");
}

TEST(TreeList, AScriptStandsBeforeWhatRunsIt) {
  Trees trees = trees_of({app()});
  trees.arguments = {{.name = "/s",
                      .processes = {0},
                      .scripts = {{"/s", "#!/t", "/t"}, {"/t", "#!/app", "/app"}}}};
  EXPECT_TRUE(tree_list(trees).starts_with("/s\n/t\n/app\n/own/liba.so\n"));
}

TEST(TreeChains, EveryWayALineShortestFirst) {
  const Trees trees = trees_of({app()});
  EXPECT_EQ(tree_chains(trees, "libb.so", kPlain),
            "/app -> libb.so [ld.so.cache]\n"
            "/app -> liba.so -> libb.so\n");
  EXPECT_EQ(tree_chains(trees, "/own/liba.so.1.2", kPlain),
            "/app -> liba.so [RUNPATH of /app]\n"
            "/app -> libb.so -> liba.so\n");
  EXPECT_EQ(tree_chains(trees, "liblost.so", kPlain),
            "/app -> liba.so -> liblost.so not found\n"
            "/app -> libb.so -> liba.so -> liblost.so not found\n");
  EXPECT_EQ(tree_chains(trees, "libgone.so", kPlain), "/app -> libgone.so not found\n");
  EXPECT_EQ(tree_chains(trees, "app", kPlain), "/app\n");
  EXPECT_EQ(tree_chains(trees, "libno.so", kPlain), "");
}

TEST(TreeJson, HoldsTheWholeGraph) {
  Trees trees = trees_of({app()});
  trees.arguments.push_back({.name = "/x", .error = "\"/x\": no such file"});
  trees.processes[0].missing_versions = {{"V_2", "/own/liba.so", "/app"}};
  const json all = json::parse(tree_json(trees, "libb.so"));
  ASSERT_EQ(all["programs"].size(), 1u);
  const json& program = all["programs"][0];
  EXPECT_EQ(program["program"], "/app");
  EXPECT_EQ(program["interpreter"], kLoader);
  EXPECT_EQ(program["objects"].size(), 5u);
  EXPECT_EQ(program["objects"][1]["real"], "/own/liba.so.1.2");
  EXPECT_EQ(program["objects"][3]["soname"], "libc.so.6");
  EXPECT_EQ(program["edges"].size(), 8u);
  EXPECT_EQ(program["edges"][0],
            json::parse(R"({"from": "/app", "to": "/own/liba.so", "name": "liba.so",
                            "rule": "RUNPATH", "route": "/own/liba.so",
                            "searched": [{"path": "/nowhere/liba.so", "rule": "RPATH",
                                          "why": "no such file", "owner": "/app"}]})"));
  EXPECT_EQ(program["unresolved"][0]["name"], "libgone.so");
  EXPECT_EQ(program["unresolved"][0]["searched"][0]["path"], "/lib/libgone.so");
  EXPECT_EQ(program["unresolved"][1]["broken"], "/lib/liblost.so: file too short");
  EXPECT_EQ(program["missing_versions"][0]["version"], "V_2");
  EXPECT_EQ(program["chains"], json::parse(R"([["/app", "libb.so"],
                                               ["/app", "liba.so", "libb.so"]])"));
  EXPECT_EQ(all["errors"][0]["program"], "/x");
  EXPECT_FALSE(json::parse(tree_json(trees))["programs"][0].contains("chains"));
}

TEST(TreeJson, BytesThatAreNoUtf8AreReplaced) {
  Process process;
  process.objects = {object({.route = "/caf\xe9"})};
  EXPECT_EQ(json::parse(tree_json(trees_of({process})))["programs"][0]["program"],
            "/caf\xef\xbf\xbd");
}

TEST(TreeFaults, NamesAllThatIsWrongOnceAndNothingElse) {
  Process fine = app();
  fine.unresolved.clear();
  EXPECT_EQ(tree_faults(trees_of({fine}), kPlain), "");
  EXPECT_TRUE(trees_of({fine}).sound());

  Trees trees = trees_of({app(), app()});
  for (TreeProcess& tree : trees.processes) {
    tree.missing_versions = {{"V_2", "/own/liba.so", "/app"}};
    tree.undefined_symbols = {{"f", "", "/app"}};
  }
  trees.arguments.push_back({.name = "/x", .error = "/x: no such file"});
  EXPECT_FALSE(trees.sound());
  const std::string text = tree_faults(trees, kPlain);
  for (const char* part :
       {"pack: /x: no such file\n", "2 files are missing", "libgone.so", "liblost.so",
        "a symbol version is missing", "V_2", "a symbol is undefined"}) {
    EXPECT_NE(text.find(part), text.npos) << part << " in\n" << text;
  }
  EXPECT_EQ(text.find("V_2"), text.rfind("V_2")) << "a finding of two programs stands once";
}

TEST(Trees, OneFaultOfAnyKindIsEnough) {
  Process fine = app();
  fine.unresolved.clear();
  const auto broken = [&](const std::function<void(Trees&)>& breaks) {
    Trees trees = trees_of({fine});
    breaks(trees);
    return !trees.sound();
  };
  EXPECT_TRUE(broken([](Trees& it) { it.arguments[0].error = "x"; }));
  EXPECT_TRUE(broken([](Trees& it) { it.arguments[0].missing.emplace_back(); }));
  EXPECT_TRUE(broken([](Trees& it) { it.processes[0].process.unresolved.emplace_back(); }));
  EXPECT_TRUE(broken([](Trees& it) { it.processes[0].missing_versions.emplace_back(); }));
  EXPECT_TRUE(broken([](Trees& it) { it.processes[0].undefined_symbols.emplace_back(); }));
}

}  // namespace
}  // namespace pack
