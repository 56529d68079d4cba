// Which libraries a base image lacks.
//
// The build host's closure says where everything is here. But over a base, the loader that starts
// the program is mostly the base's, and so should be all the libraries that it finds there: two C
// libraries, or a loader with another's libc, do not work. So the search is done in the image, by
// the rules of its own loaders, again and again: what is not found there, and was found on the host
// under the same name, is planned at the host's path; then the search goes on, for that library may
// need others in turn. It ends when a round brings nothing new.
//
// A library may stand where the image's loader does not look (the host's came through ld.so.cache
// or LD_LIBRARY_PATH, or Debian's folders over Fedora's loader). Its folder is then searched in the
// place of LD_LIBRARY_PATH, and who reads the result knows that a cache is needed.

#include "rootfs/base_closure.h"

#include <algorithm>
#include <set>

#include "rootfs/image_closure.h"

namespace pack {

namespace {

/// A name that finds nothing in the image.
struct Wanted {
  std::string name;
  std::string needed_by;  ///< a route; empty: whoever asks
};

std::vector<Wanted> wanted_by(const Closure& closure) {
  std::vector<Wanted> wanted;
  for (const Process& process : closure.processes) {
    for (const Unresolved& it : process.unresolved) wanted.push_back({it.name, it.needed_by});
    for (const Unopened& it : process.unopened)
      if (it.found.empty())
        for (const std::string& name : it.names) wanted.push_back({name, ""});
  }
  return wanted;
}

/// What is looked for in one turn: a loader must be there before its rules can be known.
enum class Kind { interpreters, libraries };

class BaseClosure {
 public:
  BaseClosure(RootfsBuilder& builder, const FileTree& tree, ElfCache& elves, const Closure& on_host)
      : builder_(builder), tree_(tree), elves_(elves), on_host_(on_host) {}

  Closure find() {
    for (;;) {
      Closure in_image = find_image_closure(builder_.rootfs(), tree_, elves_, folders_);
      const std::vector<Wanted> wanted = wanted_by(in_image);
      if (supply(wanted, Kind::interpreters) || supply(wanted, Kind::libraries)) continue;
      note_used(in_image);
      return in_image;
    }
  }

 private:
  /// Brings what the host has under these names; false when that changes nothing.
  bool supply(const std::vector<Wanted>& all, Kind kind) {
    bool is_new = false;
    for (const Wanted& wanted : all) is_new |= supply_as(kind, wanted) || supply_any(kind, wanted);
    return is_new;
  }

  /// What the host found for the very object that asks.
  bool supply_as(Kind kind, const Wanted& wanted) {
    return supply_if(kind, wanted,
                     [&](const std::string& route) { return route == wanted.needed_by; });
  }
  /// Or else for any: the base's own libraries may ask for what only others need here.
  bool supply_any(Kind kind, const Wanted& wanted) {
    return supply_if(kind, wanted, [](const std::string&) { return true; });
  }

  template <typename Asked>
  bool supply_if(Kind kind, const Wanted& wanted, Asked asked) {
    bool is_new = false;
    for (const Process& process : on_host_.processes) {
      for (const Edge& edge : process.edges) {
        const bool found = edge.rule != SearchRule::program && !edge.route.empty();
        const bool of_kind = (edge.rule == SearchRule::interpreter) == (kind == Kind::interpreters);
        if (found && of_kind && edge.name == wanted.name && asked(process.objects[edge.from].route))
          is_new |= supply(process, edge);
      }
    }
    return is_new;
  }

  bool supply(const Process& process, const Edge& edge) {
    if (put_.insert(edge.route).second) {
      builder_.put_route(edge.route, walk(tree_, edge.route), reason_of(process, edge));
      return true;
    }
    // It is there, and is not found.
    const bool by_path = edge.rule == SearchRule::interpreter || edge.route == edge.name;
    const std::string folder = edge.route.substr(0, std::max<size_t>(edge.route.rfind('/'), 1));
    if (by_path || !process.objects[edge.to].hwcaps_level.empty() ||
        std::find(folders_.begin(), folders_.end(), folder) != folders_.end())
      return false;
    folders_.push_back(folder);
    return true;
  }

  void note_used(const Closure& in_image) {
    for (const Process& process : in_image.processes) {
      for (const Edge& edge : process.edges) {
        const ImagePath& file = process.objects[edge.to].walk->real;
        if (edge.rule != SearchRule::program && !builder_.has(file))
          builder_.rootfs().in_base.emplace(file, reason_of(process, edge));
      }
    }
  }

  RootfsBuilder& builder_;
  const FileTree& tree_;
  ElfCache& elves_;
  const Closure& on_host_;
  std::set<std::string> put_;         ///< routes
  std::vector<std::string> folders_;  ///< that the loaders in the image do not search
};

}  // namespace

Closure put_closure_over_base(RootfsBuilder& builder, const FileTree& tree, ElfCache& elves,
                              const Closure& on_host) {
  return BaseClosure(builder, tree, elves, on_host).find();
}

}  // namespace pack
