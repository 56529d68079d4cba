// Any bytes are either ELF facts or an ElfError, and the ways to ask agree.

#include <algorithm>
#include <iterator>

#include "elf/elf.h"
#include "elf/elf_symbols.h"
#include "fuzz/bytes_file.h"

namespace {

const std::vector<std::string_view> kWatched = {"pthread_exit", "dlopen", "g", "puts"};

void check_facts(const pack::BytesFile& file) {
  const pack::ElfFacts facts = pack::read_elf(file);
  if (pack::read_elf_machine(file) != facts.machine) __builtin_trap();
  const bool strings = !facts.dependencies.empty() || facts.soname || facts.rpath ||
                       facts.runpath || !facts.versions_needed.empty() ||
                       !facts.versions_defined.empty();
  if (strings && !facts.dynamic) __builtin_trap();
  try {
    pack::ElfFacts watched = pack::read_elf(file, {.imports = kWatched, .dlopen_notes = true});
    for (const std::string& name : watched.watched_imports)
      if (std::find(std::begin(kWatched), std::end(kWatched), name) == std::end(kWatched))
        __builtin_trap();
    for (const pack::ElfDlopenNote& note : watched.dlopen_notes)
      if (note.sonames.empty()) __builtin_trap();
    watched.watched_imports.clear();
    watched.dlopen_notes.clear();
    watched.dlopen_notes_broken = false;
    if (watched != facts) __builtin_trap();
  } catch (const pack::ElfError&) {
    // The tables of symbols are only read for the imports.
  }
}

void check_symbols(const pack::BytesFile& file) {
  const pack::ElfSymbols symbols = pack::read_elf_symbols(file);
  const char* begin = symbols.strings.data();
  const char* end = begin + symbols.strings.size();
  for (const pack::ElfSymbol& symbol : symbols.symbols)
    if (symbol.name.data() < begin || symbol.name.data() + symbol.name.size() >= end)
      __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const pack::BytesFile file({reinterpret_cast<const char*>(data), size});
  try {
    check_facts(file);
  } catch (const pack::ElfError&) {
  }
  try {
    check_symbols(file);
  } catch (const pack::ElfError&) {
  }
  return 0;
}
