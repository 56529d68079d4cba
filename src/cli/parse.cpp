#include "cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/print.h"

namespace pack {

std::optional<ExitStatus> parse_words(CLI::App& app, std::vector<std::string> words) {
  try {
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    app.parse(words);
  } catch (const CLI::Success& help) {
    app.exit(help);
    return ExitStatus::done;
  } catch (const CLI::ConfigError& error) {
    return complain("--config: an option in the file is not known: " + std::string(error.what()),
                    ExitStatus::usage);
  } catch (const CLI::ParseError& error) {
    return complain(std::string(error.what()) + " (see " + app.get_name() + " --help)",
                    ExitStatus::usage);
  }
  return std::nullopt;
}

}  // namespace pack
