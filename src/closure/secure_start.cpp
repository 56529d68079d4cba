#include "closure/secure_start.h"

namespace pack {

bool gains_rights(const FileTree& tree, const Walk& program) {
  return (program.status.mode & 06000) != 0 || !tree.open(program.real)->capabilities().empty();
}

}  // namespace pack
