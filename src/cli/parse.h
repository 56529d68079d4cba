#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/exit_status.h"

namespace CLI {
class App;
}

namespace pack {

/// Lets the parser read the words behind the program's name (and the command's). A status: the
/// run ends here, after --help or a mistake, which has been reported.
std::optional<ExitStatus> parse_words(CLI::App& app, std::vector<std::string> words);

}  // namespace pack
