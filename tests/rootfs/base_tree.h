#pragma once

#include <memory>

#include "source/layer_tree.h"
#include "source/memory_tree.h"

namespace pack::test {

/// A base image's merged tree, written as a literal. Everything is root's unless said.
class BaseTree : public LayerTree {
 public:
  explicit BaseTree(MemoryTree tree) : tree_(std::move(tree)) {}

  void own(const std::string& path, LayerNode node) { nodes_[ImagePath(path)] = std::move(node); }

  std::optional<FileStatus> status(const ImagePath& path) const override {
    return tree_.status(path);
  }
  std::string read_link(const ImagePath& path) const override { return tree_.read_link(path); }
  std::vector<std::string> list(const ImagePath& path) const override { return tree_.list(path); }
  std::unique_ptr<File> open(const ImagePath& path) const override { return tree_.open(path); }
  const LayerNode& node(const ImagePath& path) const override {
    const auto found = nodes_.find(path);
    return found == nodes_.end() ? roots_ : found->second;
  }
  const std::vector<LayerFault>& faults() const override { return faults_; }

 private:
  MemoryTree tree_;
  std::map<ImagePath, LayerNode> nodes_;
  LayerNode roots_;
  std::vector<LayerFault> faults_;
};

inline std::shared_ptr<BaseTree> base_of(MemoryTree tree) {
  return std::make_shared<BaseTree>(std::move(tree));
}

}  // namespace pack::test
