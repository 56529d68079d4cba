#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pack {

/// Values of the variables that a loader knows in DT_NEEDED, DT_RPATH and DT_RUNPATH
/// (ld.so(8), "Dynamic string tokens").
struct DynamicTokens {
  std::string origin;                  ///< $ORIGIN: a folder, absolute
  std::string lib;                     ///< $LIB: "lib/x86_64-linux-gnu", "lib64", ...
  std::vector<std::string> platforms;  ///< $PLATFORM: what CPUs of the machine call themselves
};

/// A text with its variables replaced.
struct ExpandedText {
  std::string text;
  /// The $PLATFORM for which it holds, when that is not the machine's plain name: CPUs of that kind
  /// only. Empty: it holds on the others, or everywhere.
  std::string platform;
  bool operator==(const ExpandedText&) const = default;
};

/// One result, or one for each platform where the text has $PLATFORM, the plain name's last.
/// Unknown variables stay as they are, as in glibc's is_dst().
std::vector<ExpandedText> expand_tokens(std::string_view text, const DynamicTokens& tokens);

/// The elements of a path list. An empty element stays (it means the working directory); an empty
/// list has none.
std::vector<std::string> split_path_list(std::string_view list, std::string_view separators);

/// The folders of a list, expanded, without trailing slashes, each once.
std::vector<ExpandedText> expand_path_list(std::string_view list, std::string_view separators,
                                           const DynamicTokens& tokens);

}  // namespace pack
