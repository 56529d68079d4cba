#include "support/loader_trace.h"

#include <algorithm>
#include <sstream>

#include "support/process.h"

namespace pack {
namespace fs = std::filesystem;

LoaderTrace read_trace(const Outcome& outcome) {
  LoaderTrace trace;
  std::istringstream lines(outcome.out);
  // "\tlibc.so.6 => /lib/libc.so.6 (0x...)", "\t/lib64/ld-linux-x86-64.so.2 (0x...)",
  // "\tlibx.so => not found"; the kernel's page and the program itself are no paths.
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('\t')) continue;
    const size_t arrow = line.find(" => ");
    const size_t start = arrow == line.npos ? 1 : arrow + 4;
    if (arrow != line.npos && line.ends_with("not found"))
      trace.files.push_back('!' + line.substr(1, arrow - 1));
    else if (line.substr(start).starts_with('/'))
      trace.files.push_back(line.substr(start, line.rfind(" (") - start));
  }
  if (outcome.status != 0 || trace.files.empty())
    trace.error = outcome.err + (outcome.timed_out ? "timed out" : "");
  return trace;
}

LoaderTrace trace_loader(const std::vector<std::string>& loader, const std::string& program,
                         const std::string& library_path) {
  Command command{.argv = loader};
  command.argv.push_back(program);
  command.environment = {{"LC_ALL", "C"},
                         {"LD_TRACE_LOADED_OBJECTS", "1"},
                         {"LD_PRELOAD", std::nullopt},
                         {"LD_LIBRARY_PATH", std::nullopt}};
  if (!library_path.empty()) command.environment["LD_LIBRARY_PATH"] = library_path;
  return read_trace(run(command));
}

std::vector<std::string> missing_last(std::vector<std::string> files) {
  std::stable_partition(files.begin(), files.end(),
                        [](const std::string& file) { return !file.starts_with('!'); });
  return files;
}

std::vector<std::string> real_files(std::vector<std::string> files) {
  for (std::string& file : files)
    if (!file.starts_with('!')) file = fs::canonical(file).string();
  return files;
}

}  // namespace pack
