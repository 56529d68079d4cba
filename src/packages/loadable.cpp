#include "packages/loadable.h"

namespace pack {

bool is_loadable(const FileTree& tree, ElfCache& elves, const std::string& path,
                 const ElfMachine& machine) {
  const Walk file = walk(tree, path);
  if (!file.found(FileKind::regular)) return false;
  const auto facts = elves.read(tree, file.real, file.status.id).facts;
  return facts && facts->machine == machine && facts->type == ElfType::shared && facts->dynamic &&
         !facts->position_independent_executable();
}

}  // namespace pack
