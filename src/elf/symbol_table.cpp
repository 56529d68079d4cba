// How long the dynamic symbol table is, which nothing says outright.
//
// DT_HASH knows (nchain). DT_GNU_HASH only knows the symbols that others may look up, which are the
// table's end from `symoffset` on: all undefined symbols stand before that. Its chains lead to the
// last one: the chain of the bucket with the highest index, up to the entry whose lowest bit is
// set. A file that defines nothing has an empty hash table, which GNU ld writes with a symoffset of
// 1; there, the symbols end at the latest where the next table starts.
//
// (gABI chapter 5 "Hash Table"; glibc's elf/dl-setup_hash.c, dl-lookup.c)

#include "elf/symbol_table.h"

#include <algorithm>

namespace pack {

namespace {

constexpr uint64_t kMostSymbols = 4 << 20;
constexpr uint64_t kChunk = 4096;
constexpr uint16_t kMips = 8, kS390 = 22, kAlpha = 0x9026;
constexpr uint64_t kStbWeak = 2;
constexpr uint64_t kDtMipsSymtabno = 0x70000011;

[[noreturn]] void throw_hash() {
  throw ElfError("the symbol hash table of the ELF file reaches beyond its PT_LOAD segment");
}

/// The first bytes of the table at a place.
std::string_view view(MappedElf& elf, FileRange place, uint64_t at, uint64_t size) {
  if (at > place.size || size > place.size - at) throw_hash();
  return elf.file.view(place.offset + at, size);
}

/// nchain of DT_HASH.
uint64_t count_by_hash(MappedElf& elf, FileRange hash) {
  // Two machines have hash tables of 64-bit words.
  const uint16_t machine = elf.header.machine.number;
  const bool wide = elf.layout().address == 8 && (machine == kS390 || machine == kAlpha);
  const size_t word = wide ? 8 : 4;
  return elf.integer(view(elf, hash, 0, 2 * word), word, word);
}

/// DT_GNU_HASH: four words, the Bloom filter, the buckets, the chains.
struct GnuHash {
  FileRange place;
  uint64_t buckets = 0;
  uint64_t first_symbol = 0;  ///< symoffset
  uint64_t buckets_at = 0;
};

GnuHash read_gnu_hash(MappedElf& elf, FileRange place) {
  const std::string_view bytes = view(elf, place, 0, 16);
  GnuHash hash{.place = place};
  hash.buckets = elf.integer(bytes, 0, 4);
  hash.first_symbol = elf.integer(bytes, 4, 4);
  hash.buckets_at = 16 + elf.integer(bytes, 8, 4) * elf.layout().address;
  if (hash.buckets > kMostSymbols) throw_hash();
  return hash;
}

/// The highest index in any bucket; 0 when all are empty.
uint64_t last_chain(MappedElf& elf, const GnuHash& hash) {
  uint64_t last = 0;
  for (uint64_t at = 0; at < hash.buckets * 4; at += kChunk) {
    const uint64_t size = std::min(kChunk, hash.buckets * 4 - at);
    const std::string_view bytes = view(elf, hash.place, hash.buckets_at + at, size);
    for (size_t i = 0; i < size; i += 4) last = std::max(last, elf.integer(bytes, i, 4));
  }
  return last;
}

/// One behind the last symbol of the chain that starts at this symbol.
uint64_t chain_end(MappedElf& elf, const GnuHash& hash, uint64_t symbol) {
  if (symbol < hash.first_symbol) throw_hash();
  const uint64_t chains_at = hash.buckets_at + hash.buckets * 4;
  for (; symbol < kMostSymbols; ++symbol) {
    const uint64_t at = chains_at + (symbol - hash.first_symbol) * 4;
    if (elf.integer(view(elf, hash.place, at, 4), 0, 4) & 1) return symbol + 1;
  }
  throw_hash();
}

/// To where the next table starts that the dynamic section names.
uint64_t count_by_gap(const MappedElf& elf, FileRange symbols) {
  const uint64_t symbols_at = *elf.dynamic.value(kDtSymtab);
  uint64_t end = symbols_at + symbols.size;
  for (const uint64_t tag : {kDtStrtab, kDtHash, kDtGnuHash, kDtVersym, kDtVerneed, kDtVerdef,
                             kDtRel, kDtRela, kDtJmprel})
    if (const auto at = elf.dynamic.value(tag); at && *at > symbols_at) end = std::min(end, *at);
  return std::min((end - symbols_at) / elf.layout().symbol, kMostSymbols);
}

uint64_t count_symbols(MappedElf& elf, FileRange symbols, Extent extent) {
  if (elf.header.machine.number == kMips)
    if (const auto count = elf.dynamic.value(kDtMipsSymtabno)) return *count;
  const auto hash = elf.table(kDtHash, "symbol hash table (DT_HASH)");
  if (const auto place = elf.table(kDtGnuHash, "symbol hash table (DT_GNU_HASH)")) {
    const GnuHash gnu_hash = read_gnu_hash(elf, *place);
    if (extent == Extent::imports && gnu_hash.first_symbol > 1) return gnu_hash.first_symbol;
    if (!hash)
      if (const uint64_t last = last_chain(elf, gnu_hash)) return chain_end(elf, gnu_hash, last);
    if (gnu_hash.first_symbol > 1 && !hash) return gnu_hash.first_symbol;
  }
  return hash ? count_by_hash(elf, *hash) : count_by_gap(elf, symbols);
}

}  // namespace

std::optional<SymbolTable> locate_symbols(MappedElf& elf, Extent extent) {
  const auto place = elf.table(kDtSymtab, "symbol table (DT_SYMTAB)");
  if (!place) return std::nullopt;
  const uint64_t count = count_symbols(elf, *place, extent);
  if (count > kMostSymbols)
    throw ElfError("the ELF file has more than " + std::to_string(kMostSymbols) +
                   " dynamic symbols");
  const uint64_t size = count * elf.layout().symbol;
  if (size > place->size)
    throw ElfError("the symbol table of the ELF file (" + std::to_string(count) +
                   " symbols) reaches beyond its PT_LOAD segment");
  return SymbolTable{{place->offset, size}, count};
}

std::vector<std::string> find_imports(MappedElf& elf, std::span<const std::string_view> names) {
  const std::optional<SymbolTable> table = locate_symbols(elf, Extent::imports);
  if (!table || table->count == 0) return {};
  const ElfLayout& layout = elf.layout();
  StringTable strings(elf);
  std::vector<uint64_t> offsets;
  const std::string_view bytes = elf.file.view(table->place.offset, table->place.size);
  for (size_t at = layout.symbol; at < bytes.size(); at += layout.symbol) {
    if (elf.integer(bytes, at + layout.st_shndx, 2) != 0) continue;
    // A weak one is used only if it happens to be there.
    if (elf.integer(bytes, at + layout.st_info, 1) >> 4 == kStbWeak) continue;
    const uint64_t name = elf.integer(bytes, at, 4);
    if (name != 0 && name < strings.place().size) offsets.push_back(name);
  }
  std::vector<bool> found(names.size());
  strings.read(offsets, [&](size_t, std::string_view text) {
    for (size_t i = 0; i < names.size(); ++i)
      if (text == names[i]) found[i] = true;
  });
  std::vector<std::string> imports;
  for (size_t i = 0; i < names.size(); ++i)
    if (found[i]) imports.emplace_back(names[i]);
  return imports;
}

}  // namespace pack
