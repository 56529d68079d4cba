#pragma once

#include <memory>
#include <string>

#include "base/progress.h"

namespace CLI {
class App;
}

namespace pack {

/// What --progress says.
enum class ProgressChoice { automatic, always, never };

/// From auto, always or never. Throws UsageError for anything else.
ProgressChoice parse_progress_choice(const std::string& text);

/// Teaches the parser --progress; `choice` holds its default, too.
void add_progress_option(CLI::App& app, std::string& choice, const char* group);

/// One line on stderr that tells how far the work is: drawn when it lasts longer than a second, at
/// most ten times a second, by whoever reports, and taken away when this ends. Null when none is
/// wanted: automatic means on a terminal that is not "dumb". Let it end before anything else is
/// printed.
std::unique_ptr<Progress> open_progress(ProgressChoice choice);

/// The line as it is drawn, at most `width` columns: "pulling sha256:12  45%  119 MB of 265 MB,
/// 35 MB/s". `elapsed` is in seconds.
struct ProgressState {
  std::string what;
  uint64_t expected = 0;  ///< bytes
  uint64_t done = 0;      ///< bytes
  double elapsed = 0;
};
std::string progress_line(const ProgressState& state, size_t width);

}  // namespace pack
