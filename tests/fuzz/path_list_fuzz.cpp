// Any list gives folders, each once; and what is known of variables does not depend on their
// values.

#include <algorithm>
#include <set>

#include "closure/path_list.h"

namespace {

/// Every variable stands for itself, spelled in the one way that has an end.
const pack::DynamicTokens kThemselves{
    .origin = "${ORIGIN}", .lib = "${LIB}", .platforms = {"${PLATFORM}"}};
const pack::DynamicTokens kUsual{.origin = "/app/bin",
                                 .lib = "lib/x86_64-linux-gnu",
                                 .platforms = {"x86_64", "haswell", "xeon_phi"}};

void check_split(std::string_view list, std::string_view separators) {
  size_t size = 0;
  for (const std::string& element : pack::split_path_list(list, separators)) {
    if (element.find_first_of(separators) != element.npos) __builtin_trap();
    if (list.substr(size, element.size()) != element) __builtin_trap();
    size += element.size() + 1;
  }
  if (!list.empty() && size != list.size() + 1) __builtin_trap();
}

void check_folders(std::string_view list, std::string_view separators) {
  std::set<std::string> known;
  for (const pack::ExpandedText& folder : pack::expand_path_list(list, separators, kUsual)) {
    if (folder.text.size() > 1 && folder.text.ends_with('/')) __builtin_trap();
    if (!known.insert(folder.text).second) __builtin_trap();
    if (!folder.platform.empty() && folder.text.find(folder.platform) == folder.text.npos)
      __builtin_trap();
  }
  if (list.empty() != known.empty()) __builtin_trap();
}

void check_expansion(std::string_view text) {
  const auto once = pack::expand_tokens(text, kThemselves);
  if (once.size() != 1 || pack::expand_tokens(once.front().text, kThemselves) != once)
    __builtin_trap();
  const auto usual = pack::expand_tokens(text, kUsual);
  const bool by_platform = once.front().text.find("${PLATFORM}") != std::string::npos;
  if (usual.size() != (by_platform ? kUsual.platforms.size() : 1)) __builtin_trap();
  // Through the one spelling or at once.
  if (pack::expand_tokens(once.front().text, kUsual) != usual) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* separators : {":", ":;"}) {
    check_split(text, separators);
    check_folders(text, separators);
  }
  check_expansion(text);
  return 0;
}
