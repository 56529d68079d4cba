// Any bytes are either ELF facts or an ElfError, and the ways to ask agree.

#include "elf/elf.h"
#include "fuzz/bytes_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const pack::BytesFile file({reinterpret_cast<const char*>(data), size});
  try {
    const pack::ElfFacts facts = pack::read_elf(file);
    if (pack::read_elf_machine(file) != facts.machine) __builtin_trap();
    const bool strings = !facts.dependencies.empty() || facts.soname || facts.rpath || facts.runpath;
    if (strings && !facts.dynamic) __builtin_trap();
  } catch (const pack::ElfError&) {
  }
  return 0;
}
