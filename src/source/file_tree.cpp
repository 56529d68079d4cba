#include "source/file_tree.h"

namespace pack {

std::string read_whole(const File& file, uint64_t limit) {
  std::string out;
  for (size_t chunk = 4096;; chunk *= 2) {
    const size_t before = out.size();
    out.resize(before + chunk);
    const auto room = std::as_writable_bytes(std::span(out)).subspan(before);
    out.resize(before + file.read_at(before, room));
    if (out.size() > limit)
      throw Error("larger than the " + std::to_string(limit) + " bytes that make sense here");
    if (out.size() < before + chunk) return out;
  }
}

}  // namespace pack
