#include "cli/report_text.h"

#include <array>
#include <cstdio>

#include "base/error.h"

namespace pack {

std::string describe(const Reason& reason) {
  switch (reason.kind) {
    case ReasonKind::program:
      return "named on the command line";
    case ReasonKind::interpreter:
      return "interpreter of " + quoted(reason.by);
    case ReasonKind::needed:
      return "NEEDED " + quoted(reason.detail) + " by " + quoted(reason.by) + ", found through " +
             std::string(describe(reason.rule));
    case ReasonKind::opened:
      return quoted(reason.detail) + ", " + reason.opening + ", found through " +
             std::string(describe(reason.rule));
    case ReasonKind::script:
      return "run by " + quoted(reason.by) + " (" + quoted(reason.detail) + ")";
    case ReasonKind::added:
      return reason.by + (reason.detail.empty() ? "" : " (" + reason.detail + ")");
    case ReasonKind::on_the_way:
      return "on the way to " + quoted(reason.by);
    case ReasonKind::essential:
      return "in every image, unless --bare";
    case ReasonKind::loader_cache:
      return "tells the loader where the libraries are";
  }
  return "";
}

std::string describe_mode(const Entry& entry) {
  return describe_mode(entry.kind == EntryKind::directory ? FileKind::directory
                       : entry.kind == EntryKind::symlink ? FileKind::symlink
                                                          : FileKind::regular,
                       entry.mode);
}

std::string describe_mode(FileKind kind, uint32_t mode) {
  static constexpr std::string_view kKinds = "-dlpscb";  // in the order of FileKind
  static constexpr std::string_view kLetters = "rwxrwxrwx";
  std::string out(1, kKinds[static_cast<size_t>(kind)]);
  for (size_t i = 0; i < kLetters.size(); ++i) out += mode & (0400U >> i) ? kLetters[i] : '-';
  const auto special = [&](uint32_t bit, size_t at, char with_x, char without_x) {
    if (mode & bit) out[at] = out[at] == 'x' ? with_x : without_x;
  };
  special(04000, 3, 's', 'S');
  special(02000, 6, 's', 'S');
  special(01000, 9, 't', 'T');
  return out;
}

std::string describe_size(uint64_t bytes) {
  static constexpr std::array kUnits = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(),
                value < 9.995   ? "%.2f %s"
                : value < 99.95 ? "%.1f %s"
                                : "%.0f %s",
                value, kUnits[unit]);
  return text.data();
}

}  // namespace pack
