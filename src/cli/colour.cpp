#include "cli/colour.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/error.h"

namespace pack {

void add_colour_option(CLI::App& app, std::string& choice, const char* group) {
  app.add_option("--color", choice, "auto, always or never [auto: on a terminal]")
      ->type_name("WHEN")
      ->group(group);
}

ColourChoice parse_colour_choice(const std::string& text) {
  if (text == "auto") return ColourChoice::automatic;
  if (text == "always") return ColourChoice::always;
  if (text == "never") return ColourChoice::never;
  throw UsageError("--color " + quoted(text) + ": write auto, always or never");
}

Colours colours_for(ColourChoice choice, std::FILE* stream) {
  if (choice == ColourChoice::always) return Colours::ansi;
  if (choice == ColourChoice::never) return Colours::none;
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string_view(text ? text : "");
  };
  const bool unwanted = !value("NO_COLOR").empty() || value("TERM") == "dumb";
  return !unwanted && isatty(fileno(stream)) ? Colours::ansi : Colours::none;
}

std::string Paint::in(std::string_view code, std::string_view text) const {
  if (!on_ || text.empty()) return std::string(text);
  std::string out = "\x1b[";
  ((out += code) += 'm') += text;
  return out += "\x1b[0m";
}

}  // namespace pack
