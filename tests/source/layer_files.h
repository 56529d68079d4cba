#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "source/layer_tree.h"
#include "source/memory_tree.h"
#include "support/raw_tar.h"

namespace pack::test {

/// Layers as tars, each the pieces of raw_tar.h one after the other.
using Layers = std::vector<std::string>;

inline std::string layer(std::initializer_list<std::string> members) {
  std::string out;
  for (const std::string& member : members) out += member;
  return out + kTarEnd;
}

inline std::unique_ptr<LayerTree> tree_of(const Layers& layers) {
  std::vector<LayerContent> contents;
  for (const std::string& tar : layers)
    contents.push_back({"layer" + std::to_string(contents.size()),
                        open_memory_file(tar, FileStatus{.size = tar.size()})});
  return open_layer_tree(contents);
}

/// All nodes of a tree, a line each: kind, mode, path, content or target, names of the same file.
inline std::string listing(const FileTree& tree) {
  std::ostringstream out;
  const std::function<void(const ImagePath&)> visit = [&](const ImagePath& path) {
    const FileStatus status = *tree.status(path);
    constexpr std::string_view kKinds = "-dlpscb";
    out << kKinds[static_cast<size_t>(status.kind)] << std::oct << status.mode << std::dec << ' '
        << path.str();
    if (status.kind == FileKind::symlink) out << " -> " << tree.read_link(path);
    if (status.kind == FileKind::regular) out << " = " << read_whole(*tree.open(path), 1 << 20);
    if (status.kind != FileKind::directory && status.links > 1) out << " links " << status.links;
    out << '\n';
    if (status.kind == FileKind::directory)
      for (const std::string& name : tree.list(path)) visit(path.child(name));
  };
  visit(ImagePath());
  return out.str();
}

}  // namespace pack::test
