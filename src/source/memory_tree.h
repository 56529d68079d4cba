#pragma once

#include <initializer_list>
#include <map>
#include <string>

#include "source/file_tree.h"

namespace pack {

/// A file tree in memory, written as a literal in tests. Parents come by themselves.
///
///     MemoryTree tree{{"/bin", symlink_to("usr/bin")}, {"/usr/bin/sh", file("#!", 0755)}};
class MemoryTree : public FileTree {
 public:
  struct Node {
    FileKind kind = FileKind::regular;
    std::string text;  ///< content of a file, target of a symlink
    uint32_t mode = 0644;
  };

  MemoryTree(std::initializer_list<std::pair<std::string, Node>> nodes);

  /// Adds or replaces a node.
  void put(const std::string& path, Node node);
  /// `path` becomes another name of the file at `existing`.
  void hard_link(const std::string& existing, const std::string& path);

  std::optional<FileStatus> status(const ImagePath& path) const override;
  std::string read_link(const ImagePath& path) const override;
  std::vector<std::string> list(const ImagePath& path) const override;
  std::unique_ptr<File> open(const ImagePath& path) const override;

 private:
  struct Stored {
    Node node;
    uint64_t inode;
  };
  const Stored& at(const ImagePath& path) const;

  std::map<ImagePath, Stored> nodes_;
  uint64_t next_inode_ = 1;
};

/// A file whose bytes are in memory; `status.size` must be the content's.
std::unique_ptr<File> open_memory_file(std::string content, const FileStatus& status);

MemoryTree::Node file(std::string content, uint32_t mode = 0644);
MemoryTree::Node directory(uint32_t mode = 0755);
MemoryTree::Node symlink_to(std::string target);

}  // namespace pack
