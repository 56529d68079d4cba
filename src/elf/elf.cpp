#include "elf/elf.h"

#include <algorithm>
#include <span>

#include "elf/header.h"
#include "elf/lief.h"
#include "elf/loader_view.h"
#include "elf/small_image.h"

namespace pack {

namespace {

/// LIEF 0.9 reads at most 1,000 dynamic entries.
constexpr size_t kBatch = 900;

std::string read_start(const File& file, size_t size) {
  std::string bytes(size, '\0');
  bytes.resize(file.read_at(0, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

}  // namespace

ElfMachine read_elf_machine(const File& file) { return parse_elf_machine(read_start(file, 20)); }

ElfFacts read_elf(const File& file, const ElfWants& wants) {
  LoaderView view = read_loader_view(file, wants);
  ElfFacts facts;
  std::span<const DynamicString> left = view.strings;
  Versions versions = Versions::included;
  do {
    const auto batch = left.first(std::min(left.size(), kBatch));
    add_lief_facts(compose_small_image(view, batch, versions), facts);
    left = left.subspan(batch.size());
    versions = Versions::left_out;
  } while (!left.empty());
  // LIEF knows no notes of this kind, and no table of its holds only these imports.
  facts.watched_imports = std::move(view.imports);
  facts.dlopen_notes = std::move(view.dlopen_notes.notes);
  facts.dlopen_notes_broken = view.dlopen_notes.broken;
  return facts;
}

}  // namespace pack
