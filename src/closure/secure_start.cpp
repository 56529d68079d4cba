#include "closure/secure_start.h"

namespace pack {

bool gains_rights(const FileTree& tree, const Walk& program) {
  // Without the group's x bit, the setgid bit says something else (mandatory locking, once).
  constexpr uint32_t kSetgid = 02010;
  const uint32_t mode = program.status.mode;
  return (mode & 04000) != 0 || (mode & kSetgid) == kSetgid ||
         !tree.open(program.real)->capabilities().empty();
}

}  // namespace pack
