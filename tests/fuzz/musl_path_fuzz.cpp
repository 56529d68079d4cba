// Any text gives folders that musl's loader would search, and they say the same when written again.

#include "closure/musl_path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> folders = pack::parse_musl_path(text);
  std::string written;
  for (const std::string& folder : folders) {
    if (folder.empty() || folder.find_first_of(std::string_view("\0\n:", 3)) != folder.npos)
      __builtin_trap();
    written += folder + '\n';
  }
  if (pack::parse_musl_path(written) != folders) __builtin_trap();
  if (const auto loader = pack::musl_loader(text)) {
    if (loader->arch.empty() || !loader->path_file.ends_with("ld-musl-" + loader->arch + ".path"))
      __builtin_trap();
  }
  return 0;
}
