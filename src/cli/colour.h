#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace pack {

enum class Colours { none, ansi };

/// What --color says.
enum class ColourChoice { automatic, always, never };

/// Teaches the parser --color; `choice` holds its default, too.
void add_colour_option(CLI::App& app, std::string& choice, const char* group);

/// From auto, always or never. Throws UsageError for anything else.
ColourChoice parse_colour_choice(const std::string& text);

/// Whether text that goes to `stream` is coloured: when automatic, on a terminal that is not
/// "dumb", unless NO_COLOR is set and not empty (no-color.org).
Colours colours_for(ColourChoice choice, std::FILE* stream);

/// Dresses text for a terminal, or leaves it as it is.
class Paint {
 public:
  explicit Paint(Colours colours) : on_(colours == Colours::ansi) {}

  std::string strong(std::string_view text) const { return in("1", text); }
  std::string faint(std::string_view text) const { return in("2", text); }
  std::string wrong(std::string_view text) const { return in("1;31", text); }
  std::string odd(std::string_view text) const { return in("33", text); }

 private:
  std::string in(std::string_view code, std::string_view text) const;

  bool on_;
};

}  // namespace pack
