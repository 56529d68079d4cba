#include "support/shell.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>

namespace pack::test {

ToolRun run(const std::string& command) {
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

}  // namespace pack::test
