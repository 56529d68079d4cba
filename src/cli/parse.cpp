#include "cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "cli/print.h"

namespace pack {

namespace {

constexpr std::string_view kStreamImage = "-@";  // and a name: one of several on standard input
constexpr char kNoOption = '\x01';

/// `-@web:v1` is no option, though CLI11 would take it for one. It gets to see the word with a sign
/// in front, which is taken away again where the value arrives.
void admit_stream_images(CLI::App& app, std::vector<std::string>& words) {
  for (std::string& word : words)
    if (word.starts_with(kStreamImage)) word.insert(word.begin(), kNoOption);
  for (CLI::Option* option : app.get_options())
    if (option->get_items_expected_max() > 0)
      option->transform([](const std::string& value) {
        const bool marked = value.size() > 2 && value[0] == kNoOption;
        return marked && value.substr(1).starts_with(kStreamImage) ? value.substr(1) : value;
      });
}

}  // namespace

std::optional<ExitStatus> parse_words(CLI::App& app, std::vector<std::string> words) {
  try {
    admit_stream_images(app, words);
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
