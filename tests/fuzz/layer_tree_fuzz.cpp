// Any bytes over a good layer are either an Error or a tree that holds together.

#include "fuzz/bytes_file.h"
#include "source/layer_tree.h"
#include "support/raw_tar.h"

namespace {

using pack::test::raw_file;
using pack::test::raw_folder;
using pack::test::raw_link;

const std::string kLower = raw_folder("a/", "700") + raw_file("a/f", "1") + raw_folder("a/d/") +
                           raw_file("a/d/x", "2") + raw_link("l", "a") + raw_file("f", "3") +
                           raw_link("h", "f", '1') + pack::test::kTarEnd;

/// A sum over its bytes guards each header, which no mutation would get right.
std::string with_checksums(std::string tar) {
  for (size_t at = 0; at + 512 <= tar.size(); at += 512) {
    if (tar.compare(at + 257, 5, "ustar") != 0) continue;
    const std::string block = pack::test::summed(tar.substr(at, 512));
    tar.replace(at, 512, block);
  }
  return tar;
}

/// Counts the nodes below a folder.
size_t check_folder(const pack::LayerTree& tree, const pack::ImagePath& folder) {
  size_t nodes = 0;
  std::string before;
  for (const std::string& name : tree.list(folder)) {
    if (name.empty() || (!before.empty() && name <= before)) __builtin_trap();
    before = name;
    const pack::ImagePath path = folder.child(name);
    const auto status = tree.status(path);
    if (!status || status->links == 0) __builtin_trap();
    tree.node(path);
    if (status->kind == pack::FileKind::symlink && tree.read_link(path).size() != status->size)
      __builtin_trap();
    if (status->kind == pack::FileKind::directory) {
      nodes += check_folder(tree, path);
    } else if (!tree.list(path).empty()) {
      __builtin_trap();
    }
    if (status->kind == pack::FileKind::regular) {
      try {
        if (read_whole(*tree.open(path), 1 << 20).size() != status->size) __builtin_trap();
      } catch (const pack::Error&) {
        // A sparse file.
      }
    }
    ++nodes;
  }
  return nodes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string upper = with_checksums({reinterpret_cast<const char*>(data), size});
  try {
    const auto tree = pack::open_layer_tree({{"lower", std::make_shared<pack::BytesFile>(kLower)},
                                             {"upper", std::make_shared<pack::BytesFile>(upper)}});
    check_folder(*tree, pack::ImagePath());
    for (const pack::LayerFault& fault : tree->faults())
      if (fault.layer > 1 || fault.what.empty()) __builtin_trap();
  } catch (const pack::Error&) {
  }
  return 0;
}
