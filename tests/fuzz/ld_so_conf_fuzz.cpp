// Any text gives lines that a loader could use, and any include ends.

#include "closure/ld_so_conf.h"
#include "source/memory_tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const pack::LdSoConfLine& line : pack::parse_ld_so_conf(text)) {
    const bool include = line.kind == pack::LdSoConfLine::Kind::include;
    const std::string_view never("\0\n# \t", include ? 5 : 3);
    if (line.text.empty() || line.text.find_first_of(never) != line.text.npos) __builtin_trap();
    if (!include && line.text.ends_with('/')) __builtin_trap();
  }
  const pack::MemoryTree tree{{"/etc/ld.so.conf", pack::file(text)},
                              {"/etc/a.conf", pack::file(text)},
                              {"/etc/d/b.conf", pack::file(text)},
                              {"/opt/a", pack::directory()}};
  try {
    pack::ld_so_conf_directories(tree);
  } catch (const pack::Error&) {
  }
  return 0;
}
