// All chains from a program to a library: against a naive search over graphs that are literals.

#include "closure/chains.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

namespace pack {
namespace {

using Pairs = std::vector<std::pair<size_t, size_t>>;

Process graph(size_t objects, const Pairs& edges) {
  Process process;
  for (size_t i = 0; i < objects; ++i) {
    Walk walk;
    walk.real = ImagePath("/real/" + std::to_string(i));
    process.objects.push_back({.route = "/route/" + std::to_string(i),
                               .walk = std::make_shared<const Walk>(walk),
                               .facts = std::make_shared<const ElfFacts>()});
  }
  for (const auto& [from, to] : edges) {
    Edge edge;
    edge.from = from;
    edge.to = to;
    edge.name = "lib" + std::to_string(to);
    process.edges.push_back(edge);
  }
  return process;
}

std::set<Chain> set_of(const Chains& chains) {
  return {chains.chains.begin(), chains.chains.end()};
}

/// The oracle: every way that meets no object twice, by trying them all.
std::set<Chain> all_ways(const Process& process, size_t object) {
  std::set<Chain> found;
  Chain way;
  std::vector<bool> met(process.objects.size());
  const std::function<void(size_t)> go = [&](size_t at) {
    if (at == object) {
      if (!way.empty()) found.insert(way);
      return;
    }
    met[at] = true;
    for (size_t i = 0; i < process.edges.size(); ++i) {
      if (process.edges[i].from != at || met[process.edges[i].to]) continue;
      way.push_back(i);
      go(process.edges[i].to);
      way.pop_back();
    }
    met[at] = false;
  };
  go(0);
  return found;
}

TEST(Chains, ADiamondHasTwo) {
  const Process process = graph(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  const Chains found = find_chains(process, 3, 10);
  EXPECT_EQ(found.chains, (std::vector<Chain>{{0, 2}, {1, 3}}));
  EXPECT_TRUE(found.complete);
}

TEST(Chains, TheProgramAndWhatNothingLeadsToHaveNone) {
  const Process process = graph(3, {{0, 1}, {1, 0}});
  EXPECT_TRUE(find_chains(process, 0, 10).chains.empty());
  EXPECT_TRUE(find_chains(process, 2, 10).chains.empty());
}

TEST(Chains, AreThoseOfANaiveSearchInAnyGraphShortestFirst) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const size_t objects = 2 + random() % 6;
    Pairs edges;
    for (size_t i = random() % (3 * objects); i > 0; --i)
      edges.emplace_back(random() % objects, random() % objects);
    const Process process = graph(objects, edges);
    for (size_t object = 0; object < objects; ++object) {
      const Chains found = find_chains(process, object, 1'000'000);
      EXPECT_TRUE(found.complete);
      EXPECT_EQ(set_of(found), all_ways(process, object)) << ::testing::PrintToString(edges);
      EXPECT_EQ(set_of(found).size(), found.chains.size()) << "a chain stands twice";
      EXPECT_TRUE(
          std::is_sorted(found.chains.begin(), found.chains.end(),
                         [](const Chain& a, const Chain& b) { return a.size() < b.size(); }));
    }
  }
}

// 40 diamonds in a row: 2^40 chains.
TEST(Chains, TooManyEndAtTheLimitAndSaySo) {
  Pairs edges;
  for (size_t i = 0; i < 40; ++i)
    for (const size_t middle : {3 * i + 1, 3 * i + 2})
      edges.insert(edges.end(), {{3 * i, middle}, {middle, 3 * i + 3}});
  edges.emplace_back(0, 120);
  const Chains found = find_chains(graph(121, edges), 120, 100);
  EXPECT_EQ(found.chains.size(), 100u);
  EXPECT_FALSE(found.complete);
  EXPECT_EQ(found.chains.front().size(), 1u) << "the shortest comes first";
  EXPECT_EQ(found.chains.back().size(), 80u);
}

TEST(Chains, ALimitThatIsJustReachedLeavesNothingOut) {
  const Process process = graph(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  EXPECT_TRUE(find_chains(process, 3, 2).complete);
  EXPECT_FALSE(find_chains(process, 3, 1).complete);
}

// Every object needs every other one, and the wanted one hangs below the last: few of the steps
// that look good lead anywhere in time.
TEST(Chains, AKnotOfLibrariesEndsInTime) {
  Pairs edges;
  for (size_t from = 0; from < 30; ++from)
    for (size_t to = 0; to < 30; ++to) edges.emplace_back(from, to);
  edges.emplace_back(29, 30);
  const Chains found = find_chains(graph(31, edges), 30, 50);
  EXPECT_FALSE(found.complete);
  EXPECT_EQ(found.chains.size(), 50u);
}

TEST(ObjectsNamed, ByRouteRealPathFileNameSonameAndWhatIsAskedFor) {
  Process process = graph(3, {{0, 1}, {0, 2}});
  ElfFacts facts;
  facts.soname = "libx.so.1";
  process.objects[2].facts = std::make_shared<const ElfFacts>(facts);
  process.edges[0].route = "/other/spelling";
  using Found = std::vector<size_t>;
  EXPECT_EQ(objects_named(process, "/route/1"), Found{1});
  EXPECT_EQ(objects_named(process, "/real/2"), Found{2});
  EXPECT_EQ(objects_named(process, "2"), Found{2});
  EXPECT_EQ(objects_named(process, "libx.so.1"), Found{2});
  EXPECT_EQ(objects_named(process, "lib1"), Found{1});
  EXPECT_EQ(objects_named(process, "/other/spelling"), Found{1});
  EXPECT_EQ(objects_named(process, "lib"), Found{});
  EXPECT_EQ(objects_named(process, ""), Found{});
}

}  // namespace
}  // namespace pack
