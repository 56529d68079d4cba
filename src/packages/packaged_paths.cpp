#include "packages/packaged_paths.h"

#include "packages/package_files.h"
#include "source/walk.h"

namespace pack {

std::set<ImagePath> packaged_paths(const FileTree& tree, const std::vector<ImagePath>& paths) {
  std::set<ImagePath> owned;
  if (paths.empty()) return owned;
  const std::set<ImagePath> wanted(paths.begin(), paths.end());
  WantedNames names;
  for (const ImagePath& path : paths) names.emplace(path.name());
  for (const auto read : {dpkg_files, apk_files, rpm_files})
    for (const OwnedFile& file : read(tree, names)) {
      // The databases have /lib/x where the file is at /usr/lib/x.
      const ImagePath path(file.path);
      const Walk folder = walk(tree, path.parent().str());
      if (!folder.found()) continue;
      const ImagePath place = folder.real.child(path.name());
      if (wanted.contains(place)) owned.insert(place);
    }
  return owned;
}

}  // namespace pack
