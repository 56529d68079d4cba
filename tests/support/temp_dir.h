#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace pack {

/// A folder of its own for one test, mode 0755, under TMPDIR or /tmp; removed with all in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Writes a file and the folders above it; an ending in `mode` 0755 makes it executable.
/// Throws std::runtime_error when it cannot.
void write_file(const std::filesystem::path& path, std::string_view content, int mode = 0644);

/// The whole (regular) file. Throws std::exception when it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// A symlink, and the folders above it.
void write_symlink(const std::filesystem::path& path, const std::string& target);

/// What is below a folder, by path relative to it: a file's content, "-> TARGET" for a symlink,
/// "/" for a folder. Two equal values are two equal trees.
std::map<std::string, std::string> tree_of(const std::filesystem::path& folder);

}  // namespace pack
