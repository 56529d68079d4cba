#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "elf/elf.h"
#include "support/shell.h"

namespace pack::test {

/// A file in memory; counts what is read of it.
class StringFile : public File {
 public:
  explicit StringFile(std::string bytes) : bytes_(std::move(bytes)) {}

  size_t read_at(uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= bytes_.size()) return 0;
    const size_t size = std::min<size_t>(into.size(), bytes_.size() - offset);
    std::memcpy(into.data(), bytes_.data() + offset, size);
    bytes_read += size;
    ++reads;
    return size;
  }
  FileStatus status() const override {
    FileStatus status;
    status.size = bytes_.size();
    return status;
  }

  mutable size_t bytes_read = 0;
  mutable size_t reads = 0;

 private:
  std::string bytes_;
};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Runs a compiler on C text; the file's bytes. Fails the test with the compiler's messages.
inline std::string compile(const TemporaryFolder& folder, const std::string& source,
                           const std::string& compiler_and_flags) {
  write_file(folder.path() / "fixture.c", source);
  const ToolRun made =
      run("cd " + folder.str() + " && " + compiler_and_flags + " -o fixture fixture.c");
  EXPECT_EQ(made.status, 0) << compiler_and_flags << "\n" << made.output;
  return read_file(folder.path() / "fixture");
}

/// Of its dependencies those that are DT_NEEDED.
inline std::vector<std::string> needed_of(const ElfFacts& facts) {
  std::vector<std::string> names;
  for (const ElfDependency& it : facts.dependencies)
    if (it.kind == ElfDependency::Kind::needed) names.push_back(it.name);
  return names;
}

inline ElfFacts facts_of(const std::string& bytes) { return read_elf(StringFile(bytes)); }

}  // namespace pack::test
