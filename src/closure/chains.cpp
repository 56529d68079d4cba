// All ways from a program to a library.
//
// There may be exponentially many, so the search must not wade through ways that lead elsewhere,
// and must be able to stop early with the shortest ones in hand. First the distance of every object
// to the wanted one is counted, backwards along the edges. Then, for lengths 1, 2, 3, ..., a
// depth-first search tries the ways of just that length, and only steps to objects from which the
// wanted one can still be reached in what is left. It ends with the first length that was too short
// for no way, or at the limit. Cycles (two libraries that need each other) can still make it try
// many steps in vain: their number is bounded, too.

#include "closure/chains.h"

#include <algorithm>
#include <deque>
#include <limits>

namespace pack {

namespace {

constexpr size_t kFar = std::numeric_limits<size_t>::max();
constexpr size_t kMaxSteps = 2'000'000;  // some milliseconds

using Adjacency = std::vector<std::vector<size_t>>;  // object -> indices of edges

std::vector<size_t> distances_to(const Process& process, size_t object) {
  Adjacency into(process.objects.size());
  for (size_t i = 0; i < process.edges.size(); ++i) into[process.edges[i].to].push_back(i);
  std::vector<size_t> distances(process.objects.size(), kFar);
  distances[object] = 0;
  for (std::deque<size_t> open = {object}; !open.empty(); open.pop_front()) {
    for (const size_t edge : into[open.front()]) {
      const size_t from = process.edges[edge].from;
      if (distances[from] != kFar) continue;
      distances[from] = distances[open.front()] + 1;
      open.push_back(from);
    }
  }
  return distances;
}

class ChainSearch {
 public:
  ChainSearch(const Process& process, size_t object, size_t limit)
      : process_(process),
        distances_(distances_to(process, object)),
        out_of_(process.objects.size()),
        met_(process.objects.size()),
        limit_(limit) {
    for (size_t i = 0; i < process.edges.size(); ++i) out_of_[process.edges[i].from].push_back(i);
  }

  Chains run() && {
    if (distances_[0] == kFar || distances_[0] == 0) return {};
    met_[0] = true;
    for (size_t length = 1; cut_ && found_.complete; ++length) {
      cut_ = false;
      extend(0, length);
    }
    return std::move(found_);
  }

 private:
  void extend(size_t object, size_t left) {
    for (const size_t edge : out_of_[object]) {
      const size_t to = process_.edges[edge].to;
      if (met_[to] || distances_[to] == kFar) continue;
      if (distances_[to] > left - 1) cut_ = true;
      // A way ends at the wanted object, and nowhere before its length is used up.
      if (distances_[to] > left - 1 || (distances_[to] == 0 && left > 1)) continue;
      if (!step(edge, to, left - 1)) return;
    }
  }

  /// False when the search is over.
  bool step(size_t edge, size_t to, size_t left) {
    const bool one_too_many = left == 0 && found_.chains.size() == limit_;
    if (one_too_many || ++steps_ > kMaxSteps) found_.complete = false;
    if (!found_.complete) return false;
    way_.push_back(edge);
    if (left == 0) {
      found_.chains.push_back(way_);
    } else {
      met_[to] = true;
      extend(to, left);
      met_[to] = false;
    }
    way_.pop_back();
    return found_.complete;
  }

  const Process& process_;
  const std::vector<size_t> distances_;
  Adjacency out_of_;
  std::vector<bool> met_;
  const size_t limit_;
  Chain way_;
  bool cut_ = true;  ///< some way was too long for the length that was tried
  size_t steps_ = 0;
  Chains found_;
};

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool goes_by(const LoadedObject& object, std::string_view name) {
  const std::string& real = object.walk->real.str();
  return object.route == name || real == name || file_name(object.route) == name ||
         file_name(real) == name || object.facts->soname == name;
}

}  // namespace

std::vector<size_t> objects_named(const Process& process, std::string_view name) {
  if (name.empty()) return {};  // the route of an edge may be empty, too
  std::vector<bool> named(process.objects.size());
  for (size_t i = 0; i < named.size(); ++i) named[i] = goes_by(process.objects[i], name);
  for (const Edge& edge : process.edges)
    if (edge.name == name || edge.route == name) named[edge.to] = true;
  std::vector<size_t> found;
  for (size_t i = 0; i < named.size(); ++i)
    if (named[i]) found.push_back(i);
  return found;
}

Chains find_chains(const Process& process, size_t object, size_t limit) {
  return ChainSearch(process, object, limit).run();
}

}  // namespace pack
