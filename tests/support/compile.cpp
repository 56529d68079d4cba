#include "support/compile.h"

#include <sstream>
#include <stdexcept>

#include "support/process.h"

namespace pack {

void compile(const std::filesystem::path& folder, const std::string& output,
             const std::string& source, const std::string& flags) {
  std::filesystem::create_directories((folder / output).parent_path());
  Command command;
  command.argv = {"gcc", "-o", output, "-x", "c", "-", "-x", "none"};
  std::istringstream words(flags);
  for (std::string word; words >> word;) command.argv.push_back(word);
  command.folder = folder;
  command.input = source;
  const Outcome outcome = run(command);
  if (outcome.status != 0)
    throw std::runtime_error("gcc -o " + output + " " + flags + ": " + outcome.err);
}

}  // namespace pack
