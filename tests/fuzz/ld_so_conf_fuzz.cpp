// Any text gives lines that mean the same when they are written out again, and any include ends.

#include "closure/ld_so_conf.h"
#include "source/memory_tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto lines = pack::parse_ld_so_conf(text);
  std::string again;
  for (const pack::LdSoConfLine& line : lines) {
    if (line.text.empty()) __builtin_trap();
    const bool include = line.kind == pack::LdSoConfLine::Kind::include;
    again += (include ? "include " : "") + line.text + '\n';
  }
  if (pack::parse_ld_so_conf(again) != lines) __builtin_trap();
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
