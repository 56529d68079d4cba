#include "support/temp_dir.h"

#include <stdlib.h>

#include <fstream>
#include <stdexcept>

namespace pack {
namespace fs = std::filesystem;

TempDir::TempDir() {
  std::string name = (fs::temp_directory_path() / "pack-e2e-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a folder like " + name);
  path_ = fs::canonical(name);
  fs::permissions(path_, fs::perms(0755));  // tests run as other users too
}

TempDir::~TempDir() {
  std::error_code ignored;  // a folder that a test made read-only stays; that is no failure
  fs::remove_all(path_, ignored);
}

void write_file(const fs::path& path, std::string_view content, int mode) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
  fs::permissions(path, fs::perms(mode));
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content(fs::file_size(path), '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return content;
}

void write_symlink(const fs::path& path, const std::string& target) {
  fs::create_directories(path.parent_path());
  fs::create_symlink(target, path);
}

std::map<std::string, std::string> tree_of(const fs::path& folder) {
  std::map<std::string, std::string> result;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    std::string& value = result[entry.path().lexically_relative(folder).string()];
    if (entry.is_symlink())
      value = "-> " + fs::read_symlink(entry.path()).string();
    else if (entry.is_directory())
      value = "/";
    else if (entry.is_regular_file())
      value = read_file(entry.path());
  }
  return result;
}

}  // namespace pack
