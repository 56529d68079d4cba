#include "support/musl_loader.h"

#include <algorithm>
#include <sstream>

#include "support/process.h"

namespace pack {

namespace {

void add_once(std::vector<std::string>& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

}  // namespace

std::vector<std::string> listed_by_musl(const std::filesystem::path& loader,
                                        const std::filesystem::path& program,
                                        const std::string& library_path) {
  Command command{.argv = {loader, "--list", std::filesystem::canonical(program)}};
  command.environment["LD_LIBRARY_PATH"] = std::nullopt;
  if (!library_path.empty()) command.environment["LD_LIBRARY_PATH"] = library_path;
  const Outcome outcome = run(command);
  std::vector<std::string> found;
  // "\tlibc.so => /lib/ld-musl-x86_64.so.1 (0x7f...)"; the first line, without "=>", is the loader.
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    const size_t arrow = line.find(" => ");
    if (arrow != line.npos) add_once(found, line.substr(arrow + 4, line.rfind(" (") - (arrow + 4)));
  }
  // "Error loading shared library libx.so: No such file or directory (needed by /bin/p)"
  constexpr std::string_view kMissing = "Error loading shared library ";
  std::istringstream errors(outcome.err);
  for (std::string line; std::getline(errors, line);) {
    if (!line.starts_with(kMissing)) continue;
    const std::string rest = line.substr(kMissing.size());
    found.push_back('!' + rest.substr(0, rest.find(": ")));
  }
  return found;
}

}  // namespace pack
