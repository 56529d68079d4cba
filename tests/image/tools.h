#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace pack::test {

struct ToolRun {
  int status;          ///< exit status
  std::string output;  ///< of stdout and stderr
};

inline ToolRun run(const std::string& command) {
  FILE* pipe = ::popen(("(" + command + ") 2>&1").c_str(), "r");
  if (!pipe) return {127, "popen failed"};
  ToolRun out{0, ""};
  std::array<char, 4096> buffer;
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe))
    out.output.append(buffer.data(), size);
  const int status = ::pclose(pipe);
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return out;
}

inline bool has_tool(const std::string& name) { return run("command -v " + name).status == 0; }

/// A folder that goes when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "pack-image-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string str() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace pack::test

/// Skips the test where the oracle is not installed; in CI it must be.
#define REQUIRE_TOOL(name)                                            \
  if (!pack::test::has_tool(name)) {                                  \
    const char* ci = std::getenv("CI");                               \
    if (ci && std::string(ci) == "true") FAIL() << name " is needed"; \
    GTEST_SKIP() << name " is not installed";                         \
  }
