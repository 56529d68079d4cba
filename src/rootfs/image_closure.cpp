#include "rootfs/image_closure.h"

#include <algorithm>

#include "rootfs/plan_tree.h"

namespace pack {

namespace {

std::vector<std::string> present(const FileTree& image, const std::vector<std::string>& routes) {
  std::vector<std::string> out;
  std::copy_if(routes.begin(), routes.end(), std::back_inserter(out),
               [&](const std::string& route) { return walk(image, route).found(); });
  return out;
}

}  // namespace

Closure find_image_closure(const Rootfs& rootfs, const FileTree& tree, ElfCache& elves,
                           const std::vector<std::string>& library_path) {
  const PlanTree image(rootfs, tree);
  return find_closure(image, elves,
                      {.programs = present(image, rootfs.programs),
                       .libraries = present(image, rootfs.libraries),
                       .library_path = library_path,
                       .without_cache = WithoutCache::go_without,
                       .opened_later = OpenedLater::taken});
}

Reason reason_of(const Process& process, const Edge& edge) {
  const std::string& by = process.objects[edge.from].route;
  if (edge.rule == SearchRule::interpreter) return {.kind = ReasonKind::interpreter, .by = by};
  if (edge.later)
    return {.kind = ReasonKind::opened,
            .by = by,
            .detail = edge.name,
            .rule = edge.rule,
            .opening = describe(*edge.later)};
  return {.kind = ReasonKind::needed, .by = by, .detail = edge.name, .rule = edge.rule};
}

}  // namespace pack
